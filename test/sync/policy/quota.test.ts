import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import type { JournalEntry } from '../../../src/replica/operation.js'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultQuota, type Quota } from '../../../src/sync/policy/device-quota.js'
import { requestLimits } from '../../../src/sync/policy/limits.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { applyEntries, sliceEntries } from '../../../src/sync/responder/apply-entries.js'
import { deviceRecord, findLoss } from '../../../src/sync/responder/device-handshake.js'
import { guid, helloOf } from '../../world/first-words.js'
import { base64Lines, letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { Crash, makeSide, type Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const dayMs = 86_400_000

const mail = (subject: string, bytes = 0): Uint8Array =>
  letter(subject, { text: base64Lines(bytes + (subject.codePointAt(subject.length - 1) ?? 0), bytes) })

const inbox = (side: Side): string[] =>
  (side.mail.snapshot().get('INBOX') ?? []).map(({ bytes }) => Buffer.from(bytes).toString('latin1')).sort()

async function world(quota: Partial<Quota>) {
  const { client, ...pair } = await makePair({
    seed: 8,
    quota: { ...defaultQuota, ...quota },
    pairing: 'its pairing',
  })
  const { endpoint, link, run } = pair
  endpoint.mail.person.deliver(['INBOX'], mail('there from the beginning'))
  await run()
  return { endpoint, device: client, link, run }
}

/** Something new at the endpoint comes down in a run that a quota has stopped, and is flagged there. */
async function assertReads({
  endpoint,
  device,
  run,
}: Awaited<ReturnType<typeof world>>): Promise<SyncReport> {
  endpoint.mail.person.deliver(['INBOX'], mail('news'))
  const report = await run()
  assert.ok(inbox(device).some((text) => text.includes('Subject: news')))
  assert.ok(report.upstreamSettled)
  return report
}

test('a device makes no more messages in a day than its quota, reads on, and the rest goes up the next day', async () => {
  const all = await world({ messages: 5 })
  const { endpoint, device, link, run } = all
  for (let i = 0; i < 12; i++) device.mail.person.deliver(['INBOX'], mail(`mine ${i}`))
  const report = await assertReads(all)
  assert.equal(report.refusal?.code, 'QUOTA')
  assert.match(report.refusal.reason, /5 messages within a day/)
  assert.match(report.refusal.next, /deviceMessages/)
  // 5 of its own, the one from the beginning and the news.
  assert.equal(inbox(endpoint).length, 7)
  assert.equal(inbox(device).length, 14)
  // The same day: nothing more goes up, and what goes over the line for it is little.
  const before = link.stats.up
  assert.equal((await run()).refusal?.code, 'QUOTA')
  assert.ok(link.stats.up - before < 3000, `${link.stats.up - before}`)
  assert.equal(inbox(endpoint).length, 7)
  for (let day = 1; day <= 2; day++) {
    endpoint.nowMs += dayMs
    await run()
  }
  assert.equal(inbox(endpoint).length, 14)
  assert.deepEqual(inbox(endpoint), inbox(device))
  const last = await run()
  assert.deepEqual([last.refusal, last.sent, last.exchanges], [undefined, 0, 1])
})

test('a device makes no more mailboxes in a day than its quota; what it does in others waits in order', async () => {
  const all = await world({ mailboxes: 3 })
  const { endpoint, device, run } = all
  for (let i = 0; i < 6; i++) device.mail.person.createMailbox([`Box ${i}`])
  device.mail.person.deliver(['Box 5'], mail('in the last one'))
  const report = await assertReads(all)
  assert.match(report.refusal?.reason ?? '', /3 mailboxes within a day/)
  const boxes = (): number =>
    [...endpoint.mail.snapshot().keys()].filter((name) => name.startsWith('Box')).length
  assert.equal(boxes(), 3)
  endpoint.nowMs += dayMs
  assert.equal((await run()).refusal, undefined)
  assert.equal(boxes(), 6)
  assert.equal(endpoint.mail.snapshot().get('Box 5')?.length, 1)
})

test('a device sends no more bytes in a day than its quota; what came stands, and is not sent again', async () => {
  const all = await world({ bytes: 100_000 })
  const { endpoint, device, link, run } = all
  for (let i = 0; i < 4; i++) device.mail.person.deliver(['INBOX'], mail(`big ${i}`, 40_000))
  const report = await assertReads(all)
  assert.match(report.refusal?.reason ?? '', /0\.1 MB of mail within a day/)
  const there = inbox(endpoint).length
  assert.ok(there < 6 && there >= 3, `${there}`)
  const { up } = link.stats
  assert.ok(up < 200_000, `${up} bytes, of which 100,000 were taken`)
  endpoint.nowMs += dayMs
  await run()
  endpoint.nowMs += dayMs
  await run()
  assert.deepEqual(inbox(endpoint), inbox(device))
  assert.ok(link.stats.up < 300_000, `${link.stats.up}`)
})

test('content that is begun and not finished is bounded; what is complete does not count', async () => {
  const all = await world({ pendingBytes: 50_000 })
  const { endpoint, device, run } = all
  // Each is complete before the next one comes.
  for (let i = 0; i < 3; i++) device.mail.person.deliver(['INBOX'], mail(`middling ${i}`, 30_000))
  assert.equal((await run()).refusal, undefined)
  assert.equal(inbox(endpoint).length, 4)
  device.mail.person.deliver(['INBOX'], mail('too big to wait', 90_000))
  const report = await assertReads(all)
  assert.equal(report.refusal?.code, 'QUOTA')
  assert.match(report.refusal.next, /devicePending/)
  endpoint.account = { ...endpoint.account, quota: defaultQuota }
  await run()
  assert.deepEqual(inbox(endpoint), inbox(device))
})

test('quotas are those of the pairing, and two devices have one each', async () => {
  const { endpoint, device, run } = await world({ messages: 1 })
  const other = await makeSide('other', { hasUpstream: true, random: seededRandom(9) })
  for (const side of [device, other])
    for (let i = 0; i < 2; i++) side.mail.person.deliver(['INBOX'], mail(`${side.name} ${i}`))
  assert.equal((await run()).refusal?.code, 'QUOTA')
  const link = memoryLink(() => endpoint.account, { pairing: 'another' })
  // It has mail before its first sync: whether that is there already is asked first, and what goes up then has to wait for the next run.
  for (let i = 0; i < 2; i++) {
    const report = await sync(other.account, { link, policy: defaultPolicy })
    assert.equal(report.refusal?.code, 'QUOTA')
  }
  assert.equal(inbox(endpoint).length, 3)
})

/** A journal of so many new mailboxes, as a device sends it. */
const journalOf = (count: number): JournalEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    number: i + 1,
    operation: { op: 'mailbox-create' as const, mailbox: guid(1000 + i), path: [`Box ${i}`] },
  }))
