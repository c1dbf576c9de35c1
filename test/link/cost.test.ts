import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { Pairing } from '../../src/link/pairing.js'
import { makeWorld, readAll, selfSigned, someBytes, tcpServer, worldOf } from './world.js'

const certificate = selfSigned()
const needsOpenssl = { skip: certificate ? false : 'there is no openssl command to make a certificate with' }

interface Cost {
  readonly up: number
  readonly down: number
}

/** TCP payload of a first exchange on a new connection and of a second one on the same, with bodies of `bytes`. */
async function measure(options: Parameters<typeof makeWorld>[0], bytes: number): Promise<[Cost, Cost]> {
  const world = await makeWorld(options)
  try {
    const line = await world.slowLine()
    const link = world.link()
    const once = async () => {
      const { up, down } = line.counters
      await readAll(await link.exchange(someBytes(bytes)))
      return { up: line.counters.up - up, down: line.counters.down - down }
    }
    return [await once(), await once()]
  } finally {
    await world.close()
  }
}

function tell(t: TestContext, what: string, { up, down }: Cost): void {
  t.diagnostic(`${what}: ${up} up, ${down} down, ${up + down} bytes in all`)
}

const record = 22

test('HTTP around a small exchange stays below 300 bytes with a device key, TLS records included', async (t) => {
  const [first, next] = await measure({}, 100)
  const heads = { up: next.up - 100 - record, down: next.down - 100 - record }
  const handshake = { up: first.up - next.up, down: first.down - next.down }
  tell(t, 'device key: handshake', handshake)
  tell(t, 'device key: heads', heads)
  tell(t, 'device key: exchange with empty bodies on an open connection', {
    up: next.up - 100,
    down: next.down - 100,
  })
  tell(t, 'device key: exchange with empty bodies on a new connection', {
    up: first.up - 100,
    down: first.down - 100,
  })
  assert.ok(heads.up <= 85 && heads.down <= 56)
  assert.ok(handshake.up + handshake.down <= 620)
  assert.ok(next.up + next.down - 200 < 200)
})

test('a small request and a small answer are one record each, a head and its body together', async () => {
  const [, empty] = await measure({}, 1)
  const [, small] = await measure({}, 1000)
  // Three digits more in each content-length, nothing else.
  assert.equal(small.up - empty.up, 999 + 3)
  assert.equal(small.down - empty.down, 999 + 3)
})

test('with a certificate a new connection costs about three times as much', needsOpenssl, async (t) => {
  const tls = { cert: certificate!.cert, key: certificate!.key }
  const [first, next] = await measure({ via: 'tls', tls, pin: certificate!.pin }, 100)
  const handshake = { up: first.up - next.up, down: first.down - next.down }
  tell(t, 'smallest certificate: handshake', handshake)
  tell(t, 'token: heads', { up: next.up - 100 - record, down: next.down - 100 - record })
  assert.ok(handshake.up + handshake.down > 1000)
  assert.ok(next.up + next.down - 200 < 300)
})

test('a long answer costs 2 % more than its bytes', async (t) => {
  const [, { down }] = await measure({}, 1_000_000)
  t.diagnostic(`1,000,000 bytes: ${down} down`)
  assert.ok(down < 1_020_000)
})

test('the heads are these', async (t) => {
  let heard = ''
  const server = await tcpServer((socket) => {
    socket.on('data', (chunk) => {
      heard += chunk
      socket.write('HTTP/1.1 200 OK\r\npacketboat: 1\r\nContent-Length: 0\r\n\r\n')
    })
  })
  const world = await worldOf(t, { via: 'http' })
  await readAll(
    await world.link({ pairing: { port: server.port } as Partial<Pairing> }).exchange(someBytes(5)),
  )
  t.diagnostic(JSON.stringify(heard.slice(0, -5)))
  assert.match(
    heard,
    /^POST \/v1\/exchange HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nconnection: keep-alive\r\nauthorization: Bearer [\w-]{22}\r\ncontent-length: 5\r\n\r\n/,
  )
  await server.close()
})
