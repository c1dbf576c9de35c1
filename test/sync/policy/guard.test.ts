import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxRecord } from '../../../src/replica/records.js'
import {
  defaultGuard,
  exceeds,
  holdsBack,
  isAllowed,
  isDrafts,
  isEmptied,
  isForDeletion,
  isSent,
  looksLikeTrash,
  mayBeEmptied,
} from '../../../src/sync/policy/guard.js'

type Box = Pick<MailboxRecord, 'path' | 'specialUse'>

const box = (path: string, specialUse?: Box['specialUse']): Box => ({
  path: path.split('/'),
  ...(specialUse !== undefined && { specialUse }),
})

test('a mailbox is one for what was sent by its special use, or by the first word of its last name', () => {
  for (const [mailbox, is] of [
    [box('Gesendet', '\\Sent'), true],
    [box('Gesendet', '\\Archive'), false],
    [box('Gesendet'), false],
    [box('Sent'), true],
    [box('sent items'), true],
    [box('Work/Sent'), true],
    [box('Sent/2020'), false],
    [box('Sentences'), false],
    [box('Not sent'), false],
    [box('Inbox', ''), false],
  ] as const)
    assert.equal(isSent(mailbox), is, mailbox.path.join('/'))
})

test('what a mailbox is for decides whether it may be emptied: its special use, and for INBOX nothing', () => {
  const rows: readonly [Box, boolean, boolean, boolean, boolean][] = [
    // may be emptied, looks like Trash, is Drafts, is for deletion
    [box('INBOX'), false, false, false, false],
    [box('INBOX', '\\Trash'), false, false, false, false],
    [box('INBOX/Bin', '\\Trash'), true, false, false, true],
    [box('Bin', '\\Trash'), true, false, false, true],
    [box('Bulk', '\\Junk'), true, false, false, true],
    [box('Bulk', '\\Archive'), false, false, false, false],
    [box('Trash'), false, true, false, true],
    [box('DELETED items'), false, true, false, true],
    [box('Junk'), false, true, false, true],
    [box('spam'), false, true, false, true],
    [box('Trash talk'), false, false, false, false],
    [box('My Spam'), false, false, false, false],
    [box('Work/Trash'), false, false, false, false],
    [box('Trash/2020'), false, false, false, false],
    [box('Drafts/2020'), false, false, false, false],
    [box('Drafts'), false, false, true, true],
    [box('Drafts of 2020'), false, false, false, false],
    [box('My Drafts'), false, false, false, false],
    [box('Work/Drafts'), false, false, false, false],
    [box('Work/Notes', '\\Drafts'), false, false, true, true],
  ]
  for (const [mailbox, ...wanted] of rows)
    assert.deepEqual(
      [mayBeEmptied(mailbox), looksLikeTrash(mailbox), isDrafts(mailbox), isForDeletion(mailbox)],
      wanted,
      JSON.stringify(mailbox),
    )
})

test('more than a share of a mailbox is held back, from so many messages on', () => {
  for (const [gone, of, held] of [
    [9, 9, false],
    [10, 10, true],
    [10, 20, false],
    [11, 21, true],
    [0, 0, false],
  ] as const)
    assert.equal(exceeds(defaultGuard, { gone, of }), held, `${gone} of ${of}`)
  assert.equal(exceeds({ share: 1, least: 0 }, { gone: 5, of: 5 }), false)
  const all = { gone: 20, of: 20 }
  assert.ok(holdsBack(defaultGuard, box('Work'), all, []))
  assert.ok(holdsBack(defaultGuard, box('Work'), all, ['Play']))
  assert.equal(holdsBack(defaultGuard, box('Work'), all, ['Work']), false)
  assert.equal(holdsBack(defaultGuard, box('Bin', '\\Trash'), all, []), false)
  assert.equal(isAllowed(box('Work'), []), false)
  const newer = { gone: 3, of: 5, replaced: true }
  assert.ok(holdsBack(defaultGuard, box('Work'), newer, []))
  assert.equal(holdsBack(defaultGuard, box('Work'), { ...newer, replaced: false }, []), false)
  assert.equal(holdsBack(defaultGuard, box('Work'), { ...newer, gone: 2 }, []), false)
  assert.equal(holdsBack(defaultGuard, box('Work'), newer, ['Work']), false)
  assert.equal(holdsBack(defaultGuard, box('Bin', '\\Trash'), newer, []), false)
  assert.equal(holdsBack({ share: 1, least: 1 }, box('Work'), { ...newer, gone: 5 }, []), false)
})

test('a side of which nothing is left has lost its disk, and none of its mailboxes may go', () => {
  const some = (path: string, gone: number, of: number, specialUse?: Box['specialUse']) => ({
    ...box(path, specialUse),
    gone,
    of,
  })
  assert.ok(isEmptied(defaultGuard, [some('INBOX', 6, 6), some('Work', 4, 4)]))
  assert.equal(isEmptied(defaultGuard, [some('INBOX', 5, 6), some('Work', 9, 9)]), false)
  assert.equal(isEmptied(defaultGuard, [some('INBOX', 5, 5), some('Work', 4, 4)]), false)
  // What may be emptied counts for nothing.
  assert.equal(isEmptied(defaultGuard, [some('INBOX', 4, 4), some('Bin', 50, 50, '\\Trash')]), false)
  assert.ok(isEmptied(defaultGuard, [{ ...some('INBOX', 1, 1), replaced: true }]))
  assert.equal(isEmptied(defaultGuard, [{ ...some('INBOX', 0, 1), replaced: true }]), false)
  assert.equal(isEmptied({ share: 1, least: 1 }, [some('INBOX', 6, 6)]), false)
  assert.equal(isEmptied({ share: 0.5, least: 0 }, [some('INBOX', 0, 0)]), false)
})
