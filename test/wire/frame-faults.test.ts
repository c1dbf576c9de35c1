import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { concat, equalBytes } from '../../src/bytes/concat.js'
import type { Codec } from '../../src/wire/compression/codec.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import type { Frame } from '../../src/wire/frame.js'
import { createFrameDecoder, type FrameDecoder } from '../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../src/wire/frame-encoder.js'
import { encodeFrameHead } from '../../src/wire/frame-head.js'
import { corrupt, noise, prose, randomNumbers, seed, sha256, utf8 } from './zstd-world.js'

let codec: Codec

before(async () => {
  codec = await loadZstd()
})

const decoder = (): FrameDecoder => createFrameDecoder({ codec, createHash: sha256 })

interface Sent {
  readonly kind: number
  readonly payload: Uint8Array
  readonly mode: 'text' | 'stored'
}

const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }).map(utf8),
  fc.tuple(fc.nat(9000), fc.nat(5)).map(([size, from]) => prose(size, from)),
  fc.tuple(fc.nat(3000), fc.nat(5)).map(([size, from]) => noise(size, from)),
)

const sequences = fc.array(
  fc.record({
    kind: fc.nat(31),
    payload: payloads,
    mode: fc.constantFrom('text' as const, 'stored' as const),
  }),
  { minLength: 1, maxLength: 12 },
)

function encodeAll(sequence: readonly Sent[]): Uint8Array[] {
  const writer = createFrameEncoder({ codec, createHash: sha256 })
  return sequence.map(({ kind, payload, mode }) => writer.encode(kind, payload, mode))
}

/** Hands the bytes over in chunks of the given sizes, again and again, and reads whatever comes out. */
function feed(reader: FrameDecoder, bytes: Uint8Array, chunkSizes: readonly number[]): Frame[] {
  const frames: Frame[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = chunkSizes[i % chunkSizes.length] ?? 1
    reader.push(bytes.subarray(at, at + size))
    at += size
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame)
  }
  return frames
}

describe('any row of frames', () => {
  it('cut anywhere and in any chunks, gives the whole frames before the cut and what there is of a stored one', () => {
    const chunkings = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(sequences, chunkings, fc.double({ min: 0, max: 1, noNaN: true }), (sent, chunks, where) => {
        const wire = encodeAll(sent)
        const bytes = concat(wire)
        const cut = Math.floor(where * bytes.length)
        const reader = decoder()
        const frames = feed(reader, bytes.subarray(0, cut), chunks)
        let at = 0
        let whole = 0
        while (whole < wire.length && at + wire[whole]!.length <= cut) at += wire[whole++]!.length
        assert.deepEqual(
          frames,
          sent.slice(0, whole).map(({ kind, payload }, i) => ({ kind, payload, wireBytes: wire[i]!.length })),
        )
        assert.equal(reader.unfinished(), at < cut)
        const torn = reader.torn()
        const next = sent[whole]
        if (!next) assert.equal(torn, undefined)
        else {
          const compressed = wire[whole]![0]! >> 6 !== 0
          const headBytes = wire[whole]!.length - next.payload.length
          const arrived = cut - at - headBytes
          const expected =
            compressed || arrived < 0
              ? undefined
              : {
                  kind: next.kind,
                  payloadPrefix: next.payload.subarray(0, arrived),
                  payloadSize: next.payload.length,
                }
          assert.deepEqual(torn, expected)
        }
        const rest = feed(reader, bytes.subarray(cut), chunks)
        assert.deepEqual(
          rest.map(({ payload }) => payload),
          sent.slice(whole).map(({ payload }) => payload),
        )
      }),
      { seed, numRuns: 300 },
    )
  })
})

