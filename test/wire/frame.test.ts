import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { concat } from '../../src/bytes/concat.js'
import { fromHex, toHex } from '../../src/bytes/hex.js'
import type { Codec } from '../../src/wire/compression/codec.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { createFrameDecoder, type FrameDecoder } from '../../src/wire/frame-decoder.js'
import { createFrameEncoder, type FrameEncoder } from '../../src/wire/frame-encoder.js'
import { wireLimits } from '../../src/wire/limits.js'
import { behind, corrupt, noise, prose, sha256, utf8 } from './zstd-world.js'

let codec: Codec

before(async () => {
  codec = await loadZstd()
})

const encoder = (): FrameEncoder => createFrameEncoder({ codec, createHash: sha256 })
const decoder = (): FrameDecoder => createFrameDecoder({ codec, createHash: sha256 })

/** The first bytes of the SHA-256 of the first frame's place, first byte and payload, hex. */
function checkHex(first: number, payload: Uint8Array): string {
  const hash = sha256()
  hash.update(concat([Uint8Array.of(0, first), payload]))
  return toHex(hash.digest().subarray(0, 4))
}

const sizeHex = (size: number): string =>
  size < 128 ? toHex(Uint8Array.of(size)) : toHex(Uint8Array.of((size & 127) | 128)) + sizeHex(size >> 7)

describe('a frame', () => {
  const text = utf8('Dear Sir or Madam, thank you for your message. Best regards, ')
  const cases: [string, number, Uint8Array, 'text' | 'stored', () => string][] = [
    ['nothing', 9, new Uint8Array(0), 'text', () => `2900${checkHex(0x29, new Uint8Array(0))}`],
    ['stored bytes', 8, utf8('abc'), 'stored', () => `0803${checkHex(8, utf8('abc'))}616263`],
    [
      'a text too short to compress',
      31,
      utf8('abc'),
      'text',
      () => `3f03${checkHex(0x3f, utf8('abc'))}616263`,
    ],
    [
      'stored text, though it would compress',
      0,
      text,
      'stored',
      () => `003d${checkHex(0, text)}${toHex(text)}`,
    ],
    [
      '8 kB of noise',
      1,
      noise(8192),
      'text',
      () => `218040${checkHex(0x21, noise(8192))}${toHex(noise(8192))}`,
    ],
  ]
  for (const [name, kind, payload, mode, hex] of cases)
    it(`of ${name} has the documented bytes`, () => {
      const frame = encoder().encode(kind, payload, mode)
      assert.equal(toHex(frame), hex())
      const reader = decoder()
      reader.push(frame)
      assert.deepEqual(reader.next(), { kind, payload, wireBytes: frame.length })
      assert.equal(reader.next(), undefined)
      assert.equal(reader.unfinished(), false)
    })

  it('of compressed text names codec, both sizes and the digest of the text', () => {
    const frame = encoder().encode(2, text, 'text')
    const body = frame.subarray(7)
    assert.equal(toHex(frame.subarray(0, 7)), `623d${sizeHex(body.length)}${checkHex(0x62, text)}`)
    assert.deepEqual(codec.open(behind(firstDictionary())).decompress(body, text.length), text)
    assert.ok(frame.length < 30, `${frame.length} bytes for a letter of commonplaces`)
  })

  it('as an earlier build wrote it can be read: dictionary, tables and layout are the protocol', () => {
    const wire =
      '623d0e4030abbe087403c05a6419fec0f09912a835' +
      '624e20403cffb358646168617262732041646106cc4e08c27780c272c66003c5502e4ce41f220a'
    const reader = decoder()
    reader.push(fromHex(wire))
    assert.deepEqual(reader.next()?.payload, text)
    assert.deepEqual(
      reader.next()?.payload,
      utf8('Thank you for your message. On Monday the harbour is closed. Best regards, Ada'),
    )
  })

  it('costs next to nothing when the same text went before', () => {
    const writer = encoder()
    const letter = prose(5000)
    const first = writer.encode(1, letter, 'text')
    const again = writer.encode(1, letter, 'text')
    assert.ok(again.length < 30, `${again.length} bytes`)
    const reader = decoder()
    reader.push(first)
    reader.push(again)
    assert.deepEqual(reader.next()?.payload, letter)
    assert.deepEqual(reader.next()?.payload, letter)
  })

  it('that is stored stays out of the history, and noise marked as text gets in', () => {
    const random = noise(1000)
    const stored = encoder()
    stored.encode(1, random, 'stored')
    assert.ok(stored.encode(1, random, 'text').length > 1000)
    const text = encoder()
    text.encode(1, random, 'text')
    assert.ok(text.encode(1, random, 'text').length < 40)
  })

  it('of an encoder that looks back less is read by a decoder that does not know of it', () => {
    const writer = createFrameEncoder({ codec, createHash: sha256, lookBackBytes: 5000 })
    const reader = decoder()
    for (let i = 0; i < 20; i++) {
      const payload = prose(1500, i % 4)
      reader.push(writer.encode(3, payload, 'text'))
      assert.deepEqual(reader.next()?.payload, payload)
    }
  })

  it('that is not sent after all leaves its place to the next one', () => {
    const writer = encoder()
    const reader = decoder()
    reader.push(writer.encode(3, prose(1500, 1), 'text'))
    reader.next()
    writer.encode(3, prose(1500, 2), 'text')
    writer.retract()
    reader.push(writer.encode(4, prose(1500, 3), 'stored'))
    assert.deepEqual(reader.next()?.payload, prose(1500, 3))
  })

  it('takes the largest payload, in both modes', () => {
    const writer = encoder()
    const reader = decoder()
    for (const payload of [prose(wireLimits.payloadBytes), noise(wireLimits.payloadBytes)])
      for (const mode of ['text', 'stored'] as const) {
        reader.push(writer.encode(3, payload, mode))
        assert.deepEqual(reader.next()?.payload, payload)
      }
  })

  it('refuses what can not be said, which is our own mistake', () => {
    for (const kind of [-1, 32, 1.5, Number.NaN])
      assert.throws(() => encoder().encode(kind, new Uint8Array(1), 'text'), RangeError)
    assert.throws(() => encoder().encode(1, new Uint8Array(wireLimits.payloadBytes + 1), 'text'), RangeError)
  })
})

