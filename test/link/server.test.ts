import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { constants } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { deriveDeviceKeys } from '../../src/link/device-keys.js'
import type { Pairing } from '../../src/link/pairing.js'
import { defaultServerTimeouts } from '../../src/link/server/connection-watch.js'
import { createDeviceProof } from '../../src/link/server/device-proof.js'
import type { DeviceRegistry } from '../../src/link/server/device-registry.js'
import { type ExchangeReport, startServer } from '../../src/link/server/server.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { DeviceIdentity, Responder } from '../../src/sync/link.js'
import { clockAhead, looksOften } from './clock-ahead.js'
import {
  echo,
  makeWorld,
  opensslCommand,
  readAll,
  registryOver,
  selfSigned,
  someBytes,
  type World,
} from './world.js'

const certificate = selfSigned()
const tls = certificate && { cert: certificate.cert, key: certificate.key }
const needsOpenssl = { skip: certificate ? false : 'there is no openssl command to make a certificate with' }
const hello = new TextEncoder().encode('hello')

async function inWorld(
  options: Parameters<typeof makeWorld>[0],
  body: (world: World) => Promise<void>,
): Promise<void> {
  const world = await makeWorld(options)
  try {
    await body(world)
  } finally {
    await world.close()
  }
}

const whoAmI: Responder = async function* (_request, device) {
  yield new TextEncoder().encode(`${device.account} ${device.deviceId}`)
}

const ways: readonly [string, Parameters<typeof makeWorld>[0], object][] = [
  ['a pre-shared key and no certificate', { via: 'psk' }, {}],
  ['a pre-shared key beside a certificate', { via: 'psk', ...(tls ? { tls } : {}) }, needsOpenssl],
  [
    'a pinned certificate and a token',
    { via: 'tls', ...(tls ? { tls } : {}), ...(certificate ? { pin: certificate.pin } : {}) },
    needsOpenssl,
  ],
  ['plain HTTP on loopback and a token', { via: 'http' }, {}],
]

for (const [way, options, skip] of ways) {
  test(`with ${way} the device is the one that was paired`, skip, () =>
    inWorld({ ...options, respond: whoAmI }, async ({ link, pairing }) => {
      const answer = await readAll(await link().exchange(hello))
      assert.equal(new TextDecoder().decode(answer), `me ${pairing.deviceId}`)
    }),
  )

  test(`with ${way} short and long requests and answers come through whole`, skip, () =>
    inWorld(options, async ({ link }) => {
      const one = link()
      for (const size of [0, 1, 1400, 1401, 16384, 16385, 1_000_000]) {
        const bytes = someBytes(size)
        assert.deepEqual(await readAll(await one.exchange(bytes)), bytes, `${size} bytes`)
      }
      async function* stream(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 300; i++) yield someBytes(i * 10, i)
      }
      assert.deepEqual(await readAll(await one.exchange(stream())), await readAll(stream()))
    }),
  )

  test(`with ${way} a wrong secret is refused`, skip, () =>
    inWorld(options, async ({ link }) => {
      const wrong = link({ pairing: { secret: someBytes(32) } })
      await assert.rejects(wrong.exchange(hello), (e) => hasCode(e, 'AUTH'))
      await assert.rejects(wrong.exchange(someBytes(3_000_000)), (e) => hasCode(e, 'AUTH'))
    }),
  )

  test(
    `with ${way} a device that another process adds or revokes meanwhile may come in or not at once`,
    skip,
    async () => {
      const store = new MemoryStore()
      const beside = registryOver(store)
      await inWorld({ ...options, devices: registryOver(store) }, async ({ link }) => {
        const { device, secret } = await beside.addDevice({ account: 'me', name: 'phone' })
        const phone = { pairing: { deviceId: device.id, secret } }
        const open = link(phone)
        assert.deepEqual(await readAll(await open.exchange(hello)), hello)
        await beside.revokeDevice('phone')
        await assert.rejects(
          open.exchange(hello),
          (e) => hasCode(e, 'AUTH'),
          'on the connection that was open',
        )
        await assert.rejects(link(phone).exchange(hello), (e) => hasCode(e, 'AUTH'), 'on a new connection')
      })
    },
  )

  test(`with ${way} an exchange that runs ends when its device is revoked`, skip, () =>
    inWorld(
      {
        ...options,
        timeouts: { revokedMs: 20 },
        respond: async function* (_request, _device, signal) {
          yield new Uint8Array(2000)
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        },
      },
      async ({ link, devices }) => {
        const answer = await link().exchange(hello)
        await devices.revokeDevice('laptop')
        await assert.rejects(readAll(answer), (e) => hasCode(e, 'LINK_FAILED'))
      },
    ),
  )
}

