import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { deriveDeviceKeys } from '../../src/link/device-keys.js'
import { openDeviceRegistry } from '../../src/link/server/device-registry.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { registryOver } from './world.js'

test('a device is found by its token and its key, and by nothing else', async () => {
  const devices = registryOver()
  const { device, secret } = await devices.addDevice({ account: 'me', name: 'laptop' })
  await devices.addDevice({ account: 'me', name: 'phone' })
  const { bearer, psk } = deriveDeviceKeys(secret)

  assert.equal((await devices.findByBearer(bearer))?.id, device.id)
  assert.deepEqual(devices.pskFor(device.id), psk)
  assert.equal(await devices.findByBearer(`${bearer}A`), undefined)
  assert.equal(await devices.findByBearer(Buffer.from(psk).toString('base64url')), undefined)
  assert.equal(await devices.findByBearer(''), undefined)
  assert.equal(devices.pskFor('0000000000000000'), undefined)
})

test('neither secret nor token is in the store', async () => {
  const store = new MemoryStore()
  const { secret } = await registryOver(store).addDevice({ account: 'me', name: 'laptop' })
  const { bearer } = deriveDeviceKeys(secret)
  for await (const { value } of store.list({ prefix: [] })) {
    const held = Buffer.from(value)
    for (const hidden of [secret, Buffer.from(bearer), Buffer.from(bearer, 'base64url')]) {
      assert.equal(held.indexOf(hidden), -1)
    }
  }
})

test('a revoked device stays listed, has no keys any more, and its name is free again', async () => {
  const devices = registryOver()
  const { device, secret } = await devices.addDevice({ account: 'me', name: 'laptop' })
  await devices.markSeen(device.id, 5)
  const revoked = await devices.revokeDevice('laptop')

  assert.equal(revoked.revokedMs, 1_700_000_000_000)
  assert.equal(await devices.findByBearer(deriveDeviceKeys(secret).bearer), undefined)
  assert.equal(devices.pskFor(device.id), undefined)
  await devices.markSeen(device.id, 6)
  assert.deepEqual(await devices.listDevices(), [{ ...revoked, seenMs: 6 }])
  assert.equal((await devices.revokeDevice(device.id)).revokedMs, revoked.revokedMs)

  const again = await devices.addDevice({ account: 'me', name: 'laptop' })
  assert.equal((await devices.revokeDevice('laptop')).id, again.device.id)
})

test('a name is unique within an account only, and ambiguous across them', async () => {
  const devices = registryOver()
  const { device } = await devices.addDevice({ account: 'me', name: 'laptop' })
  const { device: other } = await devices.addDevice({ account: 'you', name: 'laptop' })
  await assert.rejects(devices.addDevice({ account: 'me', name: 'laptop' }), (e) => hasCode(e, 'USAGE'))
  await assert.rejects(
    devices.revokeDevice('laptop'),
    (e) =>
      hasCode(e, 'USAGE') &&
      [`${device.id} (account me)`, `${other.id} (account you)`].every((each) => e.next.includes(each)),
  )
  assert.equal((await devices.revokeDevice('laptop', 'me')).id, device.id)
  assert.deepEqual(
    (await devices.listDevices()).map(({ account, revokedMs }) => [account, revokedMs !== undefined]),
    [
      ['me', true],
      ['you', false],
    ],
  )
  assert.equal((await devices.listDevices('you')).length, 1)
  await assert.rejects(devices.revokeDevice('tablet'), (e) => hasCode(e, 'NOT_FOUND'))
})

for (const name of [
  '',
  ' ',
  ' a',
  'a ',
  'a\nb',
  '\u001b[2J',
  '-rf',
  'a/b',
  'x'.repeat(65),
  '0123456789abcdef',
]) {
  test(`the device name ${JSON.stringify(name.slice(0, 20))} is refused`, async () => {
    await assert.rejects(registryOver().addDevice({ account: 'me', name }), (e) => hasCode(e, 'USAGE'))
  })
}

test('what another process has just added or revoked is known after a refresh', async () => {
  const store = new MemoryStore()
  const [serving, beside] = [registryOver(store), registryOver(store)]
  await serving.refresh()
  const { device, secret } = await beside.addDevice({ account: 'me', name: 'laptop' })
  await serving.refresh()
  assert.deepEqual(serving.pskFor(device.id), deriveDeviceKeys(secret).psk)
  assert.equal(serving.activeDevice(device.id)?.account, 'me')
  await beside.revokeDevice('laptop')
  await serving.refresh()
  assert.equal(serving.pskFor(device.id), undefined)
  assert.equal(serving.activeDevice(device.id), undefined)
})

test('a refresh without a change reads one key, however many devices there are', async () => {
  const store = new MemoryStore()
  const devices = registryOver(store)
  for (let i = 0; i < 20; i++) await devices.addDevice({ account: 'me', name: `device ${i}` })
  await devices.refresh()
  let lists = 0
  const list = store.list.bind(store)
  store.list = (...all) => {
    lists++
    return list(...all)
  }
  await devices.refresh()
  assert.equal(lists, 0)
})

test('two processes that add the same name at once make one device of that name', async () => {
  const store = new MemoryStore()
  const registries = [registryOver(store), registryOver(store), registryOver(store)]
  const outcomes = await Promise.allSettled(
    registries.map((each) => each.addDevice({ account: 'me', name: 'laptop' })),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  assert.equal((await registries[0]!.listDevices()).length, 1)
})

test('a refresh never joins a load that began before the change', async () => {
  const store = new MemoryStore()
  const db = openDatabase(store)
  const serving = openDeviceRegistry(db, { random: (n) => new Uint8Array(randomBytes(n)), nowMs: () => 0 })
  const beside = registryOver(store)
  for (let round = 0; round < 20; round++) {
    const early = serving.refresh()
    const { device } = await beside.addDevice({ account: 'me', name: `device ${round}` })
    await Promise.all([early, serving.refresh()])
    assert.ok(serving.pskFor(device.id))
  }
})
