import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { concat } from '../../../src/bytes/concat.js'
import { hasCode, type PacketboatError } from '../../../src/errors/packetboat-error.js'
import { readReplicaRecord } from '../../../src/replica/replica.js'
import { dryRun } from '../../../src/sync/initiator/dry-run.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { inflation, requestLimits } from '../../../src/sync/policy/limits.js'
import { defaultPolicy, encodePolicy } from '../../../src/sync/policy/policy.js'
import { respond } from '../../../src/sync/responder/respond.js'
import { createFrameDecoder } from '../../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { encodeHello, requestKinds } from '../../../src/wire/request-frames.js'
import { encodeAccept } from '../../../src/wire/response/accept-frame.js'
import { responseKinds } from '../../../src/wire/response/kinds.js'
import { decodeRefusal, encodeRefusal } from '../../../src/wire/response/refusal-frame.js'
import { guid, helloOf } from '../../world/first-words.js'
import { httpLinkTo } from '../../world/http-link.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side, sha256 } from '../../world/side.js'

const policy = defaultPolicy

const side = (name: string, hasUpstream: boolean): Promise<Side> =>
  makeSide(name, { hasUpstream, random: seededRandom(3) })

/** More policies than a request may have, and then content for as long as it is listened to. */
async function* tooMuch({ account }: Side): AsyncGenerator<Uint8Array> {
  const { encode } = createFrameEncoder(account)
  const hello = encodeHello(helloOf())
  yield encode(requestKinds.hello, hello, 'text')
  for (let i = 0; i <= requestLimits.policies; i++)
    yield encode(requestKinds.policy, encodePolicy(policy), 'text')
  for (let i = 0; i < 1000; i++) yield encode(requestKinds.chunk, new Uint8Array(8192), 'stored')
}

/** What the answer says, where it is a refusal and nothing else. */
async function wordsOf({ account }: Side, answer: AsyncIterable<Uint8Array>) {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer) chunks.push(chunk.slice())
  const decoder = createFrameDecoder(account)
  decoder.push(concat(chunks))
  const frame = decoder.next()
  assert.equal(frame?.kind, responseKinds.refusal)
  assert.equal(decoder.next(), undefined)
  return decodeRefusal(frame.payload)
}

/** An endpoint that answers with these frames, whatever it is asked. */
const answering = (
  account: Side['account'],
  frames: () => Iterable<readonly [number, Uint8Array]>,
): Carrier => ({
  exchange: async () =>
    (async function* () {
      const { encode } = createFrameEncoder({ codec: account.codec, createHash: sha256 })
      for (const [kind, payload] of frames()) yield encode(kind, payload, 'text')
    })(),
})

async function refusalIn(run: Promise<unknown>): Promise<PacketboatError> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(hasCode(error, 'PROTOCOL') || hasCode(error, 'QUOTA'), String(error))
  return error
}

const acceptFrame = (pending: number): Uint8Array => {
  const [payload] = encodeAccept({
    upstream: guid(9),
    applied: 0,
    needsPolicy: false,
    results: [],
    pending: Array.from({ length: pending }, (_, i) => ({ message: guid(i), held: [] })),
    heldBack: [],
  })
  assert.ok(payload)
  return payload
}

test('a request that goes past a bound is answered in words, and the endpoint hears of it too', async () => {
  const endpoint = await side('endpoint', false)
  const heard: unknown[] = []
  const answer = respond(endpoint.account, tooMuch(endpoint), {
    signal: new AbortController().signal,
    onRefused: (error) => heard.push(error),
  })
  const { code, reason, next } = await wordsOf(endpoint, answer)
  assert.equal(code, 'PROTOCOL')
  assert.match(reason, /one policy after the other/)
  assert.ok(next.length > 20)
  assert.equal(heard.length, 1)
})

test('over HTTP the words arrive before the request has ended, and the endpoint goes on', async (t: TestContext) => {
  const endpoint = await side('endpoint', false)
  const link = await httpLinkTo(t, endpoint)
  // The rest of the request never comes: a side that waited for it would wait for ever.
  let release = (): void => {}
  async function* held(): AsyncGenerator<Uint8Array> {
    let frames = 0
    for await (const bytes of tooMuch(endpoint)) {
      yield bytes
      if (++frames === requestLimits.policies + 2) await new Promise<void>((resolve) => (release = resolve))
    }
  }
  const { reason } = await wordsOf(endpoint, await link.exchange(held()))
  assert.match(reason, /one policy after the other/)
  release()
  const client = await side('client', true)
  client.mail.person.deliver(['INBOX'], letter('after all that'))
  await sync(client.account, { link, policy })
  assert.equal(endpoint.mail.snapshot().get('INBOX')?.length, 1)
})

test('a client whose request is refused says why, and nothing that it sent counts as there', async () => {
  const [endpoint, client] = [await side('endpoint', false), await side('client', true)]
  client.mail.person.deliver(['INBOX'], letter('to go up'))
  const refusal = { code: 'PROTOCOL', reason: 'It was too much.', next: 'Send less of it.' } as const
  const link = answering(client.account, () => [[responseKinds.refusal, encodeRefusal(refusal)]])
  const error = await refusalIn(sync(client.account, { link, policy }))
  assert.match(error.message, /At the endpoint: It was too much\./)
  assert.equal(error.next, refusal.next)
  assert.equal((await readReplicaRecord(client.account.replica.db)).acknowledged, 0)
  await sync(client.account, { link: memoryLink(() => endpoint.account), policy })
  assert.equal(endpoint.mail.snapshot().get('INBOX')?.length, 1)
})

test('a dry run is refused in words too, and takes no more of an answer than a sync', async () => {
  const client = await side('client', true)
  const refusal = { code: 'QUOTA', reason: 'Enough.', next: 'Tomorrow.' } as const
  const cases: [RegExp, () => Iterable<readonly [number, Uint8Array]>][] = [
    [/Enough/, () => [[responseKinds.refusal, encodeRefusal(refusal)]]],
    [
      /speaks of more/,
      function* () {
        for (let i = 0; i < 300; i++) yield [responseKinds.accept, acceptFrame(1000)]
      },
    ],
    [
      /unpack/,
      function* () {
        for (let i = 0; i < 50; i++) yield [responseKinds.working, new Uint8Array(256 * 1024)]
      },
    ],
    [
      /more than a dry run/,
      () => [
        [responseKinds.accept, acceptFrame(0)],
        [responseKinds.open, new Uint8Array(16)],
      ],
    ],
  ]
  for (const [words, frames] of cases) {
    let given = 0
    const link = answering(client.account, function* () {
      for (const frame of frames()) {
        given += frame[1].length
        yield frame
      }
    })
    const error = await refusalIn(dryRun(client.account, { link, policy }))
    assert.match(error.message, words)
    assert.ok(given < 2 * inflation.fromBytes, `${words}: ${given}`)
  }
})