test('a device that another process adds to the SQLite file may come in at once, and a revoked one not', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'packetboat-devices-'))
  const stores = [await openSqliteStore(join(dir, 'db')), await openSqliteStore(join(dir, 'db'))] as const
  try {
    const [serving, beside] = stores.map((store) => registryOver(store)) as [DeviceRegistry, DeviceRegistry]
    await inWorld({ devices: serving }, async ({ link }) => {
      for (const name of ['one', 'two']) {
        const { device, secret } = await beside.addDevice({ account: 'me', name })
        const newcomer = { pairing: { deviceId: device.id, secret } }
        assert.deepEqual(await readAll(await link(newcomer).exchange(hello)), hello)
        await beside.revokeDevice(name)
        await assert.rejects(link(newcomer).exchange(hello), (e) => hasCode(e, 'AUTH'))
        assert.equal(
          (await beside.listDevices()).find(({ id }) => id === device.id)?.seenMs,
          1_700_000_000_000,
        )
      }
    })
  } finally {
    for (const store of stores) await store.close()
    rmSync(dir, { recursive: true })
  }
})

test('an unknown device is refused, with a certificate at hand or not', needsOpenssl, async () => {
  for (const options of [{}, { tls: tls! }]) {
    await inWorld(options, async ({ link }) => {
      const unknown = link({ pairing: { deviceId: '0000000000000000' } })
      await assert.rejects(unknown.exchange(hello), (e) => hasCode(e, 'AUTH'))
    })
  }
})

test(
  'a device key is no way in for a client that checks the certificate, nor a token for one without it',
  needsOpenssl,
  () =>
    inWorld({ tls: tls! }, async ({ link }) => {
      const unpinned = link({ pairing: { via: 'tls', prefix: '' } as Partial<Pairing> })
      await assert.rejects(
        unpinned.exchange(hello),
        (e) => hasCode(e, 'WRONG_ENDPOINT') && /self-signed/.test(e.message),
      )
      const otherPin = link({ pairing: { via: 'tls', prefix: '', pin: someBytes(32) } as Partial<Pairing> })
      await assert.rejects(
        otherPin.exchange(hello),
        (e) => hasCode(e, 'WRONG_ENDPOINT') && /another key/.test(e.message),
      )
    }),
)

test('a certificate client fails at an endpoint that has no certificate', () =>
  inWorld({}, async ({ link }) => {
    const client = link({ pairing: { via: 'tls', prefix: '' } as Partial<Pairing> })
    await assert.rejects(client.exchange(hello), (e) => hasCode(e, 'WRONG_ENDPOINT'))
  }))

/** One request over TLS with the certificate and no key, by Node's own client. */
function certificateRequest(
  port: number,
  options: { path?: string; method?: string; headers?: Record<string, string> },
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const defaults = {
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      agent: false,
      path: '/v1/exchange',
    }
    const req = httpsRequest({ ...defaults, method: 'POST', ...options }, (res) => {
      let body = ''
      res.on('data', (chunk) => {
        body += chunk
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }))
    })
    req.on('error', reject)
    req.end()
  })
}

test('a certificate connection proves no device: it needs a token, and an id is none', needsOpenssl, () =>
  inWorld({ tls: tls! }, async ({ server, pairing }) => {
    const { port } = server.address
    const { bearer, psk } = deriveDeviceKeys(pairing.secret)
    const tokens = [pairing.deviceId, Buffer.from(psk).toString('base64url'), `${bearer}x`, '', 'a b']
    const headers = tokens.map((token) => ({ authorization: `Bearer ${token}` }))
    for (const each of [{}, { authorization: bearer }, { authorization: `Basic ${bearer}` }, ...headers]) {
      assert.equal((await certificateRequest(port, { headers: each })).status, 401)
    }
    const good = await certificateRequest(port, { headers: { authorization: `bearer ${bearer}` } })
    assert.equal(good.status, 200)
  }),
)