const helloBefore = (end: number) => helloOf({ batches: [{ end, nonce: 77 }] })

test('a journal is applied in slices: others have their turn in between, and each commit is small', async () => {
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(3) })
  const count = 5 * sliceEntries + 1
  const batches: number[] = []
  endpoint.watchCommits = (batch) => batches.push(batch.puts?.length ?? 0)
  const entries = journalOf(count)
  let turns = 0
  let done = false
  const others = (async () => {
    // A turn of the event loop that nobody else's work keeps away.
    for (; !done; turns++) await new Promise((resolve) => setImmediate(resolve))
  })()
  const { signal } = new AbortController()
  assert.equal(
    await applyEntries(endpoint.account, { hello: helloBefore(count), entries }, signal),
    undefined,
  )
  done = true
  await others
  assert.ok(turns >= 5, `${turns} turns`)
  assert.ok(batches.length >= 6)
  assert.ok(Math.max(...batches) < 20 * sliceEntries, `${Math.max(...batches)} records in one commit`)
})

test('a journal that a crash breaks off between two slices goes on from there, once, and its device is known again', async () => {
  const count = 3 * sliceEntries
  const [hello, entries] = [helloBefore(count), journalOf(count)]
  const { signal } = new AbortController()
  const seen = new Set<number>()
  for (let step = 1; ; step++) {
    const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(3) })
    endpoint.crashAt(step)
    const crashed = await applyEntries(endpoint.account, { hello, entries }, signal).then(
      () => false,
      (error) => assert.ok(error instanceof Crash, String(error)) ?? true,
    )
    if (!crashed) break
    await endpoint.restart()
    const { db } = endpoint.account.replica
    const { applied, batchEnd } = await deviceRecord(db, hello.replica)
    seen.add(applied)
    assert.equal(await findLoss(db, hello), undefined, `after ${applied}`)
    if (applied > 0 && applied < count) assert.equal(batchEnd, count)
    // The device has heard of some of it, and has done more since.
    const more = {
      ...helloBefore(count + 1),
      acknowledged: applied,
      batches: [...hello.batches, { end: count + 1, nonce: 5 }],
    }
    const rest = journalOf(count + 1).filter(({ number }) => number > applied)
    await applyEntries(endpoint.account, { hello: more, entries: rest }, signal)
    const record = await deviceRecord(db, hello.replica)
    assert.deepEqual([record.applied, record.batchEnd, record.nonce], [count + 1, undefined, 5])
    assert.equal((await listMailboxes(db)).length, count + 1)
  }
  assert.deepEqual([...seen], [0, sliceEntries, 2 * sliceEntries, count])
})

test('a device that never acknowledges what came of its entries is told to, and adds no more until it has', async () => {
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(3) })
  const { db } = endpoint.account.replica
  const hello = helloBefore(3)
  await db.transact(async (tx) => {
    for (let i = 0; i < requestLimits.results; i++)
      tables.result.put(tx, hello.replica, 0, i, { kind: 'no-source', number: 0, guid: guid(i) })
  })
  const { signal } = new AbortController()
  const refusal = await applyEntries(endpoint.account, { hello, entries: journalOf(3) }, signal)
  assert.match(refusal?.reason ?? '', /not acknowledged/)
  assert.equal((await deviceRecord(db, hello.replica)).applied, 0)
})
