import assert from 'node:assert/strict'
import { test } from 'node:test'
import { journalWords } from '../../../src/cli/waiting/journal-words.js'
import type { Guid } from '../../../src/replica/model.js'
import type { Operation } from '../../../src/replica/operation.js'

const [a, b, c] = ['a', 'b', 'c'] as unknown as [Guid, Guid, Guid]
const copy = {
  op: 'copy',
  mailbox: a,
  message: b,
  source: c,
  flags: [],
  base: [],
  internalDateMs: 0,
} as const
const expunge = { op: 'expunge', message: c, base: [] } as const

test('what waits to go up is said in the words of people', async () => {
  const rows: readonly (readonly [readonly Operation[], readonly string[]])[] = [
    [[], []],
    [[{ op: 'mailbox-create', mailbox: a, path: ['INBOX'] }], []],
    [[copy, { ...expunge, movedTo: b }], ['1 move']],
    [
      [copy, copy, { ...expunge, movedTo: b }, expunge],
      ['1 copy', '1 move', '1 deletion'],
    ],
    [[copy, copy], ['2 copies']],
    // The copy went up with the last run.
    [[{ ...expunge, movedTo: b }], ['1 move']],
    [
      [
        { op: 'mailbox-create', mailbox: a, path: ['x'] },
        { op: 'mailbox-create', mailbox: b, path: ['y'] },
        { op: 'flags', message: a, add: ['\\Seen'], remove: [] },
        { op: 'renumber', message: a, uid: 7 },
      ],
      ['2 new mailboxes', '1 flag change'],
    ],
  ]
  for (const [operations, words] of rows) assert.deepEqual(await journalWords(operations), words)
})
