import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat } from '../../../src/bytes/concat.js'
import { ByteWriter } from '../../../src/bytes/varint.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { AcceptBounds } from '../../../src/sync/frames/accept-bounds.js'
import { inFrames } from '../../../src/sync/initiator/compose-request.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { answerLimits, inflation, requestLimits, sentLimits } from '../../../src/sync/policy/limits.js'
import { decodePolicy, defaultPolicy, encodePolicy } from '../../../src/sync/policy/policy.js'
import { GatheredWants } from '../../../src/sync/responder/gathered-wants.js'
import { readRequest } from '../../../src/sync/responder/read-request.js'
import { restNowAndThen } from '../../../src/sync/yield-event-loop.js'
import { bundleKind, encodeBundle } from '../../../src/wire/bundle.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { wireLimits } from '../../../src/wire/limits.js'
import {
  decodeHello,
  encodeHello,
  encodeJournal,
  encodeOffer,
  requestKinds,
} from '../../../src/wire/request-frames.js'
import { type Accept, encodeAccept } from '../../../src/wire/response/accept-frame.js'
import { responseKinds } from '../../../src/wire/response/kinds.js'
import { maxPatternBytes, maxPatterns } from '../../../src/wire/values.js'
import { decodeWants, encodeWants, type Wants } from '../../../src/wire/wants-frame.js'
import { guid, helloOf } from '../../world/first-words.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side, sha256 } from '../../world/side.js'

const hello = encodeHello(helloOf())

const side = (hasUpstream = false): Promise<Side> =>
  makeSide('endpoint', { hasUpstream, random: seededRandom(3) })

/** A device that goes on for as long as it is listened to. Gives what it is told, and the bytes that it took. */
async function attack(kind: number, payload: (n: number) => Uint8Array, most = 100_000) {
  const { account } = await side()
  const { encode } = createFrameEncoder(account)
  let [bytes, frames] = [0, 0]
  async function* request(): AsyncGenerator<Uint8Array> {
    const first = encode(requestKinds.hello, hello, 'text')
    bytes += first.length
    yield first
    for (; frames < most; frames++) {
      const frame = encode(kind, payload(frames), 'text')
      bytes += frame.length
      yield frame
    }
    yield encode(requestKinds.end, new Uint8Array(), 'stored')
  }
  const read = readRequest(account, request(), { signal: new AbortController().signal })
  const error: unknown = await read.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { error, bytes, frames }
}

const rangesOf = (count: number): Wants => ({
  mailbox: guid(1),
  tiers: [
    { tier: 1, messages: Array.from({ length: count }, (_, i) => ({ from: 2 * i + 1, to: 2 * i + 2 })) },
  ],
  parts: [],
})

const partsOf = (count: number): Wants => ({
  mailbox: guid(1),
  tiers: [],
  parts: Array.from({ length: count }, () => ({
    message: 1,
    part: 0,
    offset: 0,
    urgent: false,
    named: false,
  })),
})

test('wishes without end are refused while they are few enough to hold', async () => {
  const ranges = encodeWants(rangesOf(100_000))
  const parts = encodeWants(partsOf(60_000))
  for (const [payload, most] of [
    [ranges, requestLimits.wantedRanges / 100_000],
    [parts, Math.floor(requestLimits.wantedParts / 60_000)],
  ] as const) {
    const { error, frames } = await attack(requestKinds.wants, () => payload)
    assert.ok(hasCode(error, 'PROTOCOL'), String(error))
    assert.equal(frames, most)
  }
})