test('other paths and methods get a short answer that names no secret', needsOpenssl, () =>
  inWorld({ tls: tls! }, async ({ server: { address } }) => {
    const status = async (path: string, method: string) => {
      const { status, headers, body } = await certificateRequest(address.port, { path, method })
      assert.equal(headers['packetboat'], '1')
      assert.ok(body.length < 120)
      return status
    }
    assert.equal(await status('/', 'GET'), 200)
    assert.equal(await status('/', 'POST'), 404)
    assert.equal(await status('/v1/exchange', 'PUT'), 405)
    assert.equal(await status('/v1/exchange/../../etc/passwd', 'POST'), 404)
    assert.equal(await status('/v1/exchange', 'POST'), 401)
  }),
)

/** What openssl's client makes of an offered identity whose key it does not know. */
async function poseWithOpenssl(port: number, deviceId: string): Promise<void> {
  const suites = 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256'
  const key = ['-psk_identity', deviceId, '-psk', '08'.repeat(32)]
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_3', '-ciphersuites', suites, ...key]
  const client = spawn(opensslCommand, args, { stdio: ['pipe', 'ignore', 'ignore'] })
  client.stdin.on('error', () => undefined)
  client.stdin.end('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  await new Promise((resolve) => client.once('exit', resolve))
}

test(
  'who offers a device’s identity and finishes with the certificate is not taken for the device',
  needsOpenssl,
  async () => {
    // A server with two suites, as Node has by default: there the identity is offered, and the certificate used after all.
    const proof = createDeviceProof()
    const seen: { offered: string[]; proved: (string | undefined)[] } = { offered: [], proved: [] }
    const server = createHttpsServer(
      {
        ...tls,
        ciphers: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256',
        secureOptions: constants.SSL_OP_NO_TICKET,
        pskCallback: (socket, identity) => {
          seen.offered.push(identity)
          return proof.offered(socket, identity) === undefined ? null : Buffer.alloc(32, 7)
        },
      },
      (req, res) => {
        seen.proved.push(proof.of(req.socket as TLSSocket))
        res.end()
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await poseWithOpenssl((server.address() as { port: number }).port, 'laptop')
    server.close()
    assert.deepEqual(seen, { offered: ['laptop'], proved: [undefined] })
  },
)

test('an endpoint does not let such a handshake end at all', needsOpenssl, () =>
  inWorld({ tls: tls! }, async ({ server, pairing, log }) => {
    await poseWithOpenssl(server.address.port, pairing.deviceId)
    assert.deepEqual(log, ['127.0.0.1: refused, the wrong key for me laptop'])
  }),
)

test(
  'a session of an earlier connection is not taken up: it would look like a device’s key',
  needsOpenssl,
  () =>
    inWorld({ tls: tls! }, async ({ server }) => {
      const { port } = server.address
      const once = async (session?: Buffer) => {
        const socket = tlsConnect({
          port,
          host: '127.0.0.1',
          rejectUnauthorized: false,
          ...(session && { session }),
        })
        const ticket = new Promise<Buffer>((resolve) => socket.once('session', resolve))
        await new Promise((resolve) => socket.once('secureConnect', resolve))
        const reused = socket.isSessionReused()
        const next = session ? undefined : await ticket
        socket.destroy()
        return { reused, next }
      }
      const { next } = await once()
      assert.ok(next, 'OpenSSL sends a ticket, wanted or not')
      assert.equal((await once(next)).reused, false)
    }),
)

test('a hello with two identities proves neither', () => {
  const proof = createDeviceProof()
  const socket = { isSessionReused: () => true } as TLSSocket
  assert.equal(proof.of(socket), undefined)
  assert.equal(proof.offered(socket, 'a'), 'a')
  assert.equal(proof.of(socket), 'a')
  assert.equal(proof.offered(socket, 'b'), undefined)
  assert.equal(proof.of(socket), undefined)
})

test('plain HTTP is refused where others could listen, on both sides, unless it is allowed', async () => {
  const options = { devices: registryOver(), respond: echo, nowMs: () => 0, plain: true }
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org']) {
    await assert.rejects(
      startServer({ ...options, listen: { host, port: 0 } }),
      (e) => hasCode(e, 'CONFIG'),
      host,
    )
  }
  const server = await startServer({ ...options, listen: { host: '0.0.0.0', port: 0 }, allowPlainHttp: true })
  await server.close()
  await inWorld({ via: 'http' }, async ({ link }) => {
    assert.throws(
      () => link({ pairing: { host: 'example.org' } }),
      (e) => hasCode(e, 'CONFIG'),
    )
    assert.doesNotThrow(() => link({ pairing: { host: 'example.org' }, allowPlainHttp: true }))
  })
})

test('a port in use, a foreign address and a broken certificate are CONFIG errors', () =>
  inWorld({}, async ({ server }) => {
    const options = { devices: registryOver(), respond: echo, nowMs: () => 0 }
    const isConfig = (e: unknown) => hasCode(e, 'CONFIG')
    await assert.rejects(startServer({ ...options, listen: server.address }), isConfig)
    await assert.rejects(startServer({ ...options, listen: { host: '192.0.2.1', port: 0 } }), isConfig)
    const broken = { cert: 'no certificate', key: 'no key' }
    const listen = { host: '127.0.0.1', port: 0 }
    await assert.rejects(startServer({ ...options, listen, tls: broken }), isConfig)
  }))

test('when the device vanishes, the responder’s signal fires and it is told to return', async () => {
  const events: string[] = []
  let stopped: () => void = () => undefined
  const over = new Promise<void>((resolve) => {
    stopped = resolve
  })
  const respond: Responder = async function* (_request, _device, signal) {
    signal.addEventListener('abort', () => events.push('abort'))
    try {
      for (;;) yield new Uint8Array(1000)
    } finally {
      events.push('return')
      stopped()
    }
  }
  await inWorld({ respond }, async ({ link, slowLine }) => {
    const line = await slowLine()
    const answer = await link().exchange(hello)
    line.cut()
    await assert.rejects(readAll(answer), (e) => hasCode(e, 'LINK_FAILED'))
    await over
    assert.deepEqual(events, ['abort', 'return'])
  })
})

test('a responder that waits for the rest of a request sees the line’s loss as an error', async () => {
  let seen: (error: unknown) => void = () => undefined
  const error = new Promise((resolve) => {
    seen = resolve
  })
  const respond: Responder = async function* (request) {
    try {
      for await (const _ of request);
      yield hello
    } catch (lost) {
      seen(lost)
      throw lost
    }
  }
  await inWorld({ respond }, async ({ link, slowLine, log }) => {
    const line = await slowLine()
    line.cutAfter({ up: 50_000 })
    await assert.rejects(link().exchange(someBytes(200_000)), (e) => hasCode(e, 'LINK_FAILED'))
    assert.ok(hasCode(await error, 'LINK_FAILED'))
    assert.deepEqual(log, [])
  })
})

test('a responder may answer without reading the request', () =>
  inWorld({ respond: whoAmI }, async ({ link, pairing }) => {
    const answer = await readAll(await link().exchange(someBytes(100_000)))
    assert.equal(new TextDecoder().decode(answer), `me ${pairing.deviceId}`)
  }))

test('a responder may stop reading in the middle and still answer', async () => {
  const respond: Responder = async function* (request) {
    for await (const chunk of request) {
      yield chunk.subarray(0, 1)
      return
    }
  }
  await inWorld({ respond }, async ({ link }) => {
    assert.deepEqual(await readAll(await link().exchange(someBytes(200_000))), someBytes(1))
  })
})

test('an answer begins while the request still goes up', async () => {
  let sendMore: () => void = () => undefined
  const more = new Promise<void>((resolve) => {
    sendMore = resolve
  })
  async function* request(): AsyncGenerator<Uint8Array> {
    yield hello
    await more
    yield hello
  }
  await inWorld({}, async ({ link }) => {
    const answer = (await link().exchange(request()))[Symbol.asyncIterator]()
    assert.deepEqual(Uint8Array.from((await answer.next()).value), hello)
    sendMore()
    assert.deepEqual(Uint8Array.from((await answer.next()).value), hello)
    assert.equal((await answer.next()).done, true)
  })
})

test('an error of the responder is a cut or status 500 for the device, and in the report of the exchange', async () => {
  for (const first of [[], [new Uint8Array(2000)]]) {
    const respond: Responder = async function* () {
      yield* first
      throw new Error('disk on fire')
    }
    const reports: ExchangeReport[] = []
    const onExchange = (report: ExchangeReport) => void reports.push(report)
    await inWorld({ respond, onExchange }, async ({ link, log }) => {
      const exchange = async () => readAll(await link().exchange(hello))
      await assert.rejects(exchange, (e) => hasCode(e, 'LINK_FAILED') && !/disk/.test(e.message))
      assert.deepEqual(log, [])
      const [{ device, outcome, up, down } = assert.fail('no report')] = reports
      assert.deepEqual(
        [device.name, outcome],
        ['laptop', { end: 'failed', error: new Error('disk on fire') }],
      )
      assert.ok(up > 100 && down > 100, `${up} up, ${down} down`)
    })
  }
})

test('exchanges of two devices run side by side', async () => {
  const arrived: DeviceIdentity[] = []
  let both: () => void = () => undefined
  const bothHere = new Promise<void>((resolve) => {
    both = resolve
  })
  const respond: Responder = async function* (request, device) {
    arrived.push(device)
    if (arrived.length === 2) both()
    await bothHere
    yield* request
  }
  await inWorld({ respond }, async ({ link, devices }) => {
    const { device, secret } = await devices.addDevice({ account: 'you', name: 'laptop' })
    const yours = link({ pairing: { deviceId: device.id, secret } })
    const exchanges = [link().exchange(hello), yours.exchange(someBytes(5))]
    const [mine, theirs] = await Promise.all(exchanges.map(async (each) => readAll(await each)))
    assert.deepEqual([mine, theirs], [hello, someBytes(5)])
    assert.deepEqual(arrived.map(({ account }) => account).sort(), ['me', 'you'])
  })
})

test('close ends exchanges and returns when their responders have stopped', async () => {
  let returned = false
  const respond: Responder = async function* (_request, _device, signal) {
    try {
      yield new Uint8Array(2000)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    } finally {
      returned = true
    }
  }
  await inWorld({ respond }, async ({ link, server }) => {
    const answer = await link().exchange(hello)
    await server.close()
    assert.equal(returned, true)
    await assert.rejects(readAll(answer), (e) => hasCode(e, 'LINK_FAILED'))
    await assert.rejects(
      link().exchange(hello),
      (e) => hasCode(e, 'LINK_FAILED') && /refuses/.test(e.message),
    )
  })
})

test('a signal closes the server as well', async () => {
  const stop = new AbortController()
  await inWorld({ signal: stop.signal }, async ({ link, server }) => {
    stop.abort()
    await server.close()
    await assert.rejects(link().exchange(hello), (e) => hasCode(e, 'LINK_FAILED'))
  })
})

/** Sends text to a port and gives all that comes back until the other side closes. Once something has come, `wait` is called again and again. */
function rawTalk(port: number, text: string, wait: () => void = () => undefined): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk
    })
    socket.on('error', () => undefined)
    socket.once('data', () => {
      const waiting = setInterval(wait, 20)
      socket.once('close', () => clearInterval(waiting))
    })
    socket.on('close', () => resolve(heard))
    socket.write(text)
  })
}

