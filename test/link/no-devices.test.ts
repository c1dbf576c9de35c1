import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { startServer } from '../../src/link/server/server.js'
import { echo, readAll, registryOver, worldOf } from './world.js'

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
  const saysSo = (error: unknown): boolean =>
    hasCode(error, 'MAILSTORE_AWAY') && /not mounted/.test(error.message)
  await assert.rejects(away.account(), saysSo)
  await assert.rejects(async () => readAll(await away.exchange(new Uint8Array(9))), saysSo)
  await world.devices.revokeDevice('laptop')
  await assert.rejects(world.link().account(), (error) => hasCode(error, 'AUTH'))
})
