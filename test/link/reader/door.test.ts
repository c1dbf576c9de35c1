import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { deriveDeviceKeys } from '../../../src/link/device-keys.js'
import { defaultServerTimeouts } from '../../../src/link/server/connection-watch.js'
import { openDeviceRegistry } from '../../../src/link/server/device-registry.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import type { Responder } from '../../../src/sync/link.js'
import { clockAhead, looksOften } from '../clock-ahead.js'
import { registryOver, type World, worldOf } from '../world.js'
import { ask, bearer, cookieIn, folderOf, ours, pairBrowser } from './browser.js'

const whoAmI: Responder = async function* (request, device) {
  for await (const _ of request);
  yield new TextEncoder().encode(`${device.account} ${device.deviceId}`)
}

/** An endpoint behind a proxy, with the reader. */
const readerWorld = (t: TestContext, options: Parameters<typeof worldOf>[1] = {}): Promise<World> =>
  worldOf(t, {
    via: 'http',
    respond: whoAmI,
    reader: folderOf(t, { 'index.html': '<!doctype html>' }),
    ...options,
  })

const sync = (world: World, headers: Record<string, string>) =>
  ask(world.server, '/v1/exchange', { method: 'POST', headers })

const pair = (world: World, token: string, headers: Record<string, string> = ours) =>
  ask(world.server, '/v1/pair', { method: 'POST', headers: { ...headers, ...bearer(token) } })

test('a link pairs a browser, whose cookie then stands for it', async (t) => {
  const world = await readerWorld(t)
  const { device, token } = await world.devices.addReader({ account: 'me', name: 'phone' })
  const paired = await pair(world, token)
  assert.equal(paired.status, 200)
  assert.equal(paired.text, 'me\n')
  assert.match(
    paired.headers['set-cookie']?.[0] ?? '',
    /^__Host-packetboat=[\w-]{22}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Strict; Secure$/,
  )
  assert.equal(paired.headers['cache-control'], 'no-store')
  assert.ok(!cookieIn(paired).includes(token), 'what stood in the link is worth nothing from now on')
  const synced = await sync(world, { ...ours, cookie: cookieIn(paired) })
  assert.deepEqual([synced.status, synced.text], [200, `me ${device.id}`])
})

test('a browser that has nothing but its cookie hears whose mail it leads to, and nobody else does', async (t) => {
  const world = await readerWorld(t)
  const cookie = await pairBrowser(world.server, world.devices)
  const asks = (headers: Record<string, string>) => ask(world.server, '/v1/pair', { method: 'POST', headers })
  const known = await asks({ ...ours, cookie })
  assert.deepEqual([known.status, known.text, known.headers['set-cookie']], [200, 'me\n', undefined])
  const strangers = [
    ours,
    { ...ours, cookie: `${cookie}x` },
    { cookie },
    { ...ours, cookie, 'sec-fetch-site': 'cross-site' },
  ]
  for (const headers of strangers) assert.equal((await asks(headers)).status, 401)
  assert.deepEqual(world.log.filter((line) => line.includes('a browser was paired')).length, 1)
  await world.devices.revokeDevice('browser')
  assert.equal((await asks({ ...ours, cookie })).status, 401)
})

test('a link opens once, whoever is second', async (t) => {
  const world = await readerWorld(t)
  const { token } = await world.devices.addReader({ account: 'me', name: 'phone' })
  const both = await Promise.all([pair(world, token), pair(world, token)])
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401])
  assert.equal((await pair(world, token)).status, 401)
})

test('of two endpoints that open a link in one moment, one does', async () => {
  const store = new MemoryStore()
  const [here, there] = [registryOver(store), registryOver(store)]
  const { token } = await here.addReader({ account: 'me', name: 'phone' })
  await Promise.all([here.refresh(), there.refresh()])
  const opened = await Promise.all([here.openLink(token), there.openLink(token)])
  assert.equal(opened.filter((each) => each !== undefined).length, 1)
})

test('a link that nobody opened is dead after a day', async (t) => {
  let nowMs = 1_700_000_000_000
  const devices = openDeviceRegistry(openDatabase(new MemoryStore()), {
    random: (length) => new Uint8Array(randomBytes(length)),
    nowMs: () => nowMs,
  })
  const world = await readerWorld(t, { devices })
  const { token } = await devices.addReader({ account: 'me', name: 'phone' })
  nowMs += 24 * 3600 * 1000
  assert.equal((await pair(world, token)).status, 401)
  nowMs -= 1
  assert.equal((await pair(world, token)).status, 200)
})

test('a link that was revoked opens nothing', async (t) => {
  const world = await readerWorld(t)
  const { token } = await world.devices.addReader({ account: 'me', name: 'phone' })
  await world.devices.revokeDevice('phone')
  assert.equal((await pair(world, token)).status, 401)
})