test('who sends a head forever, or nothing, is dropped; who is idle after that too', async (t) => {
  await inWorld({ via: 'http', timeouts: { authenticateMs: 40 } }, async ({ server, log }) => {
    assert.equal(await rawTalk(server.address.port, 'POST /v1/exchange HTTP/1.1\r\nx: '), '')
    assert.equal(await rawTalk(server.address.port, ''), '')
    assert.match(log.join('\n'), /no device was recognised in time/)
  })
  await inWorld({ timeouts: { authenticateMs: 40 } }, async ({ server }) => {
    assert.equal(await rawTalk(server.address.port, ''), '')
  })
  const pass = clockAhead(t)
  const idle = () => pass(defaultServerTimeouts.idleMs)
  await inWorld({ via: 'http', timeouts: looksOften }, async ({ server, pairing, log }) => {
    const { bearer } = deriveDeviceKeys(pairing.secret)
    const head = `POST /v1/exchange HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${bearer}\r\n`
    assert.match(
      await rawTalk(server.address.port, `${head}content-length: 2\r\n\r\nhi`, idle),
      /^HTTP\/1.1 200 OK\r\n/,
    )
    const half = await rawTalk(server.address.port, `${head}content-length: 2\r\n\r\nh`, idle)
    assert.doesNotMatch(half, /\r\n0\r\n\r\n$/)
    assert.match(log.join('\n'), /nothing moved/)
  })
})

