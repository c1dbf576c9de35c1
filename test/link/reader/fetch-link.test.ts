import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { type FetchLinkOptions, openFetchLink } from '../../../src/reader/line/fetch-link.js'
import { pairBrowser, tokenOf } from '../../../src/reader/line/pair-browser.js'
import { linkConformance } from '../../../testing/link.js'
import { readAll, readUntilCut, someBytes, tcpServer, type World, worldOf } from '../world.js'
import { folderOf, ours, pairBrowser as pairByHand } from './browser.js'

const files = { 'index.html': '' }
const readerWorld = (t: TestContext, options: Parameters<typeof worldOf>[1] = {}): Promise<World> =>
  worldOf(t, { via: 'http', reader: folderOf(t, files), ...options })

/** Node's `fetch` with what a browser adds of itself. */
const asBrowser =
  (more: Record<string, string>): typeof fetch =>
  (url, init) =>
    fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), ...more } })

const { origin, 'sec-fetch-site': site } = ours
const browser = { origin, 'sec-fetch-site': site }
const endpointOf = ({ server }: World): string => `http://127.0.0.1:${server.address.port}`

async function linkOf(t: TestContext, world: World, options: Partial<FetchLinkOptions> = {}) {
  const cookie = await pairByHand(world.server, world.devices)
  const link = openFetchLink({
    endpoint: endpointOf(world),
    fetch: asBrowser({ ...browser, cookie }),
    ...options,
  })
  t.after(() => link.close())
  return link
}

linkConformance("a browser's fetch", async (t, answer) => {
  const world = await readerWorld(t, { respond: (request, _device, signal) => answer(request, signal) })
  return linkOf(t, world)
})

test('a link of the reader pairs by its token, and the words say why another time fails', async (t) => {
  const world = await readerWorld(t)
  const { token } = await world.devices.addReader({ account: 'me', name: 'phone' })
  const options = {
    endpoint: endpointOf(world),
    fetch: asBrowser(browser),
    signal: new AbortController().signal,
  }
  assert.equal(tokenOf(`#pair=${token}`), token)
  for (const other of ['', '#', '#pair=', `#pair=${token}=`, `pair=${token}`, `#pair=${'a'.repeat(200)}`])
    assert.equal(tokenOf(other), undefined)
  assert.equal(await pairBrowser(token, options), 'me')
  await assert.rejects(
    pairBrowser(token, options),
    (error) => hasCode(error, 'AUTH') && /used already/.test(error.message),
  )
  await world.server.close()
  await assert.rejects(pairBrowser(token, options), (error) => hasCode(error, 'LINK_FAILED'))
})

test('what came before a cut is given, then the error', async (t) => {
  let fall = (): void => undefined
  const fallen = new Promise<void>((resolve) => {
    fall = resolve
  })
  const world = await readerWorld(t, {
    respond: async function* () {
      yield someBytes(5000)
      await fallen
      throw new Error('the responder fell over')
    },
  })
  async function* come(answer: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let count = 0
    for await (const chunk of answer) {
      count += chunk.length
      if (count === 5000) fall()
      yield chunk
    }
  }
  const link = await linkOf(t, world)
  const { bytes, error } = await readUntilCut(come(await link.exchange(new Uint8Array([1]))))
  assert.deepEqual(bytes, someBytes(5000))
  assert.ok(hasCode(error, 'LINK_FAILED'), String(error))
})

test('an answer that stands still is given up, and one whose reader is slow is not', async (t) => {
  const world = await readerWorld(t, {
    respond: async function* (request, _device, signal) {
      const stands = (await readAll(request))[0] === 1
      yield someBytes(5000)
      if (stands)
        await new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        )
      yield someBytes(5000)
    },
  })
  const link = await linkOf(t, world, { timeouts: { stallMs: 200 } })
  const { bytes, error } = await readUntilCut(await link.exchange(new Uint8Array([1])))
  assert.equal(bytes.length, 5000)
  assert.ok(hasCode(error, 'LINK_FAILED') && /Nothing came/.test(error.message), String(error))
  let got = 0
  for await (const chunk of await link.exchange(new Uint8Array([2]))) {
    got += chunk.length
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  assert.equal(got, 10_000)
})

test('an endpoint that never answers is given up, after what a slow line takes for the request', async (t) => {
  const silent = await tcpServer(() => undefined)
  t.after(() => silent.close())
  const link = openFetchLink({
    endpoint: `http://127.0.0.1:${silent.port}`,
    fetch: asBrowser(browser),
    timeouts: { answerMs: 100 },
  })
  t.after(() => link.close())
  const began = performance.now()
  // 18 bytes take 480 ms at 300 bit/s.
  await assert.rejects(link.exchange(new Uint8Array(18)), (error) => hasCode(error, 'LINK_FAILED'))
  const tookMs = performance.now() - began
  assert.ok(tookMs > 550 && tookMs < 60_000, `${tookMs} ms`)
})

test('whoever was revoked is told so', async (t) => {
  const world = await readerWorld(t)
  const link = await linkOf(t, world)
  await readAll(await link.exchange(new Uint8Array([1])))
  await world.devices.revokeDevice('browser')
  await assert.rejects(
    link.exchange(new Uint8Array([1])),
    (error) => hasCode(error, 'AUTH') && /Ask for a link, and open it here/.test(error.next),
  )
})

test('it counts the heads that it can not see, and says nothing of itself but what it must', async (t) => {
  const asked: RequestInit[] = []
  const world = await readerWorld(t)
  const cookie = await pairByHand(world.server, world.devices)
  const moved: number[][] = []
  const link = openFetchLink({
    endpoint: endpointOf(world),
    fetch: (url, init) => {
      asked.push(init ?? {})
      return asBrowser({ ...browser, cookie })(url, init)
    },
    limitRate: 9600.5,
    onBytes: (up, down) => moved.push([up, down]),
    known: { bytesPerSecond: 1000, roundTripMs: 600 },
    roundTripMs: () => 700,
  })
  t.after(() => link.close())
  await readAll(await link.exchange(someBytes(64)))
  const { credentials, redirect, cache, referrerPolicy, headers } = asked[0] ?? {}
  assert.deepEqual(
    { credentials, redirect, cache, referrerPolicy },
    { credentials: 'same-origin', redirect: 'error', cache: 'no-store', referrerPolicy: 'no-referrer' },
  )
  assert.deepEqual(headers, { packetboat: '1', rate: '9601' })
  assert.deepEqual(link.stats, { up: 684, down: 194 })
  assert.deepEqual(moved.at(-1), [684, 194])
  assert.equal(await link.frameBytes?.(), 2000)
})
