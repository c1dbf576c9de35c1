import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { liveMessages } from '../../../src/replica/messages.js'
import type { UidRange } from '../../../src/replica/model.js'
import type { Cursor, MessageRecord, ShoreRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { requestLimits } from '../../../src/sync/policy/limits.js'
import { MailboxWindow } from '../../../src/sync/shore/mailbox-window.js'
import { wholeShore } from '../../../src/sync/shore/shore-here.js'
import { mostRanges, type ShoreBounds } from '../../../src/sync/shore/shore-room.js'
import { wireLimits } from '../../../src/wire/limits.js'
import { encodeChanges } from '../../../src/wire/response/changes-frame.js'
import { encodeShore } from '../../../src/wire/shore-frame.js'
import { guid } from '../../world/first-words.js'
import { letter } from '../../world/letter.js'
import { subjectOf } from '../../world/shown.js'
import { type Side, sha256 } from '../../world/side.js'
import { everything, makePair } from '../../world/star.js'
import { planOf } from '../responder/plan-of.js'

/** Old messages, of which some are flagged; of these eight the shortest piece outside has one, the longest two. */
async function holey(ashore: readonly UidRange[], flags: readonly number[] = [0, 1, 0, 1, 0, 0, 1, 0]) {
  const pair = await makePair({ seed: 5 })
  const { endpoint } = pair
  for (const flagged of flags)
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
  let rests = 0
  const rest = async (): Promise<void> => void rests++
  const request = { windows, nowMs: now(), windowsMoved: false, isQuiet: false, rest }
  const messages: MessageRecord[] = []
  for await (const message of liveMessages(db, mailbox.guid, { reverse: true })) messages.push(message)
  const window = await MailboxWindow.over(db, mailbox, ashore, request)
  return { messages, window, rests: () => rests }
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

test('others may have their turn while holes are looked at, filled and measured, and none of them waits for a timer', async (t) => {
  const flags = Array.from({ length: 300 }, (_, i) => i % 2)
  const { messages, window, rests } = await holey([], flags)
  const timers = t.mock.method(globalThis, 'setTimeout')
  const outside = messages.filter(({ flags }) => !flags.includes('\\Flagged'))
  window.take(outside, [])
  await window.fillHoles(1000)
  const looked = rests()
  assert.ok(looked >= 149, `${looked} rests between 150 pieces`)
  await window.fillHoles(20)
  const filled = rests()
  assert.ok(filled > looked + 1, `${filled - looked} rests while 130 pieces are filled`)
  const left = await window.left()
  assert.deepEqual([left?.ranges.length, left?.messages], [20, 20])
  assert.ok(rests() > filled)
  assert.equal(timers.mock.callCount(), 0)
})

test('what may be ashore of a mailbox fits into its frame', () => {
  const ranges = Array.from({ length: mostRanges.mailbox }, (_, i) => ({
    from: 400 * i + 1,
    to: 400 * i + 200,
  }))
  const lists = { flags: [], numbered: [], uids: [], expunged: [] }
  const done = { log: 1, missing: [], ashore: { ranges, messages: 1e9, bytes: 1e15 } }
  const payload = encodeChanges({ mailbox: 0, ...lists, done })
  assert.ok(payload.length < wireLimits.payloadBytes, String(payload.length))
})

async function ashoreOf({ account }: Side): Promise<ShoreRecord | undefined> {
  for await (const { value } of tables.shore.list(account.replica.db)) return value
  return undefined
}

test('between what is outside no hole is where a message was, and a mailbox full of such holes is outside as a whole', async () => {
  const pair = await makePair({ seed: 5 })
  const { endpoint, client } = pair
  const { person } = endpoint.mail
  const daysAgo = (days: number): number => endpoint.nowMs - days * 86_400_000
  for (let i = 0; i < 200; i++)
    person.deliver(['INBOX'], letter(`m${i}`), i === 100 ? ['\\Flagged', '\\Seen'] : ['\\Seen'], daysAgo(900))
  pair.link.cutAfter({ down: 1 })
  await assert.rejects(pair.run())
  const files = endpoint.mail.snapshot().get('INBOX') ?? []
  for (const [i, { locator }] of files.entries()) if (i % 2 === 1) person.remove(['INBOX'], locator)
  person.deliver(['INBOX'], letter('new'), [], daysAgo(1))
  const policy = { ...everything, windows: [{ mailboxes: [], keep: { days: 10 } }] }
  await pair.run({ policy })
  const was = await ashoreOf(client)
  assert.deepEqual([was?.ranges.length, was?.messages], [2, 99])
  assert.equal(client.mail.snapshot().get('INBOX')?.length, 2)
  // What goes later makes no holes either, and what is expunged and stands here goes.
  for (const { locator } of endpoint.mail.snapshot().get('INBOX')?.slice(40, 60) ?? [])
    person.remove(['INBOX'], locator)
  await pair.run({ policy })
  assert.equal((await ashoreOf(client))?.ranges.length, 2)
  assert.deepEqual(
    client.mail
      .snapshot()
      .get('INBOX')
      ?.map(({ bytes }) => subjectOf(bytes)),
    ['new'],
  )
})

test('what went ashore and comes in again leaves nothing there where messages were', async () => {
  const pair = await makePair({ seed: 5 })
  const { endpoint, client } = pair
  const { person } = endpoint.mail
  for (let i = 0; i < 20; i++)
    person.deliver(['INBOX'], letter(`m${i}`), ['\\Seen'], endpoint.nowMs - (20 - i) * 86_400_000)
  const keep = (days: number) => ({ policy: { ...everything, windows: [{ mailboxes: [], keep: { days } }] } })
  await pair.run(keep(2))
  for (const [i, { locator }] of (endpoint.mail.snapshot().get('INBOX') ?? []).entries())
    if (i % 2 === 1 && i < 15) person.remove(['INBOX'], locator)
  await pair.run(keep(10))
  const left = await ashoreOf(client)
  assert.deepEqual([left?.ranges, left?.messages], [[{ from: 1, to: 13 }], 6])
  await pair.run(keep(100))
  assert.equal(await tables.shore.count(client.account.replica.db), 0)
})

test('an account full of holes has no more of them than can be said, and some in each mailbox', async () => {
  const { endpoint, link, run } = await makePair({ seed: 5 })
  const names = ['INBOX', 'A', 'B', 'C', 'D', 'E']
  for (const name of names) {
    if (name !== 'INBOX') endpoint.mail.person.createMailbox([name])
    for (let i = 0; i < 40; i++)
      endpoint.mail.person.deliver(
        [name],
        letter(`${name}${i}`),
        i % 2 ? ['\\Seen', '\\Flagged'] : ['\\Seen'],
        endpoint.nowMs - 900 * 86_400_000,
      )
  }
  // Its numbers are given when it is first asked.
  link.cutAfter({ down: 1 })
  await assert.rejects(run())
  const policy = { ...everything, windows: [{ mailboxes: [], keep: { days: 10 } }] }
  const ranges = async (mailboxes: Cursor['mailboxes'], bounds: ShoreBounds) => {
    const plan = await planOf(endpoint.account.replica, policy, { mailboxes, bounds })
    return plan.mailboxes.map(({ ashore }) => ashore?.ranges.length)
  }
  assert.deepEqual(await ranges({}, { mailbox: 30, account: 1000 }), [20, 20, 20, 20, 20, 20])
  assert.deepEqual(await ranges({}, { mailbox: 15, account: 1000 }), [15, 15, 15, 15, 15, 15])
  assert.deepEqual(await ranges({}, { mailbox: 30, account: 56 }), [20, 18, 9, 4, 2, 1])
  // What is ashore of others already counts too.
  const other = Array.from({ length: 50 }, (_, i) => ({ from: 2 * i + 1, to: 2 * i + 2 }))
  const taken = { gone: { log: 0, missing: [], ashore: other } }
  assert.deepEqual(await ranges(taken, { mailbox: 30, account: 56 }), [3, 1, 1, 1, 1, 1])
})

test('as much as may be ashore of an account is remembered of a device, and fits into a request that says all of it', () => {
  const { mailbox, account } = mostRanges
  const shore = new Map(
    Array.from({ length: account / mailbox }, (_, at) => [
      guid(at + 1),
      Array.from({ length: mailbox }, (_, i) => ({ from: 1000 * i + 1, to: 1000 * i + 500 })),
    ]),
  )
  assert.ok(encodeShore(shore).length <= requestLimits.shoreBytes)
  assert.ok(wholeShore(shore, sha256).length <= requestLimits.policies)
})
