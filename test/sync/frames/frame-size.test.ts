import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { createFrameDecoder } from '../../../src/wire/frame-decoder.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { makePair } from '../../world/star.js'

/** A first sync of 90 messages, and the sizes of the payloads that came down for it. */
async function payloadsWith(frameBytes: number | undefined): Promise<number[]> {
  const { endpoint, client } = await makePair({ seed: 11 })
  for (let i = 0; i < 90; i++)
    endpoint.mail.person.deliver(['INBOX'], letter(`${i}`, { text: `Line ${i} of a text.\n`.repeat(80) }))
  const link = memoryLink(() => endpoint.account)
  const decoder = createFrameDecoder(client.account)
  const sizes: number[] = []
  async function* watch(answer: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of answer) {
      decoder.push(bytes)
      for (let frame = decoder.next(); frame; frame = decoder.next()) sizes.push(frame.payload.length)
      yield bytes
    }
  }
  const watched: Carrier = {
    exchange: async (request, signal) => watch(await link.exchange(request, signal)),
    ...(frameBytes !== undefined && { frameBytes: async () => frameBytes }),
  }
  await sync(client.account, { link: watched, policy: defaultPolicy })
  assert.deepEqual(client.mail.snapshot().get('INBOX')?.length, 90)
  return sizes
}

for (const { asked, least, most } of [
  { asked: undefined, least: 3000, most: 4200 },
  { asked: 100, least: 3000, most: 4200 },
  { asked: 16_384, least: 12_000, most: 16_600 },
  { asked: 1_000_000, least: 12_000, most: 65_800 },
])
  test(`text frames are as large as the line is said to bear: ${asked ?? 'not said'}`, async () => {
    const largest = Math.max(...(await payloadsWith(asked)))
    assert.ok(largest >= least && largest <= most, `${largest}`)
  })
