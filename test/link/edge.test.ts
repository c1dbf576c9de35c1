import assert from 'node:assert/strict'
import { createConnection, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { connect as tlsConnect } from 'node:tls'
import { createEdgeLog, linesPerMinute } from '../../src/link/server/edge-log.js'
import { networkOf } from '../../src/link/server/network-of.js'
import type { ExchangeReport } from '../../src/link/server/server.js'
import { fakeClock } from './fake-clock.js'
import { readAll, selfSigned, someBytes, type World, worldOf } from './world.js'

const hello = new TextEncoder().encode('hello')
const certificate = selfSigned()

for (const [address, network] of [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2:ffff::1', '2001:db8:1:2::/64'],
  ['2001:db8:1::9', '2001:db8:1:0::/64'],
  ['2001:db8::5:6:7:8:9', '2001:db8:0:5::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['unknown', 'unknown'],
] as const)
  test(`${address} is counted with ${network}`, () => assert.equal(networkOf(address), network))

test('what strangers cause has so many lines a minute of each kind, and then one with the number of the others', async () => {
  const lines: string[] = []
  const clock = fakeClock()
  const log = createEdgeLog((level, line) => lines.push(`${level} ${line}`), clock)
  for (let i = 0; i < 1000; i++) log.stranger('refused', `line ${i}`)
  log.stranger('late', 'another')
  assert.equal(lines.length, linesPerMinute + 1)
  assert.equal(lines.at(-1), 'warning another')
  await clock.pass(60_000)
  assert.deepEqual(lines.slice(linesPerMinute + 1), [
    `warning refused: … and ${1000 - linesPerMinute} more in the last minute`,
  ])
  log.stranger('refused', 'again')
  assert.equal(lines.at(-1), 'warning again')
  for (let i = 0; i < 30; i++) log.stranger('refused', 'more')
  log.close()
  assert.equal(lines.at(-1), `warning refused: … and ${31 - linesPerMinute} more in the last minute`)
})

/** Connects from an address of this machine and says nothing. */
async function stranger(t: TestContext, { server }: World, localAddress: string): Promise<Socket> {
  const socket = createConnection({ ...server.address, localAddress })
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  socket.resume()
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

const gone = (socket: Socket): Promise<unknown> =>
  socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve))

/** When so many of them have been closed. */
const closedOf = (sockets: readonly Socket[], count: number): Promise<void> =>
  new Promise((resolve) => {
    const look = () => sockets.filter(({ closed }) => closed).length >= count && resolve()
    for (const socket of sockets) socket.once('close', () => setImmediate(look))
    look()
  })

test('strangers from many addresses take no place from a device, and none is closed that was recognised', async (t) => {
  const limits = { connections: 40, strangers: 30, connectionsPerNetwork: 8 }
  const world = await worldOf(t, { limits })
  const early = world.link()
  assert.deepEqual(await readAll(await early.exchange(hello)), hello)
  const crowd: Socket[] = []
  for (let i = 0; i < 150; i++) crowd.push(await stranger(t, world, `127.0.${1 + (i % 50)}.1`))
  await closedOf(crowd, 150 - limits.strangers)
  for (let i = 0; i < 5; i++) assert.deepEqual(await readAll(await world.link().exchange(hello)), hello)
  assert.deepEqual(await readAll(await early.exchange(hello)), hello, 'on the connection that was open')
  assert.match(world.log.join('\n'), /127\.0\.\d+\.1: closed to make room/)
})

test('a flood from one address pushes out itself, and no slow stranger of another one', async (t) => {
  const world = await worldOf(t, {
    limits: { connections: 20, strangers: 10, connectionsPerNetwork: 100 },
  })
  const slow = await stranger(t, world, '127.0.0.9')
  const flood: Socket[] = []
  for (let i = 0; i < 60; i++) flood.push(await stranger(t, world, '127.0.0.10'))
  await closedOf(flood, 50)
  assert.equal(slow.closed, false)
})

test('from one network the oldest stranger makes room for the next', async (t) => {
  const world = await worldOf(t, { via: 'http', limits: { connectionsPerNetwork: 1 } })
  const holder = await stranger(t, world, '127.0.0.1')
  assert.deepEqual(await readAll(await world.link().exchange(hello)), hello)
  await gone(holder)
  const refused = await stranger(t, world, '127.0.0.1')
  await gone(refused)
  assert.match(world.log.join('\n'), /127\.0\.0\.1: refused, too many connections/)
})

test('while strangers are crowded they have less time, but for a network with a single one', async (t) => {
  const world = await worldOf(t, {
    limits: { connections: 20, strangers: 5, connectionsPerNetwork: 10 },
    timeouts: { crowdedMs: 40 },
  })
  const slow = await stranger(t, world, '127.0.0.9')
  const crowd: Socket[] = []
  for (let i = 0; i < 4; i++) crowd.push(await stranger(t, world, '127.0.0.10'))
  // The last one is closed as soon as there is a crowd; then none is left.
  await Promise.race(crowd.map(gone))
  assert.equal(slow.closed, false)
  assert.match(world.log.join('\n'), /127\.0\.0\.10: closed, no device was recognised in time/)
})

/** What a listener sees of a handshake with this identity and a wrong key: bytes from the endpoint, and how the client's TLS calls its end. */
function wrongKey({ server }: World, identity: string): Promise<string> {
  return new Promise((resolve) => {
    const tcp = createConnection(server.address)
    const socket = tlsConnect({
      socket: tcp,
      minVersion: 'TLSv1.3',
      ciphers: 'TLS_AES_128_GCM_SHA256',
      pskCallback: () => ({ psk: someBytes(32, 9), identity }),
      checkServerIdentity: () => undefined,
    })
    let end = ''
    socket.on('error', (error: Error & { code?: string }) => {
      end = error.code ?? error.message
    })
    tcp.once('close', () => resolve(`${tcp.bytesRead} ${end}`))
  })
}

for (const [how, tls] of [
  ['without a certificate', undefined],
  ['beside a certificate', certificate],
] as const)
  test(`a known device with a wrong key, an unknown and a revoked one look the same ${how}`, {
    skip: how === 'without a certificate' || certificate ? false : 'there is no openssl command',
  }, async (t) => {
    const world = await worldOf(t, tls ? { tls } : {})
    const { device } = await world.devices.addDevice({ account: 'me', name: 'lost' })
    await world.devices.revokeDevice('lost')
    const known = await wrongKey(world, world.pairing.deviceId)
    assert.match(known, /^[1-9]\d* ERR_SSL/)
    assert.equal(await wrongKey(world, '0123456789abcdef'), known)
    assert.equal(await wrongKey(world, device.id), known)
    assert.deepEqual(world.log, [
      '127.0.0.1: refused, the wrong key for me laptop',
      '127.0.0.1: refused, unknown or revoked device 0123456789abcdef',
      `127.0.0.1: refused, unknown or revoked device ${device.id}`,
    ])
  })

test('a connection that drops before its hello is logged with its address', async (t) => {
  const world = await worldOf(t)
  for (const [address, last] of [
    ['127.0.0.21', (socket: Socket) => socket.resetAndDestroy()],
    ['127.0.0.22', (socket: Socket) => socket.end()],
  ] as const) {
    const socket = await stranger(t, world, address)
    last(socket)
    await gone(socket)
  }
  // A device connects after both, so by then the log has them.
  await readAll(await world.link().exchange(hello))
  assert.equal(world.log.filter((line) => /^127\.0\.0\.2[12]: /.test(line)).length, 2, world.log.join('\n'))
})

test('an exchange is reported with its device and what it moved, the handshake with the first one', async (t) => {
  const reports: ExchangeReport[] = []
  const world = await worldOf(t, { onExchange: (report) => reports.push(report) })
  const link = world.link()
  for (const size of [10, 50_000]) await readAll(await link.exchange(someBytes(size)))
  assert.deepEqual(
    reports.map(({ device, outcome }) => [device.account, device.name, outcome.end]),
    [
      ['me', 'laptop', 'answered'],
      ['me', 'laptop', 'answered'],
    ],
  )
  const [first, second] = reports as [ExchangeReport, ExchangeReport]
  assert.ok(first.up > 300 && first.up < 1000 && first.down > 200 && first.down < 1000, JSON.stringify(first))
  assert.ok(second.up > 50_000 && second.up < 55_000, JSON.stringify(second))
  assert.ok(second.down > 50_000 && second.down < 55_000, JSON.stringify(second))
})

test('a renewed certificate is shown to new connections, its key keeps pinned devices, and a broken one changes nothing', {
  skip: certificate ? false : 'there is no openssl command',
}, async (t) => {
  const first = certificate ?? assert.fail()
  const renewed = selfSigned(first.key) ?? assert.fail()
  const other = selfSigned() ?? assert.fail()
  assert.notEqual(renewed.cert, first.cert)
  const world = await worldOf(t, { via: 'tls', tls: first, pin: first.pin })
  assert.deepEqual(await readAll(await world.link().exchange(hello)), hello)
  world.server.renew(renewed)
  assert.deepEqual(await readAll(await world.link().exchange(hello)), hello)
  assert.throws(() => world.server.renew({ cert: other.cert, key: first.key }), /can't be used/)
  assert.deepEqual(await readAll(await world.link().exchange(hello)), hello)
  world.server.renew(other)
  await assert.rejects(world.link().exchange(hello), /another key/)
})
