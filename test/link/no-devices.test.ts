import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { startServer } from '../../src/link/server/server.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { echo, readAll, registryOver, worldOf } from './world.js'

const saysSo = (error: unknown): boolean =>
  hasCode(error, 'MAILSTORE_AWAY') && /not mounted/.test(error.message)

test('an endpoint that never had a device takes its disk for missing, and no device for a revoked one', async (t) => {
  const world = await worldOf(t, { via: 'http' })
  const bare = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    plain: true,
    devices: registryOver(),
    respond: echo,
    nowMs: () => 0,
  })
  t.after(() => bare.close())
  const away = world.link({ pairing: { port: bare.address.port } })
  await assert.rejects(away.account(), saysSo)
  await assert.rejects(async () => readAll(await away.exchange(new Uint8Array(9))), saysSo)
  await world.devices.revokeDevice('laptop')
  await assert.rejects(world.link().account(), (error) => hasCode(error, 'AUTH'))
})

for (const via of ['psk', 'http'] as const)
  test(`an endpoint whose disk goes while it runs says so to the devices that it knew (${via}), once in its log, and serves them when the disk is back`, async (t) => {
    const store = new MemoryStore()
    const world = await worldOf(t, { via, devices: registryOver(store) })
    assert.equal(await world.link().account(), 'me')
    const get = store.get
    store.get = () => Promise.reject(new Error('The disk has gone.'))
    await assert.rejects(world.link().account(), saysSo)
    await assert.rejects(async () => readAll(await world.link().exchange(new Uint8Array(9))), saysSo)
    store.get = get
    assert.deepEqual(await readAll(await world.link().exchange(new Uint8Array(9))), new Uint8Array(9))
    assert.deepEqual(
      world.log.filter((line) => line.startsWith('devices')),
      ["devices can't be read, and none can sync: The disk has gone.", 'devices can be read again'],
    )
  })
