import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { tables } from '../../../src/replica/tables.js'
import { rekeyMailbox } from '../../../src/sync/initiator/rekey.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncOptions, SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultGuard } from '../../../src/sync/policy/guard.js'
import { nameOf, resolveConflict } from '../../../src/sync/write/resolve-conflict.js'
import { id } from '../../replica/world.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { messagesIn } from '../../world/shown.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything } from '../../world/star.js'
import { by, guarded } from '../policy/device-guard-world.js'

/** What the guard held back in a mailbox stays held back when the mailbox turns out to be one of the upstream's, and gets its GUID. */

/** A device has lost most of its INBOX, and hears in the run that holds this back by what GUID its relay knows INBOX now. */
async function heldBackWhileRenamed() {
  const random = seededRandom(17)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const relay = await makeSide('relay', { hasUpstream: true, random })
  const device = await makeSide('device', { hasUpstream: true, random, guard: defaultGuard })
  const run = (side: Side, options: Partial<SyncOptions> = {}): Promise<SyncReport> => {
    const link = memoryLink(() => (side === relay ? endpoint : relay).account)
    return sync(side.account, { link, policy: everything, ...options })
  }
  for (let i = 0; i < 20; i++) relay.mail.person.deliver(['INBOX'], letter(`m${i}`))
  await run(device)
  for (const { locator } of messagesIn(device, ['INBOX']).slice(1))
    device.mail.person.remove(['INBOX'], locator)
  await run(relay)
  const { heldBack } = await run(device)
  assert.deepEqual(
    heldBack.map(({ gone, of }) => ({ gone, of })),
    [{ gone: 19, of: 20 }],
  )
  const { db } = device.account.replica
  assert.equal(await nameOf(db, heldBack[0]?.mailbox), 'INBOX')
  return { relay, device, db, run }
}

const count = (side: Side): number => messagesIn(side, ['INBOX']).length

test('what is held back in a mailbox that gets another GUID stays held back', async () => {
  const { relay, device, run } = await heldBackWhileRenamed()
  for (const { locator } of messagesIn(device, ['INBOX'])) device.mail.person.setFlags(['INBOX'], locator, [])
  relay.mail.person.deliver(['INBOX'], letter('new'))
  for (let round = 0; round < 3; round++) assert.equal((await run(device)).heldBack[0]?.gone, 19)
  assert.equal(count(relay), 21)
  await run(device, { allow: ['INBOX'] })
  assert.equal(count(relay), 2)
})

test('what is held back in a mailbox that gets another GUID comes back when a person keeps it', async () => {
  const { relay, device, db, run } = await heldBackWhileRenamed()
  const [conflict] = await listConflicts(db)
  assert.equal(conflict?.kind, 'held-back')
  await resolveConflict(device.account, conflict.number, 'both')
  assert.deepEqual((await run(device)).heldBack, [])
  assert.deepEqual([count(device), count(relay)], [20, 20])
})

for (const merged of [false, true])
  test(`what a device may not expunge of a mailbox that ${merged ? 'becomes one with another' : 'gets another GUID'} stays, whatever else may go`, async () => {
    const world = await guarded({ A: 4, ...(merged && { C: 5 }), B: 40 })
    const { change, replica } = world.opened
    const heldFrom = { conflict: 1, device: 'device', number: 7, gone: 4, of: 4 }
    await change(async (one) => {
      tables.deletionsIn.put(one.tx, by, id('A'), { of: 4, gone: 3 })
      tables.heldFrom.put(one.tx, by, id('A'), heldFrom)
      tables.keptFrom.put(one.tx, by, id('A'), id('A1'), true)
      const ours = await tables.mailbox.get(one.tx, id('A'))
      assert(ours)
      await rekeyMailbox(one, ours, { guid: id('C') })
    })
    await world.ask([], [], { allow: ['B'] })
    assert.equal((await world.of('A1')).expunged, false)
    assert.deepEqual(await tables.heldFrom.get(replica.db, by, id('C')), heldFrom)
    assert.equal(await tables.keptFrom.has(replica.db, by, id('C'), id('A1')), true)
    const { from } = await world.counted()
    assert.deepEqual(from, { C: merged ? '3/9' : '3/4', B: '0/40' })
  })