/** What the first frame is compressed against. */
function firstDictionary(): Uint8Array {
  let seen = new Uint8Array(0)
  const spy: Codec = {
    id: 1,
    open: (history) => ({
      compress: () => {
        seen = history.dictionary().slice()
        return undefined
      },
      decompress: () => new Uint8Array(0),
      append: () => undefined,
    }),
  }
  createFrameEncoder({ codec: spy, createHash: sha256 }).encode(1, utf8('x'), 'text')
  return seen
}

describe('frames of an encoder that may mix', () => {
  /** Something of every kind: too short and too long for codec 2, noise, and texts. */
  const row: [Uint8Array, 'text' | 'stored'][] = [
    [prose(600, 1), 'text'],
    [utf8('short'), 'text'],
    [prose(3000, 2), 'text'],
    [noise(3000), 'text'],
    [noise(500), 'stored'],
    [prose(40_000, 3), 'text'],
    [prose(3000, 4), 'text'],
    [new Uint8Array(0), 'text'],
    [prose(100, 4), 'text'],
  ]
  const encoded = (): Uint8Array[] => {
    const writer = createFrameEncoder({ codec, createHash: sha256, mix: true })
    return row.map(([payload, mode], place) => {
      const frame = writer.encode(2, payload, mode)
      if (place === 0) writer.prime(prose(2000, 7))
      return frame
    })
  }
  const read = (frames: readonly Uint8Array[]): Uint8Array[] => {
    const reader = decoder()
    return frames.map((frame, place) => {
      reader.push(frame)
      const payload = reader.next()?.payload
      assert.ok(payload)
      if (place === 0) reader.prime(prose(2000, 7))
      return payload
    })
  }

  it('are read by any decoder, and the first one by decoders that know no mixing', () => {
    const frames = encoded()
    assert.deepEqual(
      frames.map((frame) => frame[0]! >> 6),
      [1, 0, 2, 0, 0, 1, 2, 0, 2],
    )
    assert.deepEqual(
      read(frames),
      row.map(([payload]) => payload),
    )
  })

  it('are refused when a bit of them is wrong', () => {
    const frames = encoded().slice(0, 3)
    const [last] = frames.slice(-1)
    assert.ok(last)
    for (const at of [0, 5, 8, 12, last.length >> 1, last.length - 2]) {
      const bent = last.slice()
      bent[at]! ^= 1 << (at % 5)
      assert.throws(() => read([...frames.slice(0, 2), bent]), corrupt)
    }
  })
})