test('each token is good for one thing only', async (t) => {
  const world = await readerWorld(t)
  const { token } = await world.devices.addReader({ account: 'me', name: 'phone' })
  const cookieOf = (value: string) => ({ ...ours, cookie: `__Host-packetboat=${value}` })
  assert.equal((await sync(world, bearer(token))).status, 401, 'a link is no token of a device')
  assert.equal((await sync(world, cookieOf(token))).status, 401, 'a link is no cookie')
  const cookie = cookieIn(await pair(world, token)).split('=')[1] ?? ''
  assert.equal((await sync(world, bearer(cookie))).status, 401, 'a cookie is no token of a device')
  assert.equal((await pair(world, cookie)).status, 401, 'a cookie is no link')
  const device = deriveDeviceKeys(world.pairing.secret).bearer
  assert.equal((await sync(world, bearer(device))).status, 200)
  assert.equal((await sync(world, cookieOf(device))).status, 401, "a device's token is no cookie")
  assert.equal((await pair(world, device)).status, 401, "a device's token is no link")
})

const { packetboat: _, ...withoutHeader } = ours
const { 'sec-fetch-site': __, ...olderBrowser } = ours
const elsewhere: readonly (readonly [what: string, headers: Record<string, string>])[] = [
  ['without our header', withoutHeader],
  ['with another version in our header', { ...ours, packetboat: '2' }],
  ['from another site', { ...ours, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['from a neighbouring host', { ...ours, origin: 'https://x.example.org', 'sec-fetch-site': 'same-site' }],
  ['typed by a person, or from a bookmark', { ...ours, 'sec-fetch-site': 'none' }],
  ['without an origin', { packetboat: '1', 'sec-fetch-site': 'same-origin' }],
  ['from a sandboxed frame', { ...ours, origin: 'null' }],
  ['from a file', { ...ours, origin: 'file://' }],
  ['from another host in an older browser', { ...olderBrowser, host: 'evil.example' }],
  ['in clear from another machine', { ...ours, origin: 'http://mail.example.org' }],
]

for (const [what, headers] of elsewhere) {
  test(`a cookie stands for nobody in a request ${what}`, async (t) => {
    const world = await readerWorld(t)
    const cookie = await pairBrowser(world.server, world.devices)
    for (const name of ['__Host-packetboat', 'packetboat']) {
      const answer = await sync(world, { ...headers, cookie: `${name}=${cookie.split('=')[1]}` })
      assert.equal(answer.status, 401)
    }
    assert.equal((await sync(world, { ...ours, cookie })).status, 200)
  })

  test(`a link opens for nobody in a request ${what}`, async (t) => {
    const world = await readerWorld(t)
    const { token } = await world.devices.addReader({ account: 'me', name: 'phone' })
    const refused = await pair(world, token, headers)
    assert.equal(refused.status, 401)
    assert.equal(refused.headers['set-cookie'], undefined)
    assert.equal((await pair(world, token)).status, 200, 'it is as good as before')
  })
}

test('an older browser, which does not say from where it asks, is known by its origin', async (t) => {
  const world = await readerWorld(t)
  const cookie = await pairBrowser(world.server, world.devices)
  const answer = await sync(world, { ...olderBrowser, host: 'mail.example.org', cookie })
  assert.equal(answer.status, 200)
})

test('a cookie that a neighbouring host has planted counts for nothing', async (t) => {
  const world = await readerWorld(t)
  const [mine, theirs] = [
    await pairBrowser(world.server, world.devices),
    await pairBrowser(world.server, world.devices, 'theirs'),
  ]
  const planted = theirs.replace('__Host-', '')
  assert.equal((await sync(world, { ...ours, cookie: planted })).status, 401)
  const answer = await sync(world, { ...ours, cookie: `${planted}; ${mine}` })
  const { id } = (await world.devices.listDevices()).find(({ name }) => name === 'browser') ?? {}
  assert.equal(answer.text, `me ${id}`)
  assert.equal((await sync(world, { ...ours, cookie: `${mine}; ${theirs}` })).status, 401, 'two of one name')
})

test('on loopback without TLS the cookie has a name that browsers take there', async (t) => {
  const world = await readerWorld(t)
  const { port } = world.server.address
  const local = { ...ours, origin: `http://127.0.0.1:${port}` }
  const { token } = await world.devices.addReader({ account: 'me', name: 'here' })
  const paired = await pair(world, token, local)
  assert.match(
    paired.headers['set-cookie']?.[0] ?? '',
    /^packetboat=[\w-]{22}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Strict$/,
  )
  assert.equal((await sync(world, { ...local, cookie: cookieIn(paired) })).status, 200)
})

test('no other site gets an answer that it may read, however it asks', async (t) => {
  const world = await readerWorld(t)
  const cookie = await pairBrowser(world.server, world.devices)
  const asking = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'packetboat',
    origin: 'https://evil.example',
  }
  for (const path of ['/v1/exchange', '/v1/pair', '/reader/']) {
    const answers = [
      await ask(world.server, path, { method: 'OPTIONS', headers: asking }),
      await ask(world.server, path, { headers: { ...ours, cookie, origin: 'https://evil.example' } }),
      await ask(world.server, path, { method: 'POST', headers: { ...ours, cookie } }),
    ]
    assert.ok((answers[0]?.status ?? 0) >= 400)
    for (const { headers } of answers)
      assert.deepEqual(
        Object.keys(headers).filter((name) => name.startsWith('access-control')),
        [],
      )
  }
})

test('a browser that was revoked is shut out at its next request, and an exchange of its ends', async (t) => {
  let [begin, cut] = [(): void => undefined, (): void => undefined]
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const isCut = new Promise<void>((resolve) => {
    cut = resolve
  })
  const world = await readerWorld(t, {
    timeouts: { revokedMs: 20 },
    respond: async function* (request, _device, signal) {
      for await (const _ of request);
      begin()
      yield new Uint8Array(2000)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      cut()
    },
  })
  const cookie = await pairBrowser(world.server, world.devices)
  const running = assert.rejects(sync(world, { ...ours, cookie }))
  await begun
  await world.devices.revokeDevice('browser')
  await running
  // The browser may hear of it first.
  await isCut
  assert.equal((await sync(world, { ...ours, cookie })).status, 401)
})

test('whoever guesses at links is a stranger, and the log says so', async (t) => {
  const world = await readerWorld(t)
  for (let i = 0; i < 3; i++)
    assert.equal((await pair(world, randomBytes(16).toString('base64url'))).status, 401)
  assert.match(world.log.join('\n'), /refused, unknown or revoked device/)
})

test('a browser that was paired counts as a device for its connection, a guest does not', async (t) => {
  const world = await readerWorld(t, { timeouts: looksOften })
  const cookie = await pairBrowser(world.server, world.devices)
  const pass = clockAhead(t)
  /** A connection that has had an answer, and asking once more as a browser does: on it, or on another one when it is closed. */
  const connected = async (headers: Record<string, string>) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    const askAgain = () =>
      new Promise<Socket>((resolve, reject) => {
        const path = '/v1/exchange'
        const asked = request({ ...world.server.address, agent, path, method: 'POST', headers }, (answer) => {
          const { socket } = answer
          answer.resume()
          answer.on('end', () => resolve(socket))
        })
        asked.on('error', reject)
        asked.end()
      })
    return { socket: await askAgain(), askAgain }
  }
  const paired = await connected({ ...ours, cookie })
  const guest = await connected(ours)
  pass(defaultServerTimeouts.authenticateMs)
  if (!guest.socket.closed) await once(guest.socket, 'close')
  assert.equal(await paired.askAgain(), paired.socket)
})

