import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { liveMessages } from '../../../src/replica/messages.js'
import type { UidRange } from '../../../src/replica/model.js'
import type { MessageRecord } from '../../../src/replica/records.js'
import { MailboxWindow } from '../../../src/sync/shore/mailbox-window.js'
import { wireLimits } from '../../../src/wire/limits.js'
import { encodeChanges } from '../../../src/wire/response/changes-frame.js'
import { letter } from '../../world/letter.js'
import { everything, makePair } from '../../world/star.js'

/** Eight old messages, of which every second one is flagged; the shortest piece outside has one of them, the longest two. */
async function holey(ashore: readonly UidRange[]) {
  const pair = await makePair({ seed: 5 })
  const { endpoint } = pair
  for (const flagged of [0, 1, 0, 1, 0, 0, 1, 0])
    endpoint.mail.person.deliver(
      ['INBOX'],
      letter(`m${endpoint.nowMs}`),
      flagged ? ['\\Seen', '\\Flagged'] : ['\\Seen'],
      endpoint.nowMs - 900 * 86_400_000,
    )
  await pair.run({ policy: everything })
  const { db, now } = endpoint.account.replica
  const [mailbox] = await listMailboxes(db)
  assert.ok(mailbox)
  const windows = [{ mailboxes: [], keep: { days: 10 } }]
  const request = { windows, nowMs: now(), windowsMoved: false, isQuiet: false }
  const messages: MessageRecord[] = []
  for await (const message of liveMessages(db, mailbox.guid, { reverse: true })) messages.push(message)
  return { messages, window: await MailboxWindow.over(db, mailbox, ashore, request) }
}

test('of a mailbox with too many holes the shortest pieces outside come too, and no more', async () => {
  for (const [most, come, pieces] of [
    [9, 3, 4],
    [2, 5, 2],
    [1, 6, 1],
  ] as const) {
    const { messages, window } = await holey([])
    window.take(messages, [])
    await window.fillHoles(most)
    assert.equal(window.coming().length, come)
    const left = await window.left()
    assert.deepEqual([left?.ranges.length, left?.messages], [pieces, 8 - come])
  }
})

test('what is outside of a mailbox with 100,000 holes fits into its frame', async () => {
  const ranges = Array.from({ length: 100_000 }, (_, i) => ({ from: 400 * i + 1, to: 400 * i + 200 }))
  const { window } = await holey(ranges)
  await window.fillHoles()
  const ashore = await window.left()
  assert.ok(ashore && ashore.ranges.length > 0)
  const lists = { flags: [], numbered: [], uids: [], expunged: [] }
  const payload = encodeChanges({ mailbox: 0, ...lists, done: { log: 1, missing: [], ashore } })
  assert.ok(payload.length < wireLimits.payloadBytes, String(payload.length))
})