describe('damage', () => {
  const letters = (): Sent[] => [
    { kind: 1, payload: prose(900, 1), mode: 'text' },
    { kind: 8, payload: noise(200), mode: 'stored' },
    { kind: 8, payload: prose(700, 2), mode: 'text' },
    { kind: 2, payload: utf8('end'), mode: 'text' },
  ]

  /**
   * Reads to the end or to the first error, and holds every frame against what was sent. What ended before the damage is read.
   * How many frames were.
   */
  function readsNothingWrong(bytes: Uint8Array, sent: readonly Sent[], undamaged = 0): number {
    const reader = decoder()
    const frames: Frame[] = []
    try {
      reader.push(bytes)
      for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame)
    } catch (error) {
      assert.ok(corrupt(error), String(error))
    }
    for (const [i, frame] of frames.entries()) {
      const { kind, payload } = sent[i]!
      assert.ok(frame.kind === kind && equalBytes(frame.payload, payload), `frame ${i} is not what was sent`)
    }
    assert.ok(frames.length >= undamaged, `${frames.length} frames of ${undamaged} that were whole`)
    return frames.length
  }

  /** How many frames end at or before this byte. */
  function wholeBefore(frames: readonly Uint8Array[], byte: number): number {
    const ends = frames.map((_, i) => concat(frames.slice(0, i + 1)).length)
    return ends.filter((end) => end <= byte).length
  }

  it('of any single bit never gives a wrong payload or kind', () => {
    const sent = letters()
    const frames = encodeAll(sent)
    const bytes = concat(frames)
    let unnoticed = 0
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bent = bytes.slice()
      bent[bit >> 3]! ^= 1 << (bit & 7)
      if (readsNothingWrong(bent, sent, wholeBefore(frames, bit >> 3)) === sent.length) unnoticed++
    }
    // A few bits of a compressed body say nothing about what it holds.
    assert.ok(unnoticed < (bytes.length * 8) / 100, `${unnoticed} bits`)
  })

  it('of bytes changed, lost, doubled or swapped never gives a wrong payload', () => {
    const sent = letters()
    const frames = encodeAll(sent)
    const bytes = concat(frames)
    const random = randomNumbers(seed)
    for (let i = 0; i < 3000; i++) {
      const from = random(bytes.length)
      const to = Math.min(bytes.length, from + 1 + random(20))
      const mangled = [
        () => concat([bytes.subarray(0, from), noise(to - from, i + 1), bytes.subarray(to)]),
        () => concat([bytes.subarray(0, from), bytes.subarray(to)]),
        () => concat([bytes.subarray(0, to), bytes.subarray(from)]),
        () => concat([bytes.subarray(0, from), bytes.subarray(from, to).toReversed(), bytes.subarray(to)]),
      ]
      const changed = mangled[i % mangled.length]!()
      if (!equalBytes(changed.subarray(0, bytes.length), bytes))
        readsNothingWrong(changed, sent, wholeBefore(frames, from))
    }
  })

  it('by a frame that is lost, doubled or moved is noticed with the next frame, stored or not', () => {
    for (const mode of ['text', 'stored'] as const) {
      const [one, two, three] = encodeAll(
        [1, 2, 3].map((kind) => ({ kind, payload: utf8('the same'), mode })),
      )
      const rows: [number, Uint8Array[]][] = [
        [0, [two!]],
        [1, [one!, three!]],
        [1, [one!, one!, two!]],
        [2, [one!, two!, one!]],
      ]
      for (const [good, row] of rows) {
        const reader = decoder()
        for (const frame of row) reader.push(frame)
        for (let i = 0; i < good; i++) assert.equal(reader.next()?.kind, i + 1)
        assert.throws(() => reader.next(), corrupt)
      }
    }
  })

  it('of the first frame does not start the slow codec', () => {
    const [first] = encodeAll([{ kind: 1, payload: prose(900, 1), mode: 'text' }])
    const reader = decoder()
    reader.push(Uint8Array.of((first![0]! & 0x3f) | 0x80, ...first!.subarray(1)))
    assert.throws(() => reader.next(), /no first one/)
  })

  it('that announces more than a frame may hold is noticed at its head, before there is room for it', () => {
    const head = (codec: number, payloadBytes: number): Uint8Array =>
      encodeFrameHead({
        kind: 1,
        entersHistory: false,
        codec,
        payloadBytes,
        bodyBytes: codec === 0 ? payloadBytes : 1000,
        check: noise(4),
      })
    for (const codec of [0, 1]) {
      const [largest, larger] = [decoder(), decoder()]
      largest.push(head(codec, 262_144))
      assert.equal(largest.next(), undefined)
      larger.push(head(codec, 262_145))
      assert.throws(() => larger.next(), /announces 262145/)
    }
  })

  it('that makes the slow codec unpack more than its frames hold is noticed before it begins', () => {
    const [first] = encodeAll([{ kind: 1, payload: prose(900, 1), mode: 'text' }])
    for (const [payloadBytes, words] of [
      [32_768, /digest/],
      [32_769, /too many for its codec/],
    ] as const) {
      const reader = decoder()
      const head = { kind: 1, entersHistory: false, codec: 2, payloadBytes, bodyBytes: 10, check: noise(4) }
      reader.push(concat([first!, encodeFrameHead(head), noise(10)]))
      assert.equal(reader.next()?.kind, 1)
      assert.throws(() => reader.next(), words)
    }
  })

  it('that is nothing but noise ends in an error or in waiting', () => {
    const random = randomNumbers(seed)
    for (let i = 0; i < 5000; i++) {
      const bytes = noise(1 + random(600), i + 1)
      // Heads that lead somewhere: small sizes, known codecs.
      if (i % 2 === 0) bytes.set([(i % 128) & 0x7f, 1 + random(120)].slice(0, bytes.length))
      readsNothingWrong(bytes, [])
    }
  })
})
