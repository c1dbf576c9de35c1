import assert from 'node:assert/strict'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { equalBytes } from '../../src/bytes/concat.js'
import { type ErrorCode, hasCode, PacketboatError } from '../../src/errors/packetboat-error.js'
import { openHttpLink } from '../../src/link/client/client.js'
import { openLine } from '../../src/link/client/line.js'
import { withRetries } from '../../src/link/line/retry.js'
import type { LineClock } from '../../src/link/pace.js'
import type { Pairing } from '../../src/link/pairing.js'
import type { Responder } from '../../src/sync/link.js'
import { readAll, readUntilCut, selfSigned, someBytes, tcpServer, worldOf } from './world.js'

const certificate = selfSigned()
const needsOpenssl = { skip: certificate ? false : 'there is no openssl command to make a certificate with' }
const hello = new TextEncoder().encode('hello')
const identity = { deviceId: '0123456789abcdef', secret: someBytes(32), host: '127.0.0.1', port: 1 }
const psk: Pairing = { ...identity, via: 'psk' }
const pinned: Pairing = { ...identity, via: 'tls', prefix: '', pin: certificate?.pin ?? someBytes(32) }
const plain: Pairing = { ...identity, via: 'http', prefix: '' }

/** What an exchange with whatever listens on a port ends in. Every error has to say what to do next. */
async function outcome(pairing: Pairing, port: number, timeoutMs = 20_000): Promise<PacketboatError> {
  const timeouts = { connectMs: timeoutMs, stallMs: timeoutMs }
  const link = openHttpLink({ ...pairing, port }, { timeouts })
  try {
    await readAll(await link.exchange(hello))
  } catch (error) {
    assert.ok(error instanceof PacketboatError, String(error))
    assert.ok(error.message.includes(`127.0.0.1:${port}`) && /\.$/.test(error.message), error.message)
    assert.match(error.next, /^[A-Z].*\.$|: packetboat/)
    assert.ok(!error.message.includes(Buffer.from(identity.secret).toString('base64url')))
    return error
  } finally {
    await link.close()
  }
  throw new Error('the exchange succeeded')
}