test('a journal is bounded in entries and in bytes', async () => {
  const entry = (number: number, levels: number, name = 'a'.repeat(900)) => ({
    number,
    operation: {
      op: 'mailbox-create' as const,
      mailbox: guid(number),
      path: Array.from({ length: levels }, () => name),
      subscribed: false,
    },
  })
  const perFrame = 1000
  const many = await attack(
    requestKinds.journal,
    (n) => encodeJournal(Array.from({ length: perFrame }, (_, i) => entry(perFrame * n + i + 1, 1, 'a'))),
    2 * (requestLimits.journalEntries / perFrame),
  )
  assert.ok(hasCode(many.error, 'PROTOCOL'), String(many.error))
  assert.equal(many.frames, requestLimits.journalEntries / perFrame)
  const long = await attack(
    requestKinds.journal,
    (n) => encodeJournal([1, 2, 3, 4].map((i) => entry(4 * n + i, 60))),
    100,
  )
  assert.ok(hasCode(long.error, 'PROTOCOL'), String(long.error))
  assert.ok(long.frames <= requestLimits.journalBytes / (4 * 60 * 900) + 1)
})

test('one policy after the other is refused', async () => {
  const { error, frames } = await attack(requestKinds.policy, () => encodePolicy(defaultPolicy), 100)
  assert.ok(hasCode(error, 'PROTOCOL'), String(error))
  assert.equal(frames, requestLimits.policies)
})

test('more patterns of mailboxes than a person writes are refused', () => {
  const patterns = Array.from({ length: maxPatterns }, () => 'Lists/*')
  const tooMany = [...patterns, '*']
  for (const said of [{ only: patterns }, { allow: patterns }])
    assert.doesNotThrow(() => decodeHello(encodeHello(helloOf(said))))
  assert.doesNotThrow(() => decodePolicy(encodePolicy({ ...defaultPolicy, select: patterns })))
  for (const decode of [
    () => decodeHello(encodeHello(helloOf({ only: tooMany }))),
    () => decodeHello(encodeHello(helloOf({ allow: tooMany }))),
    () => decodePolicy(encodePolicy({ ...defaultPolicy, select: tooMany })),
    () => decodePolicy(encodePolicy({ ...defaultPolicy, select: ['a'.repeat(maxPatternBytes + 1)] })),
  ])
    assert.throws(decode, (error) => hasCode(error, 'PROTOCOL'))
})

test('whoever does much in small steps rests when so much time has gone', async () => {
  let nowMs = 0
  const rest = restNowAndThen(50, () => nowMs)
  const restsAt = async (ms: number): Promise<boolean> => {
    let others = false
    nowMs = ms
    const turn = new Promise<void>((resolve) =>
      setTimeout(() => {
        others = true
        resolve()
      }),
    )
    await rest()
    const rested = others
    await turn
    return rested
  }
  assert.deepEqual(
    [await restsAt(49), await restsAt(50), await restsAt(99), await restsAt(100)],
    [false, true, false, true],
  )
})

test('frames of zeros without end are refused, by what they unpack to', async () => {
  const zeros = new Uint8Array(256 * 1024)
  const { error, frames, bytes } = await attack(requestKinds.chunk, () => zeros, 50)
  assert.ok(hasCode(error, 'PROTOCOL'), String(error))
  assert.match(String(error), /unpack/)
  assert.ok(frames * zeros.length <= inflation.fromBytes + zeros.length, `${frames} frames, ${bytes} bytes`)
})

test('an attachment of zeros stays below what is refused, in the largest frames that are made', async () => {
  const { account } = await side()
  const encoder = createFrameEncoder(account)
  let [wire, payload] = [0, 0]
  for (let i = 0; i < 200; i++) {
    wire += encoder.encode(requestKinds.chunk, new Uint8Array(64 * 1024), 'text').length
    payload += 64 * 1024
  }
  assert.ok(payload > inflation.fromBytes)
  assert.ok(payload / wire < inflation.most, `${payload / wire}`)
})

test('offers without end leave nothing behind in memory', async () => {
  const offers = encodeBundle(
    Array.from({ length: 500 }, () => ({ kind: requestKinds.offer, payload: encodeOffer(guid(5)) })),
  )
  const { error } = await attack(bundleKind, () => offers, 10)
  assert.equal(error, undefined)
})

