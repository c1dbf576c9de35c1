import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteMailbox, getMailbox } from '../../../src/replica/mailboxes.js'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { addMessage, expungeMessage, getMessage } from '../../../src/replica/messages.js'
import { tables } from '../../../src/replica/tables.js'
import { keepFromDevices, keptFromDevice } from '../../../src/sync/policy/kept-from-device.js'
import { id } from '../../replica/world.js'
import { by, expunge, type Guarded, guarded, names } from './device-guard-world.js'

/** What becomes of what the guard did not let go. */

/** A request for all four of A, of which each lives on as another one. */
async function keepAll(world: Guarded, from = 0): Promise<void> {
  const all = names('A', 4, from)
  await world.watch(
    all.map((name) => expunge(name)),
    async (guard, change) => {
      for (const name of all) {
        const message = (await getMessage(change.tx, id(name)))!
        assert.equal(await guard?.mayGo(message), false)
        const guid = id(`A${Number(name.slice(1)) + 4}`)
        const kept = await addMessage(change, { ...message, guid })
        await expungeMessage(change, message, { base: [], movedTo: kept.guid })
        guard?.noteKept(message, kept)
      }
      await guard?.finish(7)
    },
  )
}

test('what stays is noted for both sides, once for each mailbox', async () => {
  const world = await guarded({ A: 4, B: 40 })
  const { db } = world.opened.replica
  await keepAll(world)
  const [conflict, ...others] = await listConflicts(db)
  assert.deepEqual(others, [])
  const detail = '4 of 4 expunged by the device its pairing, and kept here'
  assert.deepEqual(conflict, { kind: 'held-back', mailbox: id('A'), detail, atMs: 1000, number: 1 })
  const row = { conflict: 1, device: 'device', number: 7, gone: 4, of: 4 }
  assert.deepEqual(await tables.heldFrom.get(db, by, id('A')), row)
  const told = (replica: string, acknowledged: number) => keptFromDevice(db, by, { replica, acknowledged })
  assert.deepEqual(await told('device', 6), [{ mailbox: id('A'), gone: 4, of: 4, kept: true }])
  assert.deepEqual(await told('device', 7), [])
  assert.deepEqual(await told('other', 6), [])
  assert.equal(await tables.keptFrom.count(db, [by]), 4)
  // The same again is no other conflict, and what was kept before is not kept twice.
  world.opened.nowMs = 2000
  await keepAll(world, 4)
  assert.deepEqual(
    (await listConflicts(db)).map(({ number, atMs }) => [number, atMs]),
    [[1, 1000]],
  )
  assert.equal(await tables.keptFrom.count(db, [by]), 4)
})

test('after a person has settled it, the same again is another conflict', async () => {
  const world = await guarded({ A: 4, B: 40 })
  const { change, replica } = world.opened
  await keepAll(world)
  await change(async ({ tx }) => {
    tables.conflict.put(tx, 1, { ...(await tables.conflict.get(tx, 1))!, settled: 'both' })
  })
  await keepAll(world, 4)
  assert.deepEqual(
    (await listConflicts(replica.db)).map(({ number }) => number),
    [1, 2],
  )
  assert.equal((await tables.heldFrom.get(replica.db, by, id('A')))?.conflict, 2)
})

test('a conflict that is not there any more is noted anew', async () => {
  const world = await guarded({ A: 4, B: 40 })
  const { change, replica } = world.opened
  await keepAll(world)
  await change(async ({ tx }) => tables.conflict.delete(tx, 1))
  await keepAll(world, 4)
  const [conflict] = await listConflicts(replica.db)
  assert.equal(conflict?.mailbox, id('A'))
  assert.equal((await tables.heldFrom.get(replica.db, by, id('A')))?.conflict, conflict?.number)
})

test('an operator who settles it keeps all of it, and nothing of another', async () => {
  const world = await guarded({ A: 4, B: 40 })
  const { change, replica } = world.opened
  await keepAll(world)
  assert.equal(await change(({ tx }) => keepFromDevices(tx, 2)), false)
  assert.equal(await tables.keptFrom.count(replica.db), 4)
  assert.equal(await change(({ tx }) => keepFromDevices(tx, 1)), true)
  assert.equal(await tables.keptFrom.count(replica.db), 0)
  assert.equal(await tables.heldFrom.count(replica.db), 0)
})

for (const [what, allow, more, goes] of [
  ['its name', ['A'], {}, true],
  ['another name', ['B'], {}, false],
  ['nothing', [], {}, false],
  ['its name, where only the operator may allow it', ['A'], { onlyOperatorAllows: true }, false],
] as const)
  test(`what was kept goes after all when the person at the device allows ${what}`, async () => {
    const world = await guarded({ A: 4, B: 40 })
    const { replica } = world.opened
    await keepAll(world)
    await world.flag('A4', '\\Flagged')
    await world.flag('A5', '\\Seen')
    await world.opened.change(async (change) => {
      await expungeMessage(change, (await getMessage(change.tx, id('A7')))!, { base: [] })
    })
    const { modseq } = await world.of('A7')
    // Of another device, and of another mailbox.
    await world.opened.change(async ({ tx }) => {
      tables.keptFrom.put(tx, 'another', id('A'), id('A5'), true)
      tables.keptFrom.put(tx, by, id('B'), id('B5'), true)
    })
    await world.ask([], [], { allow, guard: { share: 0.5, least: 2, ...more } })
    // Who was marked stays.
    const gone = await Promise.all(names('A', 4, 4).map(async (name) => (await world.of(name)).expunged))
    assert.deepEqual(gone, [false, goes, goes, true])
    assert.equal((await world.of('A7')).modseq, modseq)
    assert.equal('echo' in (await world.of('A5')), false)
    assert.equal((await world.of('B5')).expunged, false)
    assert.equal(await tables.keptFrom.count(replica.db), goes ? 2 : 6)
    assert.equal(await tables.heldFrom.count(replica.db), goes ? 0 : 1)
    assert.equal((await listConflicts(replica.db))[0]?.settled, goes ? 'here' : undefined)
  })

test('an operator’s word on what was kept stands, and a mailbox that is forgotten goes with all of it', async () => {
  const world = await guarded({ A: 4, B: 40 })
  const { change, replica } = world.opened
  await keepAll(world)
  await change(async (one) => {
    const { tx } = one
    tables.conflict.put(tx, 1, { ...(await tables.conflict.get(tx, 1))!, settled: 'both' })
    const mailbox = (await getMailbox(tx, id('A')))!
    await deleteMailbox(one, mailbox)
    tables.mailbox.delete(tx, id('A'))
    for (const name of names('A', 4, 4)) tables.message.delete(tx, id(name))
  })
  await world.ask([], [], { allow: ['B'] })
  assert.equal(await tables.heldFrom.count(replica.db), 0)
  assert.equal((await tables.conflict.get(replica.db, 1))?.settled, 'both')
})
