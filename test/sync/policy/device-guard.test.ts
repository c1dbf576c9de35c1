import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import type { MailboxPath } from '../../../src/replica/model.js'
import { pathText } from '../../../src/replica/model.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultGuard, type Guard } from '../../../src/sync/policy/guard.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { resolveConflict } from '../../../src/sync/write/resolve-conflict.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

/** What a device may take from an endpoint, whatever it makes of its own guard: the devices here have none. */

const INBOX: MailboxPath = ['INBOX']
const Archive: MailboxPath = ['Archive']
const Trash: MailboxPath = ['Trash']
const dayMs = 86_400_000

const at = (side: Side, path: MailboxPath) => side.mail.snapshot().get(pathText([...path])) ?? []

interface World {
  readonly endpoint: Side
  readonly device: Side
  readonly other: Side
  readonly link: ReturnType<typeof memoryLink>
  run(side?: Side, allow?: readonly string[]): Promise<SyncReport>
  /** Takes this many of the mailbox, the first ones, on the device. */
  remove(count: number, from?: MailboxPath): void
  move(count: number, from: MailboxPath, to: MailboxPath): void
}

async function world(
  messages: number,
  { guard = defaultGuard, trash = true }: { guard?: Guard; trash?: boolean } = {},
): Promise<World> {
  const random = seededRandom(5)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random, guard })
  const device = await makeSide('device', { hasUpstream: true, random })
  const other = await makeSide('other', { hasUpstream: true, random })
  const link = memoryLink(() => endpoint.account, { pairing: 'its pairing' })
  const otherLink = memoryLink(() => endpoint.account, { pairing: 'another' })
  endpoint.mail.person.createMailbox(Archive)
  if (trash) endpoint.mail.person.createMailbox(Trash)
  for (let each = 0; each < messages; each++) endpoint.mail.person.deliver(INBOX, letter(`m${each}`))
  const run: World['run'] = (side = device, allow = []) =>
    sync(side.account, { link: side === other ? otherLink : link, policy: defaultPolicy, allow })
  await run(device)
  await run(other)
  const first = (count: number, path: MailboxPath) => {
    const files = at(device, path).slice(0, count)
    assert.equal(files.length, count)
    return files
  }
  return {
    endpoint,
    device,
    other,
    link,
    run,
    remove: (count, from = INBOX) => {
      for (const { locator } of first(count, from)) device.mail.person.remove(from, locator)
    },
    move: (count, from, to) => {
      for (const { locator } of first(count, from)) device.mail.person.move(from, locator, to)
    },
  }
}

const heldBack = ({ heldBack }: SyncReport) =>
  heldBack.map(({ gone, of, at, kept }) => `${gone}/${of} ${at} ${kept}`)

/** All have the same number of messages there, and a further sync moves nothing. */
async function assertInStep({ endpoint, device, other, run }: World, inbox: number): Promise<void> {
  for (const side of [other, device, other]) await run(side)
  for (const side of [endpoint, device, other]) assert.equal(at(side, INBOX).length, inbox, side.name)
  const again = await run(device)
  assert.deepEqual([again.written, again.found, again.sent, heldBack(again)], [0, 0, 0, []])
}

test('one small request that expunges all of a mailbox takes nothing of it, and the device has it back', async () => {
  const all = await world(24)
  all.remove(24)
  const report = await all.run()
  assert.deepEqual(heldBack(report), ['24/24 endpoint true'])
  await assertInStep(all, 24)
  const conflicts = await listConflicts(all.endpoint.account.replica.db)
  assert.deepEqual(
    conflicts.map(({ kind, settled }) => [kind, settled]),
    [['held-back', undefined]],
  )
  assert.match(conflicts[0]?.detail ?? '', /^24 of 24 expunged by the device its pairing, and kept here$/)
})

test('nine at a time take no more than the share of what stood there when the week began', async () => {
  const all = await world(24)
  for (let round = 0; round < 4; round++) {
    all.remove(9)
    await all.run()
    await all.run()
  }
  await assertInStep(all, 15)
})

test("the same through Trash: what is moved there counts then, and a Trash that a device has made doesn't help", async () => {
  for (const trash of [true, false]) {
    const all = await world(24, { trash })
    if (!trash) all.device.mail.person.createMailbox(Trash)
    for (let round = 0; round < 3; round++) {
      all.move(9, INBOX, Trash)
      await all.run()
      await all.run()
      all.remove(at(all.device, Trash).length, Trash)
      await all.run()
      await all.run()
    }
    await assertInStep(all, 15)
  }
})

