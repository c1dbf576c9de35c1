import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { openHttpLink } from '../../src/link/client/client.js'
import { listening } from '../../src/link/server/listening.js'
import { startServer } from '../../src/link/server/server.js'
import { echo, makeWorld, readAll, registryOver, someBytes } from './world.js'

const loopbacks = [
  { host: '127.0.0.1', port: 0 },
  { host: '::1', port: 0 },
]

/** Listens, unless this machine has no such address. */
const hasIpv6 = await new Promise<boolean>((resolve) => {
  const server: Server = createServer()
  server.once('error', () => resolve(false))
  server.listen(0, '::1', () => server.close(() => resolve(true)))
})

test('an endpoint answers at each of its addresses, of IPv4 and of IPv6', { skip: !hasIpv6 }, async () => {
  const world = await makeWorld({ listen: loopbacks })
  try {
    assert.deepEqual(
      world.server.addresses.map(({ host }) => host),
      ['127.0.0.1', '::1'],
    )
    assert.equal(world.server.address, world.server.addresses[0])
    for (const address of world.server.addresses) {
      const link = openHttpLink({ ...world.pairing, ...address })
      const sent = someBytes(100)
      const request = (async function* () {
        yield sent
      })()
      assert.deepEqual(await readAll(await link.exchange(request, new AbortController().signal)), sent)
      await link.close()
    }
  } finally {
    await world.close()
  }
})

test('all of IPv6 and all of IPv4 have room beside each other at one port', { skip: !hasIpv6 }, async () => {
  const options = { devices: registryOver(), respond: echo, nowMs: () => 0 }
  const first = await startServer({ ...options, listen: { host: '0.0.0.0', port: 0 } })
  const { port } = first.address
  await first.close()
  const both = ['::', '0.0.0.0'].map((host) => ({ host, port }))
  const server = await startServer({ ...options, listen: both })
  await server.close()
})

test('where one address can’t be had, none is kept', async () => {
  const options = { devices: registryOver(), respond: echo, nowMs: () => 0 }
  const first = await startServer({ ...options, listen: { host: '127.0.0.1', port: 0 } })
  const { address } = first
  await first.close()
  const foreign = { host: '192.0.2.1', port: 0 }
  await assert.rejects(startServer({ ...options, listen: [address, foreign] }), (e) => hasCode(e, 'CONFIG'))
  const again = await startServer({ ...options, listen: address })
  await again.close()
})

test('a socket that isn’t there is told of', async () => {
  const options = { devices: registryOver(), respond: echo, nowMs: () => 0 }
  await assert.rejects(startServer({ ...options, listen: { fd: 4095 } }), (e) => hasCode(e, 'CONFIG'))
})

test('a host name that nobody can look up now is told of in words', async () => {
  const server = createServer()
  const error = Object.assign(new Error('getaddrinfo EAI_AGAIN mail.example'), { code: 'EAI_AGAIN' })
  server.listen = () => {
    process.nextTick(() => server.emit('error', error))
    return server
  }
  await assert.rejects(
    listening(server, { host: 'mail.example', port: 4190 }),
    /mail\.example port 4190.*no name server answers/,
  )
})
