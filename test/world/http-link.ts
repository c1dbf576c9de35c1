import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { openHttpLink } from '../../src/link/client/client.js'
import { openDeviceRegistry } from '../../src/link/server/device-registry.js'
import { startServer } from '../../src/link/server/server.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import type { Link } from '../../src/sync/link.js'
import { respond } from '../../src/sync/responder/respond.js'
import type { Side } from './side.js'

/** The real link to a side in memory: TLS 1.3 with a device key on loopback. It may be restarted meanwhile. Closed when the test is over. */
export async function httpLinkTo(t: TestContext, endpoint: Side): Promise<Link> {
  const devices = openDeviceRegistry(openDatabase(new MemoryStore()), {
    random: (size) => new Uint8Array(randomBytes(size)),
    nowMs: () => 0,
  })
  const server = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    devices,
    respond: (request, _device, signal) => respond(endpoint.account, request, { signal }),
    nowMs: () => 0,
  })
  const { device, secret } = await devices.addDevice({ account: 'me', name: 'boat' })
  const link = openHttpLink({ via: 'psk', deviceId: device.id, secret, ...server.address })
  t.after(async () => {
    await link.close()
    await server.close()
  })
  return link
}
