import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Codec } from '../../../src/wire/compression/codec.js'
import { shippedDictionary } from '../../../src/wire/compression/dictionary.js'
import { wireLimits } from '../../../src/wire/limits.js'
import { behind, corrupt, noise, prose, randomNumbers, seed, utf8 } from '../zstd-world.js'

const dictionary = shippedDictionary()

/** What whatever reads frames of codec 1 has to hold to, beside what any codec has to. */
export function zstdConformance(name: string, load: () => Promise<Codec>): void {
  let codec: Codec

  before(async () => {
    codec = await load()
  })

  /** The body, which must exist. */
  function compressed(bytes: Uint8Array, against = dictionary): Uint8Array {
    const body = codec.open(behind(against)).compress(bytes)
    assert.ok(body, 'compression should have paid')
    return body
  }

  describe(`the zstd codec of ${name}`, () => {
    // Around every border: of the frame header's content size (256, 65,792), of a block (128 kB), of the limit.
    for (const size of [64, 255, 256, 65535, 65536, 65791, 65792, 131071, 131072, 131073, 200000, 262144])
      it(`gives ${size} bytes back`, () => {
        const bytes = prose(size, size)
        const body = compressed(bytes)
        assert.ok(body.length < size)
        assert.deepEqual(codec.open(behind(dictionary)).decompress(body, size), bytes)
      })

    it('gives runs of one byte back, of which older decoders disliked the block type', () => {
      for (const size of [40, 6144, 131072, 131073, 262144]) {
        const bytes = new Uint8Array(size)
        const body = compressed(bytes)
        assert.ok(body.length < 60, `${body.length} bytes for ${size} zeros`)
        assert.deepEqual(codec.open(behind(dictionary)).decompress(body, size), bytes)
      }
    })

    it('sends neither magic, frame header nor block header for what fits one block', () => {
      const text = utf8('Dear Sir or Madam, thank you for your message. Kind regards')
      const body = compressed(text)
      assert.ok(body.length < 30, `${body.length} bytes`)
      assert.notDeepEqual([...body.subarray(0, 4)], [0x28, 0xb5, 0x2f, 0xfd])
    })

    it('holds the largest payload against the largest dictionary in its fixed heap, many times over', () => {
      const full = prose(wireLimits.historyBytes, 7)
      const random = noise(wireLimits.payloadBytes, 8)
      const mixed = prose(wireLimits.payloadBytes, 9).map((byte, i) => (i % 50 < 9 ? (random[i] ?? 0) : byte))
      for (let i = 0; i < 5; i++) {
        const body = compressed(mixed, full)
        assert.deepEqual(codec.open(behind(full)).decompress(body, mixed.length), mixed)
      }
    })

    it('decompresses with a longer dictionary that ends like the one that was compressed against', () => {
      const full = prose(wireLimits.historyBytes, 3)
      const text = prose(6000, 4)
      const body = compressed(text, full.slice(-65536))
      assert.deepEqual(codec.open(behind(full)).decompress(body, text.length), text)
    })

    it('takes a dictionary for plain bytes even when it begins like a trained one', () => {
      const trained = Uint8Array.of(0x37, 0xa4, 0x30, 0xec, 1, 2, 3, 4, ...prose(5000))
      const text = prose(600, 1)
      const body = compressed(text, trained)
      assert.ok(body.length < 40)
      assert.deepEqual(codec.open(behind(trained)).decompress(body, text.length), text)
    })
  })

  describe(`the zstd codec of ${name} on foreign bytes`, () => {
    const block = (last: boolean, type: number, size: number): number[] => {
      const header = (last ? 1 : 0) | (type << 1) | (size << 3)
      return [header & 255, (header >> 8) & 255, header >> 16]
    }
    const big = 200_000
    /** Blocks that hold exactly `big` bytes. */
    const whole = [...block(false, 1, 131072), 65, ...block(true, 1, big - 131072), 65]
    const magic = [0x28, 0xb5, 0x2f, 0xfd]
    const cases: [string, number, number[]][] = [
      ['nothing at all', 100, []],
      ['a single byte', 100, [0]],
      ['zeros', 100, new Array<number>(50).fill(0)],
      ['ones', 100, new Array<number>(50).fill(255)],
      ['a whole frame that claims 2 GB', 100, [...magic, 0xa0, 0, 0, 0, 0x7f, ...block(true, 1, 10), 65]],
      ['a whole frame with the widest window', 100, [...magic, 0x00, 0xff, ...block(true, 1, 10), 65]],
      [
        'a whole frame with a dictionary id',
        100,
        [...magic, 0x23, 1, 2, 3, 4, 50, ...block(true, 1, 50), 65],
      ],
      ['a raw literals section longer than the block', 100, [0xfc, 0xff, 0xff, 1, 2, 3]],
      ['an RLE literals section of more than the content', 100, [0xfd, 0xff, 0xff, 65, 0]],
      ['blocks without an end', big, [...block(false, 1, 65536), 65]],
      ['a block of the reserved type', big, [...block(true, 3, 10), 1]],
      ['a block of more than 128 kB', big, [...block(true, 1, 131073), 65]],
      ['a raw block that is cut short', big, [...block(true, 0, 100), 1, 2, 3]],
      ['an RLE block without its byte', big, block(true, 1, 100)],
      ['bytes behind the last block', big, [...whole, 66]],
      ['a second, empty frame behind the last block', big, [...whole, ...magic, 0x20, 0, 1, 0, 0]],
      // zstd itself would pass over it without a word.
      ['a skippable frame behind the last block', big, [...whole, 0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]],
      ['RLE blocks of less than the content', big, [...block(true, 1, 131072), 65]],
      [
        'an RLE bomb',
        big,
        [
          ...Array.from({ length: 20000 }, () => [...block(false, 1, 131072), 65]).flat(),
          ...block(true, 1, 1),
          65,
        ],
      ],
      ['eighty thousand empty blocks', wireLimits.payloadBytes, new Array<number>(240_000).fill(0)],
    ]
    for (const [name, size, body] of cases)
      it(`refuses ${name}`, () =>
        assert.throws(() => codec.open(behind(dictionary)).decompress(Uint8Array.from(body), size), corrupt))

    it('takes the same blocks with nothing wrong about them', () => {
      const bytes = codec.open(behind(dictionary)).decompress(Uint8Array.from(whole), big)
      assert.deepEqual(bytes, new Uint8Array(big).fill(65))
    })

    for (const size of [0, wireLimits.payloadBytes + 1, 2 ** 31 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])
      it(`refuses a content of ${size} bytes before it touches the heap`, () =>
        assert.throws(() => codec.open(behind(dictionary)).decompress(Uint8Array.of(1, 2, 3), size), corrupt))

    it('survives random bodies, and works as before afterwards', () => {
      const random = randomNumbers(seed)
      const text = prose(3000)
      const body = compressed(text)
      for (let i = 0; i < 3000; i++) {
        const size = 1 + random(i % 10 === 0 ? wireLimits.payloadBytes : 5000)
        const bytes = noise(random(Math.min(size, 400)), i + 1)
        try {
          assert.equal(codec.open(behind(dictionary)).decompress(bytes, size).length, size)
        } catch (error) {
          assert.ok(corrupt(error), String(error))
        }
      }
      assert.deepEqual(codec.open(behind(dictionary)).decompress(body, text.length), text)
    })

    it('survives every one-bit change of a body', () => {
      const text = prose(400)
      const body = compressed(text)
      for (let bit = 0; bit < body.length * 8; bit++) {
        const bent = body.slice()
        bent[bit >> 3]! ^= 1 << (bit & 7)
        try {
          assert.equal(codec.open(behind(dictionary)).decompress(bent, text.length).length, text.length)
        } catch (error) {
          assert.ok(corrupt(error), String(error))
        }
      }
      assert.deepEqual(codec.open(behind(dictionary)).decompress(body, text.length), text)
    })
  })
}