test('wishes of many frames become one for each mailbox, and no message is named twice', () => {
  const gathered = new GatheredWants()
  for (let i = 0; i < 40; i++) gathered.add(rangesOf(1000))
  gathered.add({ ...partsOf(2), mailbox: guid(2) })
  const all = gathered.all()
  assert.equal(all.length, 2)
  assert.equal(all[0]?.tiers[0]?.messages.length, 1000)
  assert.equal(all[1]?.parts.length, 2)
})

/** An endpoint that answers with these frames for as long as it is listened to. */
async function hostileAnswer(frame: (n: number) => readonly [number, Uint8Array], most = 300) {
  const { account } = await side(true)
  let [frames, bytes] = [0, 0]
  const link: Carrier = {
    exchange: async () =>
      (async function* () {
        const { encode } = createFrameEncoder({ codec: account.codec, createHash: sha256 })
        for (; frames < most; frames++) {
          const [kind, payload] = frame(frames)
          const encoded = encode(kind, payload, 'text')
          bytes += encoded.length
          yield encoded
        }
      })(),
  }
  const error: unknown = await sync(account, { link, policy: defaultPolicy }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { error, frames, bytes }
}

/** That says nothing. */
const bareAccept: Accept = {
  upstream: guid(9),
  applied: 0,
  needsPolicy: false,
  results: [],
  pending: [],
  heldBack: [],
}

test('an accept that never ends is refused by a client', async () => {
  const [piece] = encodeAccept({
    ...bareAccept,
    pending: Array.from({ length: 1001 }, (_, i) => ({ message: guid(i), held: [] })),
  })
  assert.ok(piece)
  const { error, frames } = await hostileAnswer(() => [responseKinds.accept, piece])
  assert.ok(hasCode(error, 'PROTOCOL'), String(error))
  assert.equal(frames, answerLimits.spareThings / 1000)
})

test('results without end are refused by a client', async () => {
  const [piece] = encodeAccept({
    upstream: guid(9),
    applied: 0,
    needsPolicy: false,
    results: Array.from({ length: 1001 }, (_, i) => ({
      kind: 'same-as',
      number: i,
      guid: guid(i),
      known: guid(2000 + i),
    })),
    pending: [],
    heldBack: [],
  })
  assert.ok(piece)
  const { error, frames } = await hostileAnswer(() => [responseKinds.accept, piece])
  assert.ok(hasCode(error, 'PROTOCOL'), String(error))
  assert.match(String(error), /speaks of more/)
  assert.ok(frames >= answerLimits.spareThings / 1001 - 1, `${frames} frames`)
})

test('frames of zeros without end are refused by a client too', async () => {
  const [accept] = encodeAccept(bareAccept)
  assert.ok(accept)
  const zeros = new Uint8Array(256 * 1024)
  const unknown = 30
  const { error, frames } = await hostileAnswer(
    (n) => (n === 0 ? [responseKinds.accept, accept] : [unknown, zeros]),
    50,
  )
  assert.match(String(error), /unpack/)
  assert.ok(frames * zeros.length <= inflation.fromBytes + 2 * zeros.length, `${frames} frames`)
})

test('mailboxes without end are refused by a client', async () => {
  const [accept] = encodeAccept(bareAccept)
  assert.ok(accept)
  const writer = new ByteWriter()
  for (let i = 0; i < 16; i++) writer.u8(9)
  const opens = encodeBundle(
    Array.from({ length: 5000 }, () => ({ kind: responseKinds.open, payload: writer.finish() })),
  )
  const { error, frames } = await hostileAnswer((n) =>
    n === 0 ? [responseKinds.accept, accept] : [bundleKind, opens],
  )
  assert.ok(hasCode(error, 'PROTOCOL'), String(error))
  assert.ok(frames <= answerLimits.mailboxes / 5000 + 1)
})

test('what a side sends in one exchange is less than the other one takes', () => {
  assert.ok(sentLimits.journalEntries < requestLimits.journalEntries)
  assert.ok(2 * sentLimits.journalBytes < requestLimits.journalBytes)
  assert.ok(sentLimits.wantedParts < requestLimits.wantedParts)
})

test('frames of wishes are bounded even where they wish for nothing', () => {
  const gathered = new GatheredWants()
  const nothing: Wants = { mailbox: guid(1), tiers: [], parts: [] }
  for (let i = 0; i < requestLimits.wants; i++) gathered.add(nothing)
  assert.throws(
    () => gathered.add(nothing),
    (error) => hasCode(error, 'PROTOCOL'),
  )
})

test('numbers that say what is held are bounded, however few uploads they are of', async () => {
  const { account } = await side(true)
  const bounds = await AcceptBounds.over(account.replica.db)
  const held = new Array<number>(1_000_000).fill(1)
  const accept = (): Accept => ({ ...bareAccept, pending: [{ message: guid(1), held }] })
  assert.doesNotThrow(() => bounds.count(accept()))
  assert.throws(
    () => bounds.count(accept()),
    (error) => hasCode(error, 'PROTOCOL'),
  )
})

/** The honest big case: what an account of a hundred thousand messages comes to is inside all of these. */
const many = 100_000

test('a hundred thousand parts, and every other one of as many messages, can be wanted in one request', async () => {
  const { account } = await side()
  const { encode } = createFrameEncoder(account)
  const row = [encode(requestKinds.hello, hello, 'text')]
  const perFrame = 2000
  for (let at = 0; at < many; at += perFrame) {
    const parts = Array.from({ length: perFrame }, (_, i) => ({
      message: at + i + 1,
      part: 1,
      offset: 0,
      urgent: false,
      named: false,
    }))
    // No two of them side by side, in each tier.
    const messages = Array.from({ length: perFrame / 2 }, (_, i) => ({
      from: at + 2 * i + 1,
      to: at + 2 * i + 2,
    }))
    const tiers = [0, 1, 2].map((tier) => ({ tier, messages }))
    const wants = { mailbox: guid(1 + at / perFrame), tiers, parts }
    row.push(encode(requestKinds.wants, encodeWants(wants), 'text'))
  }
  row.push(encode(requestKinds.end, new Uint8Array(), 'stored'))
  const signal = new AbortController().signal
  const { wants } = await readRequest(account, once(concat(row)), { signal })
  assert.equal(
    wants.reduce((sum, { parts }) => sum + parts.length, 0),
    many,
  )
  assert.equal(
    wants.reduce(
      (sum, { tiers }) => sum + tiers.reduce((ranges, tier) => ranges + tier.messages.length, 0),
      0,
    ),
    (3 * many) / 2,
  )
})

test('the results of a first sync that finds a hundred thousand messages on both sides are taken', async () => {
  const { account } = await side(true)
  const bounds = await AcceptBounds.over(account.replica.db)
  for (let at = 0; at < many; at += 1000)
    bounds.count({
      upstream: guid(9),
      applied: at,
      needsPolicy: false,
      results: Array.from({ length: 1000 }, (_, i) => ({
        kind: 'same-as',
        number: at + i,
        guid: guid(at + i),
        known: guid(2 * many + at + i),
      })),
      pending: [],
      heldBack: [],
    })
})

test('what one mailbox lacks goes in as many frames as it takes, and comes out whole', () => {
  const parts = Array.from({ length: many }, (_, i) => ({
    message: 2 ** 28 + i,
    part: 999,
    offset: 2 ** 21,
    urgent: true,
    named: true,
  }))
  const messages = Array.from({ length: many }, (_, i) => ({ from: 40_000 * i + 1, to: 40_000 * i + 20_000 }))
  const wants: Wants = { mailbox: guid(1), tiers: [{ tier: 2, messages }], parts }
  const gathered = new GatheredWants()
  for (const frame of inFrames(wants)) {
    const payload = encodeWants(frame)
    assert.ok(payload.length <= wireLimits.payloadBytes, `${payload.length} bytes`)
    gathered.add(decodeWants(payload))
  }
  assert.deepEqual(gathered.all(), [wants])
  const few = { ...wants, tiers: [{ tier: 2, messages: messages.slice(0, 3) }], parts: parts.slice(0, 3) }
  assert.deepEqual(inFrames(few), [few])
})

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