test('a second exchange that does not wait for the first on its connection closes it', () =>
  inWorld({ via: 'http' }, async ({ server, pairing, log }) => {
    const { bearer } = deriveDeviceKeys(pairing.secret)
    const head = `POST /v1/exchange HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${bearer}\r\n`
    const one = `${head}content-length: 0\r\n\r\n`
    assert.doesNotMatch(await rawTalk(server.address.port, one.repeat(20)), /200 OK[\s\S]*200 OK/)
    assert.deepEqual(log, [])
  }))

test('who was refused is dropped after the time of a stranger, however much it sends', (t) =>
  inWorld({ via: 'http', timeouts: looksOften }, async ({ server, devices, pairing }) => {
    const pass = clockAhead(t)
    const { bearer } = deriveDeviceKeys(pairing.secret)
    const head = `POST /v1/exchange HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${bearer}\r\n`
    const socket = connect(server.address.port, '127.0.0.1')
    const answers = socket[Symbol.asyncIterator]()
    socket.write(`${head}content-length: 2\r\n\r\nhi`)
    assert.match(String((await answers.next()).value), /^HTTP\/1.1 200/)
    await devices.revokeDevice('laptop')
    socket.write(`${head}content-length: 200000000\r\n\r\n`)
    assert.match(String((await answers.next()).value), /^HTTP\/1.1 401/)
    socket.on('error', () => undefined)
    const sending = setInterval(() => {
      socket.write('more')
      pass(defaultServerTimeouts.authenticateMs / 10)
    }, 5)
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(sending)
  }))

