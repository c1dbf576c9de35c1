import assert from 'node:assert/strict'
import { test } from 'node:test'
import { putContent } from '../../../src/replica/content/contents.js'
import { createMailbox } from '../../../src/replica/mailboxes.js'
import { addMessage } from '../../../src/replica/messages.js'
import { byUsefulness, type Useful, usefulFirst } from '../../../src/sync/policy/useful-first.js'
import { open } from '../../replica/records/open.js'
import { digestOf, id } from '../../replica/world.js'

const k = 1024
const one = (number: number, bytes: number, ...flags: string[]): Useful => ({ number, bytes, flags })

for (const [what, first, second] of [
  ['flagged before unread', one(1, 0, '\\Flagged', '\\Seen'), one(2, 0)],
  ['unread before read', one(1, 0), one(2, 0, '\\Seen')],
  ['newer before older', one(2, 0), one(1, 0)],
  ['what is small, though it is read and old', one(1, 32 * k, '\\Seen'), one(2, 32 * k + 1)],
  ['what is less big', one(1, 256 * k, '\\Seen'), one(2, 256 * k + 1)],
  ['what is big before what is huge', one(1, 2048 * k, '\\Seen'), one(2, 2048 * k + 1)],
  ['of what is equally big, the newer', one(2, 31 * k), one(1, 0)],
  ['flagged, as if it were a step smaller', one(1, 256 * k, '\\Flagged'), one(2, 1)],
  ['small and unflagged before flagged and huge', one(1, 1, '\\Seen'), one(2, 9999 * k, '\\Flagged')],
] as const)
  test(`first comes ${what}`, () => {
    assert.ok(byUsefulness(first, second) < 0)
    assert.ok(byUsefulness(second, first) > 0)
  })

test('a flagged small thing is no smaller than small', () => {
  // The newer of two flagged ones goes first, whatever their sizes below the first step.
  assert.ok(byUsefulness(one(2, 32 * k, '\\Flagged'), one(1, 1, '\\Flagged')) < 0)
})

test('bodies come in that order, without those that come under another message', async () => {
  const { replica, change } = await open()
  await change((one) => createMailbox(one, { guid: id('inbox'), path: ['INBOX'] }))
  for (const [name, flags] of [
    ['a', []],
    ['b', ['\\Flagged']],
    ['c', []],
    ['lost', []],
  ] as const)
    await change(async (one) => {
      const about = { sizeBytes: 1, digest: digestOf(name), held: [], whole: true, progress: 0 }
      if (name !== 'lost') putContent(one.tx, { ...about, id: id(name), upstreamHas: false })
      const place = { guid: id(name), mailbox: id('inbox'), content: id(name), internalDateMs: 0 }
      await addMessage(one, { ...place, flags })
    })
  const asked: string[] = []
  const listed = ['a', 'b', 'c', 'lost', 'gone'].map((name, i) => ({
    guid: id(name),
    number: i + 1,
    ...(name === 'c' && { source: id('a') }),
  }))
  const order = await usefulFirst(replica.db, listed, async (message, content) => {
    assert.equal(message.content, content.id)
    asked.push(message.guid)
    return message.guid === id('a') ? 1 : 0
  })
  assert.deepEqual(
    order.map(({ guid }) => guid),
    [id('b'), id('gone'), id('lost'), id('a')],
  )
  assert.deepEqual(asked, [id('a'), id('b')])
})