async function withHttp(server: Server, body: (port: number) => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body((server.address() as { port: number }).port)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const statuses: readonly (readonly [number, boolean, ErrorCode])[] = [
  [200, false, 'WRONG_ENDPOINT'],
  [204, false, 'WRONG_ENDPOINT'],
  [302, false, 'WRONG_ENDPOINT'],
  [400, false, 'WRONG_ENDPOINT'],
  [401, true, 'AUTH'],
  [401, false, 'AUTH'],
  [403, false, 'AUTH'],
  [404, false, 'WRONG_ENDPOINT'],
  [404, true, 'WRONG_ENDPOINT'],
  [413, false, 'WRONG_ENDPOINT'],
  [500, true, 'LINK_FAILED'],
  [502, false, 'LINK_FAILED'],
  [503, false, 'LINK_FAILED'],
  [505, true, 'WRONG_ENDPOINT'],
]

for (const [status, ours, code] of statuses) {
  test(`status ${status} ${ours ? 'of an endpoint' : 'of some web server'} is ${code}`, async () => {
    const headers = { 'content-type': 'text/html', location: '/login', ...(ours ? { packetboat: '1' } : {}) }
    const server = createHttpServer((_req, res) => res.writeHead(status, headers).end('<html>Welcome</html>'))
    await withHttp(server, async (port) => {
      const error = await outcome(plain, port)
      assert.equal(error.code, code)
      // What bears an endpoint's mark comes from no network's login page.
      const namesLogin = !ours && code === 'WRONG_ENDPOINT'
      assert.equal(/asks for a login|another server/.test(`${error.message} ${error.next}`), namesLogin)
    })
  })
}

test('an endpoint of another version is told from a wrong one', async () => {
  const server = createHttpServer((_req, res) => res.writeHead(200, { packetboat: '2' }).end())
  await withHttp(server, async (port) => {
    const { code, message } = await outcome(plain, port)
    assert.equal(code, 'WRONG_ENDPOINT')
    assert.match(message, /version/)
  })
})

test(
  'a web server with TLS is a wrong endpoint for a token, and for a device key refuses the device',
  needsOpenssl,
  async () => {
    const server = createHttpsServer({ cert: certificate!.cert, key: certificate!.key }, (_req, res) =>
      res.end('hi'),
    )
    await withHttp(server, async (port) => {
      assert.equal((await outcome(pinned, port)).code, 'WRONG_ENDPOINT')
      const { code, message } = await outcome(psk, port)
      assert.equal(code, 'AUTH')
      assert.match(message, /another server/)
      // It closes without a word, which could as well be a bad line.
      assert.equal((await outcome(plain, port)).code, 'LINK_FAILED')
    })
  },
)

test('a web server without TLS is a wrong endpoint, and often the login page of a network', async () => {
  const server = createHttpServer((_req, res) => res.end('hi'))
  await withHttp(server, async (port) => {
    for (const pairing of [psk, pinned, plain]) {
      const { code, next } = await outcome(pairing, port)
      assert.equal(code, 'WRONG_ENDPOINT')
      assert.match(next, /asks for a login/)
    }
  })
})

test('a server of another kind that greets first is a wrong endpoint', async () => {
  const server = await tcpServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'))
  for (const pairing of [psk, pinned, plain]) {
    assert.equal((await outcome(pairing, server.port)).code, 'WRONG_ENDPOINT', pairing.via)
  }
  await server.close()
})

test('a port that says nothing or closes is LINK_FAILED, as is one where nobody listens', async () => {
  const servers = [
    await tcpServer(() => undefined),
    await tcpServer((socket) => socket.destroy()),
    await tcpServer((socket) => socket.once('data', () => socket.destroy())),
  ]
  for (const pairing of [psk, pinned, plain]) {
    for (const { port } of servers) assert.equal((await outcome(pairing, port, 60)).code, 'LINK_FAILED')
  }
  const [{ port }] = servers as [(typeof servers)[0]]
  for (const server of servers) await server.close()
  for (const pairing of [psk, pinned, plain]) {
    const { code, message } = await outcome(pairing, port)
    assert.equal(code, 'LINK_FAILED')
    assert.match(message, /nothing listens/)
  }
})

test('a host name that does not exist is LINK_FAILED in plain words', async () => {
  const link = openHttpLink({ ...psk, host: 'no-such-host.invalid' })
  await assert.rejects(link.exchange(hello), (e) => hasCode(e, 'LINK_FAILED') && /found/.test(e.message))
  await link.close()
})

const nothing = (error: unknown) => ({ bytes: new Uint8Array(0), error })

test('a cut at any stage is LINK_FAILED, gives what came before it, and the next exchange works', async (t) => {
  const request = someBytes(3000)
  const world = await worldOf(t)
  const line = await world.slowLine()
  await readAll(await world.link().exchange(request))
  const whole = { ...line.counters }
  for (const direction of ['up', 'down'] as const) {
    // A line that turns out to be quick gets larger records, with less around them.
    for (let at = 0; at < whole[direction] - 100; at += 61) {
      const link = world.link()
      line.cutAfter({ [direction]: at })
      const got = await link.exchange(request).then(readUntilCut, nothing)
      assert.ok(hasCode(got.error, 'LINK_FAILED'), `${direction} ${at}: ${got.error}`)
      assert.ok(equalBytes(got.bytes, request.subarray(0, got.bytes.length)))
      line.restore()
      if (at % 305 === 0) assert.ok(equalBytes(await readAll(await link.exchange(request)), request))
      await link.close()
    }
  }
})

test('a cut costs a slow line no more than a record of 1,400 bytes', async (t) => {
  const request = someBytes(6000)
  const world = await worldOf(t)
  const line = await world.slowLine({ delayMs: 60 })
  for (const at of [1200, 2013, 2600, 3333, 4500, 6000]) {
    const link = world.link()
    line.cutAfter({ down: at })
    const got = await link.exchange(request).then(readUntilCut, nothing)
    assert.ok(hasCode(got.error, 'LINK_FAILED'), `${at}: ${got.error}`)
    // Handshake, head and the 22 bytes around each record, and at most one record that did not become whole.
    assert.ok(got.bytes.length >= at - 304 - 200 - 1422, `${at}: ${got.bytes.length}`)
    line.restore()
    await link.close()
  }
})

test('a connection that was made to look at the line, and lost before it was used, is made again', async (t) => {
  for (const via of ['psk', 'http'] as const) {
    const world = await worldOf(t, { via })
    const line = await world.slowLine()
    const link = world.link()
    assert.ok((await link.frameBytes()) >= 0)
    line.cut()
    line.restore()
    // Whether it works depends on whether the client has noticed by now.
    const first = await link.exchange(hello).then(readUntilCut, nothing)
    assert.ok(first.error === undefined || hasCode(first.error, 'LINK_FAILED'), `${first.error}`)
    assert.ok(equalBytes(await readAll(await link.exchange(hello)), hello))
    await link.close()
  }
})

test('a link that only looked at the line closes, and leaves nothing open', async (t) => {
  const world = await worldOf(t)
  const link = world.link()
  await link.frameBytes()
  await link.close()
  await assert.rejects(link.frameBytes(), (error) => hasCode(error, 'LINK_FAILED'))
})

test('what came before a cut is read before its error, however late the reader is', async (t) => {
  const world = await worldOf(t, { via: 'http' })
  const line = await world.slowLine()
  const request = someBytes(100_000)
  line.cutAfter({ down: 90_000 })
  const answer = await world.link().exchange(request)
  // The cut is long known by the time that the reader begins.
  await assert.rejects(async () => readAll(await world.link().exchange(hello)))
  const { bytes, error } = await readUntilCut(answer)
  assert.ok(hasCode(error, 'LINK_FAILED'))
  assert.ok(bytes.length > 89_000 && equalBytes(bytes, request.subarray(0, bytes.length)))
})

test('a connection is kept from exchange to exchange, and made again after a loss', async (t) => {
  const world = await worldOf(t)
  const line = await world.slowLine()
  const link = world.link()
  const cost = async () => {
    const before = link.stats.up
    await readAll(await link.exchange(hello))
    return link.stats.up - before
  }
  const first = await cost()
  const second = await cost()
  assert.ok(second < first - 250, `${first} with the handshake, ${second} without`)
  line.cut()
  await assert.rejects(link.exchange(hello), (e) => hasCode(e, 'LINK_FAILED'))
  line.restore()
  assert.equal(await cost(), first)
  assert.equal(await cost(), second)
})

test('retries go on over cuts until the answer is whole', async (t) => {
  const world = await worldOf(t)
  const line = await world.slowLine()
  const link = world.link()
  const cuts = [0, 100, 1000, 5000]
  const answer = await withRetries(
    async () => {
      const down = cuts.shift()
      line.restore()
      line.cutAfter(down === undefined ? {} : { down })
      return readAll(await link.exchange(someBytes(20_000)))
    },
    {
      now: () => 0,
      sleep: async () => undefined,
      random: () => 0,
      giveUpAfterMs: 1000,
      firstPauseMs: 1,
      maxPauseMs: 1,
    },
  )
  assert.deepEqual(answer, someBytes(20_000))
})

test('a line that trickles is healthy: an answer and an upload may take many times the stall limit', async (t) => {
  // A line of 300 bit/s with the limits as they are by default. Time passes only when the line asks for it.
  t.mock.timers.enable({ apis: ['setInterval'] })
  let nowMs = 0
  const due: { atMs: number; run: () => void }[] = []
  const clock: LineClock = { now: () => nowMs, after: (ms, run) => due.push({ atMs: nowMs + ms, run }) }
  // Both ends take the line for as slow as it is: by how long its handshake took.
  t.mock.method(performance, 'now', clock.now)
  const respond: Responder = async function* (request) {
    yield await readAll(request)
  }
  const world = await worldOf(t, { respond })
  await world.slowLine({ bitsPerSecond: 300, clock })
  let isOver = false
  const answer = world.link().exchange(someBytes(6000)).then(readAll)
  const end = (): void => {
    isOver = true
  }
  answer.then(end, end)
  while (!isOver) {
    // What sockets have to tell comes before time goes on.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    const next = due.sort((a, b) => a.atMs - b.atMs).shift()
    if (!next) continue
    if (next.atMs > nowMs) t.mock.timers.tick(next.atMs - nowMs)
    nowMs = Math.max(nowMs, next.atMs)
    next.run()
  }
  assert.deepEqual(await answer, someBytes(6000))
  assert.ok(nowMs > 2 * 120_000, `${nowMs} ms`)
})

test('a line on which nothing moves any more is LINK_FAILED, in the handshake and in an exchange', async (t) => {
  const respond: Responder = async function* (_request, _device, signal) {
    yield new Uint8Array(2000)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  const world = await worldOf(t, { respond })
  const link = world.link({ timeouts: { stallMs: 80 } })
  const { bytes, error } = await readUntilCut(await link.exchange(hello))
  assert.equal(bytes.length, 2000)
  assert.ok(hasCode(error, 'LINK_FAILED') && /Nothing came/.test(error.message))
})

test('a reader that takes its time does not make the line a stalled one', async (t) => {
  const world = await worldOf(t, { via: 'http' })
  const link = world.link({ timeouts: { stallMs: 60 } })
  const bytes = someBytes(600_000)
  const answer = await link.exchange(bytes)
  // A second exchange stalls after the same limit: when it did, the first one has outlived it.
  const silent = await tcpServer(() => undefined)
  await outcome(plain, silent.port, 60)
  await silent.close()
  assert.ok(equalBytes(await readAll(answer), bytes))
})

test('an abort ends an exchange while it connects, sends and receives', async (t) => {
  const silent = await tcpServer(() => undefined)
  const world = await worldOf(t)
  for (const stage of ['before', 'connecting', 'receiving'] as const) {
    const stop = new AbortController()
    const link = stage === 'connecting' ? openHttpLink({ ...psk, port: silent.port }) : world.link()
    if (stage === 'before') stop.abort()
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(1000)
    }
    const exchange = (async () => {
      for await (const _ of await link.exchange(endless(), stop.signal)) stop.abort()
    })()
    if (stage === 'connecting') setImmediate(() => stop.abort())
    await assert.rejects(exchange, (e) => hasCode(e, 'INTERRUPTED'), stage)
    await link.close()
  }
  await silent.close()
})

test('a line that is hung up ends what it was connecting', async () => {
  const silent = await tcpServer(() => undefined)
  const line = openLine({ ...psk, port: silent.port }, 60_000, {})
  const outcome = line.handshakeMs().then(
    () => 'connected',
    () => 'ended',
  )
  await line.hangUp()
  // Without the hanging up it would end after a minute.
  const patience = pause(10_000, 'still connecting', { ref: false })
  assert.equal(await Promise.race([outcome, patience]), 'ended')
  await silent.close()
})

test('an error of the caller’s own request stream is given as it is', async (t) => {
  const world = await worldOf(t)
  for (const count of [0, 1, 100]) {
    async function* broken(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < count; i++) yield new Uint8Array(10_000)
      throw new PacketboatError('STORE_CORRUPT', 'A blob can’t be read.', 'Restore it.')
    }
    const link = world.link()
    const exchange = async () => readAll(await link.exchange(broken()))
    await assert.rejects(exchange, (e) => hasCode(e, 'STORE_CORRUPT'), `${count} chunks`)
    assert.deepEqual(await readAll(await link.exchange(hello)), hello)
  }
})