test('an oversized head, rubbish and HTTP/1.0 end without harm', () =>
  inWorld({ via: 'http' }, async ({ server, link }) => {
    const { port } = server.address
    assert.equal(await rawTalk(port, `POST / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}`), '')
    assert.equal(await rawTalk(port, '\0\x01\x02 rubbish\r\n\r\n'), '')
    assert.match(await rawTalk(port, 'POST /v1/exchange HTTP/1.0\r\n\r\n'), /505/)
    assert.deepEqual(await readAll(await link().exchange(hello)), hello)
  }))

test('an endpoint that works on its answer for long shows that it lives', async () => {
  let go: () => void = () => undefined
  const worked = new Promise<void>((resolve) => {
    go = resolve
  })
  const respond: Responder = async function* () {
    await worked
    yield hello
  }
  await inWorld(
    { via: 'http', respond, timeouts: { heartbeatMs: 10 } },
    async ({ server, pairing, link }) => {
      const { bearer } = deriveDeviceKeys(pairing.secret)
      const headers = { authorization: `Bearer ${bearer}` }
      const beaten = new Promise<void>((resolve) => {
        const req = httpRequest({ ...server.address, method: 'POST', path: '/v1/exchange', headers })
        let beats = 0
        req.on('information', ({ statusCode }) => {
          assert.equal(statusCode, 102)
          if (++beats === 3) resolve()
        })
        req.end()
      })
      // Ours stalls after 200 ms without a byte, and is kept by the same heartbeats.
      const answer = link({ timeouts: { stallMs: 200 } }).exchange(hello)
      await beaten
      go()
      assert.deepEqual(await readAll(await answer), hello)
    },
  )
})
