import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  acknowledgedByAll,
  declareDeviceLost,
  declareLost,
  defaultLostAfterMs,
  hasDevices,
  listDevices,
  mistrustDevices,
} from '../../../src/replica/devices.js'
import type { DeviceRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { id } from '../world.js'
import { open } from './open.js'

const device: DeviceRecord = {
  applied: 1,
  nonce: 2,
  tokens: [{ token: 1, head: 1, applied: 1 }],
  acknowledged: 5,
}

async function worldOf(devices: Readonly<Record<string, Partial<DeviceRecord>>>) {
  const { replica, change } = await open()
  await change(async ({ tx }) => {
    for (const [name, more] of Object.entries(devices))
      tables.device.put(tx, id(name), { ...device, ...more })
  })
  return { db: replica.db, change }
}

test('a device is lost that has not asked for longer than the time, and only then', async () => {
  const { db, change } = await worldOf({
    a: { seenMs: 999 },
    b: { seenMs: 1000 },
    c: {},
    d: { seenMs: 5000 },
    e: { seenMs: 0, lost: true },
  })
  await change(({ tx }) => declareLost(tx, 1500, 500))
  const lost = (await listDevices(db)).filter((one) => one.lost).map((one) => one.id)
  assert.deepEqual(lost, [id('a'), id('e')])
  assert.deepEqual(await tables.device.get(db, id('a')), { ...device, seenMs: 999, lost: true })
  assert.equal(defaultLostAfterMs, 15_552_000_000)
})

test('a device is lost when somebody says so, if there is such a one', async () => {
  const { db, change } = await worldOf({ a: {}, b: {} })
  assert.equal(await change(({ tx }) => declareDeviceLost(tx, id('a'))), true)
  assert.equal(await change(({ tx }) => declareDeviceLost(tx, id('x'))), false)
  assert.deepEqual(await listDevices(db), [
    { ...device, id: id('a'), lost: true },
    { ...device, id: id('b') },
  ])
})

test('a mistrusted device keeps all but its tokens', async () => {
  const { db, change } = await worldOf({ a: { seenMs: 3 }, b: {} })
  await change(({ tx }) => mistrustDevices(tx))
  assert.deepEqual(await listDevices(db), [
    { ...device, id: id('a'), seenMs: 3, tokens: [] },
    { ...device, id: id('b'), tokens: [] },
  ])
})

test('all have acknowledged what the slowest has that counts', async () => {
  const nobody = await worldOf({})
  assert.equal(await hasDevices(nobody.db), false)
  assert.equal(await acknowledgedByAll(nobody.db, 9), 9)
  const { db } = await worldOf({
    a: { acknowledged: 7 },
    b: { acknowledged: 5 },
    c: { acknowledged: 1, lost: true },
  })
  assert.equal(await hasDevices(db), true)
  assert.equal(await acknowledgedByAll(db, 9), 5)
  assert.equal(await acknowledgedByAll(db, 4), 4)
})