describe('a decoder', () => {
  const huge = '818010' // 262,145
  const cases: [string, string][] = [
    ['a payload above the limit', `01${huge}`],
    ['a payload of 2 MB', '01ffff7f'],
    ['a size without end', '01ffffff'],
    ['a size with a needless zero byte', '018000'],
    ['a compressed body larger than its payload', '610a0b'],
    ['a compressed body as large as its payload', '610a0a'],
    ['a compressed body of nothing', '610a00'],
    ['a compressed body for an empty payload', '610001'],
    ['a body size without end', '61ff7fffffff'],
    ['a codec 2 body of another payload', 'a10a05000000000102030405'],
    ['a codec 2 payload above its own limit', 'a181800205000000000102030405'],
    ['codec 3, which nobody has', 'e10a0500000000'],
    ['a stored payload of another digest', '010100000000ff'],
    ['a compressed payload of another digest', '610a05000000000102030405'],
  ]
  for (const [name, hex] of cases)
    it(`refuses ${name} with its last byte, and says the same ever after`, () => {
      const reader = decoder()
      reader.push(encoder().encode(1, utf8('good'), 'text'))
      assert.ok(reader.next())
      const bytes = fromHex(hex)
      reader.push(bytes.subarray(0, -1))
      assert.equal(reader.next(), undefined)
      reader.push(bytes.subarray(-1))
      let first: unknown
      assert.throws(
        () => reader.next(),
        (error) => {
          first = error
          return corrupt(error)
        },
      )
      const same = (error: unknown) => error === first
      assert.throws(() => reader.next(), same)
      assert.throws(() => reader.push(encoder().encode(1, utf8('good'), 'text')), same)
      assert.equal(reader.torn(), undefined)
    })

  it('gives the frames before a damaged one', () => {
    const writer = encoder()
    const reader = decoder()
    reader.push(concat([writer.encode(1, utf8('good'), 'text'), Uint8Array.of(1, 1, 0, 0, 0, 0, 0)]))
    assert.deepEqual(reader.next()?.payload, utf8('good'))
    assert.throws(() => reader.next(), corrupt)
  })

  it('keeps nothing of a chunk once it has been read', () => {
    const writer = encoder()
    const reader = decoder()
    const chunk = concat([
      writer.encode(1, utf8('one'), 'stored'),
      writer.encode(2, utf8('two, cut'), 'stored'),
    ])
    reader.push(chunk.subarray(0, -3))
    const one = reader.next()
    assert.equal(reader.next(), undefined)
    const rest = chunk.slice(-3)
    chunk.fill(0)
    assert.deepEqual(one?.payload, utf8('one'))
    reader.push(rest)
    assert.deepEqual(reader.next()?.payload, utf8('two, cut'))
  })

  it('reads a frame that comes byte by byte, and ten thousand frames that come at once', () => {
    const writer = encoder()
    const reader = decoder()
    for (const byte of writer.encode(1, prose(3000), 'text')) {
      assert.equal(reader.next(), undefined)
      reader.push(Uint8Array.of(byte))
    }
    assert.deepEqual(reader.next()?.payload, prose(3000))
    const many = Array.from({ length: 10_000 }, (_, i) => writer.encode(1, utf8(`${i}`), 'stored'))
    reader.push(concat(many))
    for (let i = 0; i < many.length; i++) assert.deepEqual(reader.next()?.payload, utf8(`${i}`))
    assert.equal(reader.next(), undefined)
  })

  it('allocates no more than a frame may hold, whatever is announced', () => {
    const reader = decoder()
    const before = process.memoryUsage().arrayBuffers
    const readers = Array.from({ length: 100 }, decoder)
    for (const hostile of readers) {
      hostile.push(fromHex('0180801000000000'))
      assert.equal(hostile.next(), undefined)
    }
    assert.ok(process.memoryUsage().arrayBuffers - before < 100 * 1.5 * wireLimits.payloadBytes)
    assert.equal(reader.unfinished(), false)
  })
})

describe('a torn frame', () => {
  const writer = (): Uint8Array => encoder().encode(8, utf8('0123456789'), 'stored')

  it('gives what came of a stored payload', () => {
    const reader = decoder()
    reader.push(writer().subarray(0, 6 + 4))
    assert.equal(reader.next(), undefined)
    assert.deepEqual(reader.torn(), { kind: 8, payloadPrefix: utf8('0123'), payloadSize: 10 })
    assert.equal(reader.unfinished(), true)
  })

  it('is nothing while its head is incomplete, after a whole frame, or when it is compressed', () => {
    for (let cut = 0; cut < 6; cut++) {
      const reader = decoder()
      reader.push(writer().subarray(0, cut))
      assert.equal(reader.next(), undefined)
      assert.equal(reader.torn(), undefined)
      assert.equal(reader.unfinished(), cut > 0)
    }
    const whole = decoder()
    whole.push(writer())
    whole.next()
    assert.equal(whole.torn(), undefined)
    const compressed = decoder()
    compressed.push(encoder().encode(1, prose(3000), 'text').subarray(0, -1))
    assert.equal(compressed.next(), undefined)
    assert.equal(compressed.torn(), undefined)
    assert.equal(compressed.unfinished(), true)
  })

  it('can still be completed after it was looked at', () => {
    const reader = decoder()
    reader.push(writer().subarray(0, 9))
    reader.next()
    reader.torn()?.payloadPrefix.fill(0)
    reader.push(writer().subarray(9))
    assert.deepEqual(reader.next()?.payload, utf8('0123456789'))
  })
})