test('a share of each mailbox, and then through Trash, is no more than a share of all', async () => {
  const all = await world(24)
  all.remove(11)
  assert.deepEqual(heldBack(await all.run()), [])
  all.move(10, INBOX, Trash)
  assert.equal((await all.run()).heldBack.length, 1)
  await all.run()
  all.remove(at(all.device, Trash).length, Trash)
  await all.run()
  await assertInStep(all, 13)
})

test('moved to another mailbox first, or with the mailbox itself, mail goes no faster', async () => {
  const all = await world(24)
  all.move(24, INBOX, Archive)
  assert.deepEqual(heldBack(await all.run()), [])
  all.remove(24, Archive)
  await all.run()
  await all.run()
  assert.equal(at(all.endpoint, Archive).length, 24)
  all.device.mail.person.deleteMailbox(Archive)
  await all.run()
  await all.run()
  assert.equal(at(all.endpoint, Archive).length, 24)
  assert.equal(at(all.device, Archive).length, 24)
})

test('another name of the device is the same device to its pairing', async () => {
  const all = await world(24)
  all.remove(9)
  assert.deepEqual(heldBack(await all.run()), [])
  await all.device.loseDatabase()
  await all.run()
  all.remove(9)
  assert.deepEqual(heldBack(await all.run()), ['9/24 endpoint true'])
  await assertInStep(all, 15)
})

test('what is allowed by name goes, at once or after it was kept; where only the operator may allow it, not', async () => {
  const all = await world(24)
  all.remove(24)
  await all.run()
  await all.run(all.device, ['INBOX'])
  await assertInStep(all, 0)
  const [conflict] = await listConflicts(all.endpoint.account.replica.db)
  assert.equal(conflict?.settled, 'here')

  const atOnce = await world(24)
  atOnce.remove(24)
  assert.deepEqual(heldBack(await atOnce.run(atOnce.device, ['INBOX'])), [])
  await assertInStep(atOnce, 0)

  const refused = await world(24, { guard: { ...defaultGuard, onlyOperatorAllows: true } })
  refused.remove(24)
  await refused.run(refused.device, ['INBOX'])
  await refused.run(refused.device, ['INBOX'])
  await assertInStep(refused, 24)
})

test('settled at the endpoint, what was kept stays whatever the device allows later', async () => {
  const all = await world(24)
  all.remove(24)
  await all.run()
  const [conflict] = await listConflicts(all.endpoint.account.replica.db)
  await resolveConflict(all.endpoint.account, conflict?.number ?? 0, 'both')
  await all.run(all.device, ['INBOX'])
  await assertInStep(all, 24)
})

test('a request that arrives twice, and an answer that is lost, come to the same', async () => {
  const all = await world(24)
  all.remove(24)
  all.link.deliverTwice()
  assert.deepEqual(heldBack(await all.run()), ['24/24 endpoint true'])
  await assertInStep(all, 24)
})

test('nobody is asked who files all of it elsewhere, empties Trash, deletes what has just come, or less than the least', async () => {
  const all = await world(40)
  all.move(30, INBOX, Archive)
  assert.deepEqual(heldBack(await all.run()), [])
  for (let week = 0; week < 3; week++) {
    for (let each = 0; each < 20; each++)
      all.endpoint.mail.person.deliver(INBOX, letter(`week ${week}, ${each}`))
    await all.run()
    const [few, more] = [at(all.device, INBOX).slice(10), at(all.device, INBOX).slice(0, 9)]
    for (const { locator } of [...few, ...(week === 0 ? more : [])])
      all.device.mail.person.move(INBOX, locator, Trash)
    assert.deepEqual(heldBack(await all.run()), [], `week ${week}`)
    all.remove(at(all.device, Trash).length, Trash)
    assert.deepEqual(heldBack(await all.run()), [], `week ${week}, Trash`)
    all.endpoint.nowMs += 7 * dayMs
  }
  assert.equal(at(all.endpoint, Archive).length, 30)
  assert.equal(at(all.endpoint, Trash).length, 0)
})

test('a clock that is set back lets no more through; a week later a share of what is left may go', async () => {
  const all = await world(24)
  all.remove(11)
  await all.run()
  all.endpoint.nowMs -= 400 * dayMs
  all.remove(9)
  assert.equal((await all.run()).heldBack.length, 1)
  await all.run()
  assert.equal(at(all.endpoint, INBOX).length, 13)
  all.endpoint.nowMs += 8 * dayMs
  all.remove(9)
  assert.deepEqual(heldBack(await all.run()), [])
  await assertInStep(all, 4)
})
