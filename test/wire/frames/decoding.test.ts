import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat } from '../../../src/bytes/concat.js'
import type { Codec } from '../../../src/wire/compression/codec.js'
import { createFrameDecoder } from '../../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { corrupt, sha256, utf8 } from '../zstd-world.js'

/** A codec by which nothing gets smaller. */
const codec: Codec = {
  id: 1,
  open: () => ({
    compress: () => undefined,
    decompress: () => assert.fail('nothing was compressed'),
    append: () => undefined,
  }),
}
const coding = { codec, createHash: sha256 }

const sent = [
  { kind: 3, payload: utf8('hello'), mode: 'text' },
  { kind: 4, payload: utf8('of the text'), mode: 'text' },
  { kind: 5, payload: utf8('as it stands'), mode: 'stored' },
] as const

function encodeAll(): Uint8Array[] {
  const encoder = createFrameEncoder(coding)
  return sent.map(({ kind, payload, mode }) => encoder.encode(kind, payload, mode))
}

test('of text whose history is not here only the kind is read, and what is stored is read as ever', () => {
  const [first, second, third] = encodeAll() as [Uint8Array, Uint8Array, Uint8Array]
  second[second.length - 1]! ^= 1
  const decoder = createFrameDecoder(coding)
  decoder.push(first)
  assert.deepEqual(decoder.next()?.payload, sent[0].payload)
  decoder.skim()
  decoder.push(concat([second, third]))
  assert.deepEqual(decoder.next(), { kind: 4, payload: new Uint8Array(), wireBytes: second.length })
  assert.deepEqual(decoder.next(), { kind: 5, payload: sent[2].payload, wireBytes: third.length })
  assert.equal(decoder.unfinished(), false)
})

test('what is stored is held against its digest while text is passed over too', () => {
  const [, , third] = encodeAll() as [Uint8Array, Uint8Array, Uint8Array]
  const decoder = createFrameDecoder(coding)
  decoder.skim()
  decoder.push(third)
  assert.throws(() => decoder.next(), corrupt)
})

test('bytes end inside a frame from its first one on until its last one is read', () => {
  const [first, second] = encodeAll() as [Uint8Array, Uint8Array]
  const bytes = concat([first, second])
  for (let cut = 0; cut <= bytes.length; cut++) {
    const decoder = createFrameDecoder(coding)
    decoder.push(bytes.subarray(0, cut))
    assert.equal(decoder.unfinished(), cut > 0, `${cut} bytes that nobody has read`)
    while (decoder.next());
    assert.equal(
      decoder.unfinished(),
      cut !== 0 && cut !== first.length && cut !== bytes.length,
      `${cut} bytes`,
    )
  }
  const decoder = createFrameDecoder(coding)
  decoder.push(first)
  decoder.push(second)
  assert.equal(decoder.next()?.kind, 3)
  assert.equal(decoder.unfinished(), true, 'a whole chunk is unread')
  assert.equal(decoder.next()?.kind, 4)
  assert.equal(decoder.unfinished(), false)
})

test('the beginning of a stored frame is there from its head on, as far as it was read', () => {
  const [first] = encodeAll() as [Uint8Array]
  const headBytes = first.length - sent[0].payload.length
  const decoder = createFrameDecoder(coding)
  decoder.push(first.subarray(0, headBytes - 1))
  assert.equal(decoder.next(), undefined)
  assert.equal(decoder.torn(), undefined)
  assert.equal(decoder.codec(), undefined)
  decoder.push(first.subarray(headBytes - 1, headBytes + 2))
  assert.equal(decoder.codec(), 0)
  assert.equal(decoder.next(), undefined)
  assert.deepEqual(decoder.torn(), { kind: 3, payloadPrefix: utf8('he'), payloadSize: 5 })
})
