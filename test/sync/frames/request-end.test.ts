import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import type { Account } from '../../../src/sync/account.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy, encodePolicy } from '../../../src/sync/policy/policy.js'
import { respond } from '../../../src/sync/responder/respond.js'
import { bundleKind, encodeBundle } from '../../../src/wire/bundle.js'
import { createFrameDecoder } from '../../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { encodePrimer } from '../../../src/wire/primer-frame.js'
import { encodeHello, encodeOffer, requestKinds } from '../../../src/wire/request-frames.js'
import { responseKinds } from '../../../src/wire/response/kinds.js'
import { guid, helloOf } from '../../world/first-words.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side, sha256 } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const nothing = new Uint8Array()

type Sent = readonly [kind: number, payload: Uint8Array, mode?: 'text' | 'stored']

const helloFrame = (more: boolean): Sent => [requestKinds.hello, encodeHello(helloOf({ more }))]
const policy: Sent = [requestKinds.policy, encodePolicy(defaultPolicy)]
const end: Sent = [requestKinds.end, nothing, 'stored']

/** The kinds of what an endpoint answers to these frames, on a line that has or hasn't an end of its own. */
async function answerTo(frames: readonly Sent[], line: 'ends' | 'stays open' = 'ends'): Promise<number[]> {
  const { account } = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(3) })
  const encoder = createFrameEncoder(account)
  async function* request(): AsyncGenerator<Uint8Array> {
    for (const [kind, payload, mode = 'text'] of frames) yield encoder.encode(kind, payload, mode)
    if (line === 'stays open') await new Promise(() => undefined)
  }
  const decoder = createFrameDecoder({ codec: account.codec, createHash: sha256 })
  const kinds: number[] = []
  for await (const bytes of respond(account, request(), { signal: new AbortController().signal })) {
    decoder.push(bytes)
    for (let frame = decoder.next(); frame; frame = decoder.next()) kinds.push(frame.kind)
  }
  return kinds
}

const refused = (error: unknown): boolean => hasCode(error, 'PROTOCOL')

test('a request is answered when it has ended by its own word, whatever carries it', async () => {
  const { accept } = responseKinds
  assert.deepEqual(await answerTo([helloFrame(false)], 'stays open'), [accept])
  const whole = await answerTo([helloFrame(true), policy, end], 'stays open')
  assert.equal(whole[0], accept)
  assert.deepEqual(await answerTo([helloFrame(true), policy, end]), whole)
})

test('a request with a primer that cannot be resolved ends in the same way', async () => {
  const primer = encodePrimer({
    messages: [{ mailbox: guid(1), number: 1 }],
    check: Uint8Array.of(1, 2, 3, 4),
  })
  const rest: Sent[] = [
    [requestKinds.offer, encodeOffer(guid(5))],
    [requestKinds.chunk, new Uint8Array(500)],
    end,
  ]
  const kinds = await answerTo(
    [helloFrame(true), policy, [requestKinds.primer, primer, 'stored'], ...rest],
    'stays open',
  )
  assert.equal(kinds[0], responseKinds.accept)
})

test('a request without its end is refused', async () => {
  for (const frames of [[], [helloFrame(true)], [helloFrame(true), policy], [end]] satisfies Sent[][])
    assert.deepEqual(await answerTo(frames), [responseKinds.refusal], `kinds ${frames.map(([kind]) => kind)}`)
})

test('a hello of another version is refused in words', async () => {
  const other: Sent = [requestKinds.hello, encodeHello(helloOf({ more: false, version: 4 }))]
  assert.deepEqual(await answerTo([other]), [responseKinds.refusal])
})

test('what stands behind the end is no part of a request', async () => {
  const unknown: Sent = [23, nothing]
  assert.deepEqual(await answerTo([helloFrame(false), unknown]), await answerTo([helloFrame(false)]))
  assert.deepEqual(
    await answerTo([helloFrame(true), policy, end, unknown]),
    await answerTo([helloFrame(true), policy, end]),
  )
})

/** A line on which each stream says something more behind its first frame, as a newer build might. */
function newerLink(link: Carrier, account: Account, more: readonly Sent[]): Carrier {
  async function* grown(source: AsyncIterable<Uint8Array> | Uint8Array): AsyncGenerator<Uint8Array> {
    const [decoder, encoder] = [createFrameDecoder(account), createFrameEncoder(account)]
    let first = true
    for await (const bytes of source instanceof Uint8Array ? [source] : source) {
      decoder.push(bytes)
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        yield encoder.encode(frame.kind, frame.payload, frame.payload.length === 0 ? 'stored' : 'text')
        for (const [kind, payload, mode = 'text'] of first ? more : [])
          yield encoder.encode(kind, payload, mode)
        first = false
      }
    }
  }
  return {
    ...link,
    exchange: async (request, signal) => grown(await link.exchange(grown(request), signal)),
  }
}

async function syncOver(more: readonly Sent[]): Promise<readonly string[]> {
  const { endpoint, client } = await makePair({ seed: 5 })
  const mail = (name: string) => new TextEncoder().encode(`Subject: ${name}\n\n${`${name} `.repeat(100)}\n`)
  endpoint.mail.person.deliver(['INBOX'], mail('theirs'), [])
  client.mail.person.deliver(['INBOX'], mail('mine'), [])
  const link = newerLink(
    memoryLink(() => endpoint.account),
    endpoint.account,
    more,
  )
  await sync(client.account, { link, policy: defaultPolicy })
  const bodies = (side: Side): string[] =>
    [...side.mail.snapshot().values()]
      .flat()
      .map(({ bytes }) => Buffer.from(bytes).toString())
      .sort()
  assert.deepEqual(bodies(client), bodies(endpoint))
  return bodies(client)
}

test('frames of kinds that may be passed over are, in a request and in an answer', async () => {
  const payload = new TextEncoder().encode('something that only a newer side knows')
  const plain = await syncOver([])
  assert.equal(plain.length, 2)
  const newer: Sent[] = [
    [27, payload],
    [30, payload, 'stored'],
    [
      bundleKind,
      encodeBundle([
        { kind: 28, payload },
        { kind: 29, payload: nothing },
      ]),
    ],
  ]
  assert.deepEqual(await syncOver(newer), plain)
  for (const kind of [0, 16, 23]) await assert.rejects(syncOver([[kind, payload]]), refused, `kind ${kind}`)
})