test('a browser whose answer takes long gets no heartbeats: nginx would take the first for the answer', async (t) => {
  const { server, devices } = await readerWorld(t, {
    timeouts: { heartbeatMs: 20 },
    respond: async function* (sent) {
      for await (const _ of sent);
      await new Promise((resolve) => setTimeout(resolve, 200))
      yield Uint8Array.of(1)
    },
  })
  const cookie = await pairBrowser(server, devices)
  const statuses = await new Promise<number[]>((resolve, reject) => {
    const heard: number[] = []
    const path = '/v1/exchange'
    const asked = request({ ...server.address, path, method: 'POST', headers: { ...ours, cookie } })
    asked.on('information', ({ statusCode }) => heard.push(statusCode))
    asked.on('response', (answer) => {
      answer.resume()
      resolve([...heard, answer.statusCode ?? 0])
    })
    asked.on('error', reject)
    asked.end()
  })
  assert.deepEqual(statuses, [200])
})

test('without the reader there is nothing to pair, and a cookie says nothing', async (t) => {
  const devices = registryOver()
  const served = await readerWorld(t, { devices })
  const cookie = await pairBrowser(served.server, devices)
  const without = await worldOf(t, { via: 'http', respond: whoAmI, devices: registryOver() })
  assert.equal((await ask(without.server, '/v1/pair', { method: 'POST', headers: ours })).status, 404)
  assert.equal((await ask(without.server, '/reader/')).status, 404)
  assert.equal((await sync(without, { ...ours, cookie })).status, 401)
})