test('a reader that stops early frees the connection’s other end', async (t) => {
  let stopped: () => void = () => undefined
  const over = new Promise<void>((resolve) => {
    stopped = resolve
  })
  const respond: Responder = async function* () {
    try {
      for (;;) yield new Uint8Array(1000)
    } finally {
      stopped()
    }
  }
  const world = await worldOf(t, { respond })
  for await (const _ of await world.link().exchange(hello)) break
  await over
})

test('two exchanges on one link run side by side', async (t) => {
  const world = await worldOf(t)
  const link = world.link()
  let go: () => void = () => undefined
  const second = new Promise<void>((resolve) => {
    go = resolve
  })
  async function* waiting(): AsyncGenerator<Uint8Array> {
    yield hello
    await second
  }
  const slow = link.exchange(waiting())
  assert.deepEqual(await readAll(await link.exchange(someBytes(10))), someBytes(10))
  go()
  assert.deepEqual(await readAll(await slow), hello)
})

test('bytes are reported as they were counted on the line', async (t) => {
  const world = await worldOf(t)
  const line = await world.slowLine()
  const reports: [number, number][] = []
  const link = world.link({ onBytes: (up, down) => reports.push([up, down]) })
  await readAll(await link.exchange(someBytes(50_000)))
  assert.deepEqual(reports.at(-1), [line.counters.up, line.counters.down])
  assert.deepEqual(link.stats, line.counters)
})

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('50 MB pass each way in bounded memory, and whoever is slow stops the other side', async (t) => {
  const total = 50_000_000
  const chunk = someBytes(50_000)
  let produced = 0
  async function* produce(): AsyncGenerator<Uint8Array> {
    for (produced = 0; produced < total; produced += chunk.length) yield chunk
  }
  /** When the source has stopped: nothing was taken from it over several turns. */
  async function stopped(): Promise<number> {
    for (let before = -1; before !== produced; ) {
      before = produced
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return produced
  }
  let peak = 0
  let measured = 0
  /** What is alive, now and then: with garbage the figure would say more about the collector than about us. */
  const measure = (moved = Number.POSITIVE_INFINITY) => {
    if (moved - measured < 5_000_000) return
    measured = moved
    // Once finds what is dead; the bytes of its buffers are counted until the next time.
    collectGarbage()
    collectGarbage()
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    peak = Math.max(peak, arrayBuffers + heapUsed)
  }
  let received = 0
  const heldUp: number[] = []
  const respond: Responder = async function* (request) {
    for await (const bytes of request) {
      if (received === 0 && bytes.length > 100) heldUp.push(await stopped())
      received += bytes.length
      measure(received)
    }
    if (received < total) yield* produce()
  }
  const world = await worldOf(t, { respond })
  const link = world.link()
  measure()
  const start = peak
  measured = 0

  assert.equal((await readAll(await link.exchange(produce()))).length, 0)
  assert.equal(received, total)
  received = 0
  measured = 0
  let down = 0
  for await (const bytes of await link.exchange(hello)) {
    if (down === 0) heldUp.push(await stopped())
    down += bytes.length
    measure(down)
  }
  assert.equal(down, total)
  assert.equal(heldUp.length, 2)
  for (const bytes of heldUp) assert.ok(bytes < total / 2, `${bytes} were taken while nobody read`)
  assert.ok(peak - start < 10_000_000, `${peak - start} bytes more memory`)
})
