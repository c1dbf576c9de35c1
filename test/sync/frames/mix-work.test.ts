import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { concat } from '../../../src/bytes/concat.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { MixWork } from '../../../src/sync/mix-work.js'
import { mixWorkLimits } from '../../../src/sync/policy/limits.js'
import { defaultPolicy, encodePolicy } from '../../../src/sync/policy/policy.js'
import { readRequest } from '../../../src/sync/responder/read-request.js'
import type { Work } from '../../../src/wire/compression/codec.js'
import { mixLimits } from '../../../src/wire/compression/mix/mix.js'
import { createFrameDecoder } from '../../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { encodeHello, requestKinds } from '../../../src/wire/request-frames.js'
import { guid, helloOf } from '../../world/first-words.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

const never = new AbortController().signal

/** Words, some of which come again. */
function words(bytes: number, seed: number): Uint8Array {
  const random = seededRandom(seed)
  let text = ''
  while (text.length < bytes) text += `${random.below(1e4).toString(36)} `
  return new TextEncoder().encode(text.slice(0, bytes))
}

const side = (name: string, hasUpstream: boolean): Promise<Side> =>
  makeSide(name, { hasUpstream, random: seededRandom(3) })

/** A request that is as much work as its bytes can be. */
function mixedRequest({ account }: Side, device: number, bytes: number): Uint8Array {
  const encoder = createFrameEncoder({ ...account, mix: true })
  const hello = encodeHello(helloOf({ replica: guid(device), mix: true }))
  const row = [encoder.encode(requestKinds.hello, hello, 'text')]
  row.push(encoder.encode(requestKinds.policy, encodePolicy(defaultPolicy), 'text'))
  row.push(encoder.encode(requestKinds.chunk, words(bytes, device), 'text'))
  row.push(encoder.encode(requestKinds.end, new Uint8Array(), 'stored'))
  return concat(row)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Counts what is worked on between two turns of the others, of all exchanges together. */
function counted() {
  const rests: number[] = []
  let resting = 0
  const work = new MixWork(
    async (ms) => {
      rests.push(ms)
      assert.equal(resting, 0, 'two pieces without a turn in between')
      resting++
      // Other work that waits gets every chance to begin a piece.
      for (let i = 0; i < 20; i++) await Promise.resolve()
      resting--
    },
    () => 0,
  )
  const run = work.run.bind(work)
  const pieces: number[] = []
  work.run = async <T>(whole: Work<T>): Promise<T> =>
    run(
      (function* () {
        for (;;) {
          const step = whole.next()
          if (step.done) return step.value
          pieces.push(step.value)
          yield step.value
          assert.equal(resting, 0, 'a piece while others have their turn')
        }
      })(),
    )
  return { work, rests, pieces }
}

test('codec 2 is worked on in small pieces, one at a time however many exchanges there are, with as much time for others after each', async () => {
  const endpoint = await side('endpoint', false)
  const { work, rests, pieces } = counted()
  const account = { ...endpoint.account, mixWork: work }
  const requests = [1, 2].map((device) => mixedRequest(endpoint, device, mixLimits.bytes))
  await Promise.all(requests.map((bytes) => readRequest(account, once(bytes), { signal: never })))
  assert.ok(Math.max(...pieces) <= mixLimits.pieceBytes)
  assert.equal(rests.length, pieces.length)
  // What a model learns when it begins, and the payload, for each.
  const all = pieces.reduce((sum, bytes) => sum + bytes, 0)
  assert.ok(all > 2 * (mixLimits.bytes + 20_000), `${all} bytes`)
  assert.ok(rests.every((ms, i) => ms >= ((pieces[i] ?? 0) / 1024) * mixLimits.msPerKb))
})

test('whoever sends or reads many frames of codec 1 in a row lets others have a turn every few of them, however many do', async () => {
  let nowMs = 0
  let rests = 0
  const work = new MixWork(
    async () => {
      rests++
    },
    () => nowMs,
  )
  const frameMs = mixWorkLimits.wholeMs / 2
  const pieces: number[] = []
  function* frame(): Work<number> {
    nowMs += frameMs
    yield* pieces
    return 1
  }
  const exchange = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) assert.equal(await work.run(frame()), 1)
  }
  await Promise.all([exchange(), exchange()])
  assert.equal(rests, 10)
})

test('frames of the other codec that a model has to learn are pieces too', async () => {
  const { account } = await side('endpoint', false)
  const encoder = createFrameEncoder({ ...account, mix: true })
  const first = encoder.encode(requestKinds.chunk, words(100, 1), 'text')
  const mixed = encoder.encode(requestKinds.chunk, words(1000, 2), 'text')
  const large = encoder.encode(requestKinds.chunk, words(200_000, 3), 'text')
  const decoder = createFrameDecoder(account)
  decoder.push(concat([first, mixed, large]))
  assert.ok(decoder.next() && decoder.next())
  const { work, pieces } = counted()
  assert.equal((await work.run(decoder.reading()))?.payload.length, 200_000)
  assert.equal(
    pieces.reduce((sum, bytes) => sum + bytes, 0),
    mixLimits.bytes,
  )
})

test('there are so many models at once and no more; a request waits for room, and is told to come again when there is none', async () => {
  const endpoint = await side('endpoint', false)
  const work = new MixWork(async () => {})
  const account = { ...endpoint.account, mixWork: work }
  const taken = Array.from({ length: mixWorkLimits.models }, () => work.room())
  assert.ok(taken.every((room) => room !== undefined))
  assert.equal(work.room(), undefined)
  await assert.rejects(work.waitForRoom(never, 1), (error) => hasCode(error, 'LINK_FAILED'))
  let done = false
  const reading = readRequest(account, once(mixedRequest(endpoint, 1, 1000)), { signal: never }).then(() => {
    done = true
  })
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(done, false)
  taken[0]?.()
  taken[0]?.()
  await reading
  // It has given back what it took.
  assert.ok(work.room())
  assert.equal(work.room(), undefined)
})

test('a request waits a minute for room, and no longer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const work = new MixWork(async () => {})
  for (let i = 0; i < mixWorkLimits.models; i++) work.room()
  let ended: unknown
  const waiting = work.waitForRoom(never).catch((error: unknown) => (ended = error))
  t.mock.timers.tick(59_999)
  await Promise.resolve()
  assert.equal(ended, undefined)
  t.mock.timers.tick(1)
  await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve))])
  assert.ok(hasCode(ended, 'LINK_FAILED'), String(ended))
})

test('an answer for which there is no room goes by the other codec, and brings the same', async () => {
  const [endpoint, client] = [await side('endpoint', false), await side('client', true)]
  const work = new MixWork(async () => {})
  for (let i = 0; i < mixWorkLimits.models - 1; i++) work.room()
  endpoint.account = { ...endpoint.account, mixWork: work }
  const link = memoryLink(() => endpoint.account)
  const mail = makeMail({ seed: 4, messages: 12 }).map(({ bytes }) => bytes)
  const count = (): number => client.mail.snapshot().get('INBOX')?.length ?? 0
  const run = () => sync(client.account, { link, policy: defaultPolicy, mix: true })
  for (const bytes of mail.slice(0, 6)) endpoint.mail.person.deliver(['INBOX'], bytes)
  await run()
  assert.equal(count(), 6)
  const last = work.room()
  assert.ok(last, 'an answer gives its room back')
  // The client's own frames are too small for a model, or this would wait.
  for (const bytes of mail.slice(6)) endpoint.mail.person.deliver(['INBOX'], bytes)
  await run()
  assert.equal(count(), 12)
})
