import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Codec, CodecStream } from '../../src/wire/compression/codec.js'
import { shippedDictionary } from '../../src/wire/compression/dictionary.js'
import { createHistory, type History } from '../../src/wire/compression/history.js'
import { wireLimits } from '../../src/wire/limits.js'
import { corrupt, noise, prose, seed, utf8 } from './zstd-world.js'

/** A history with a codec at its end, as one side of a stream keeps them. */
function side(codec: Codec): {
  readonly stream: CodecStream
  take(bytes: Uint8Array, by: number | 'primer'): void
} {
  const history: History = createHistory(shippedDictionary(), wireLimits.historyBytes)
  const stream = codec.open(history)
  return {
    stream,
    take: (bytes, by) => {
      history.append(bytes)
      stream.append(bytes, by)
    },
  }
}

const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }).map(utf8),
  fc.tuple(fc.nat(4000), fc.nat(5)).map(([size, from]) => prose(size, from)),
  fc.tuple(fc.nat(2000), fc.nat(5)).map(([size, from]) => noise(size, from)),
  fc.nat(3000).map((size) => new Uint8Array(size)),
)

/**
 * What any codec has to hold to, of whichever size the payloads are that it takes.
 *
 * @param runs of each property: a slow codec has fewer.
 */
export function codecConformance(name: string, load: () => Codec | Promise<Codec>, runs = 40): void {
  describe(`the codec ${name}`, () => {
    it('gives back any row of payloads, whoever codes each of them', async () => {
      const codec = await load()
      const acts = fc.record({
        payload: payloads,
        by: fc.constantFrom('own', 'own', 'own', 'stored', 'primer'),
      })
      fc.assert(
        fc.property(fc.array(acts, { minLength: 1, maxLength: 8 }), (row) => {
          const [here, there] = [side(codec), side(codec)]
          for (const { payload, by } of row) {
            if (by === 'primer') {
              here.take(payload, 'primer')
              there.take(payload, 'primer')
              continue
            }
            // `stored`: the frame layer has found the body not worth its while.
            const body = here.stream.compress(payload)
            const sent = by === 'own' ? body : undefined
            here.take(payload, sent ? codec.id : 0)
            if (!sent) {
              there.take(payload, 0)
              continue
            }
            assert.ok(sent.length > 0 && sent.length < payload.length)
            const read = there.stream.decompress(sent, payload.length)
            assert.deepEqual(read, payload)
            there.take(read, codec.id)
          }
        }),
        { seed, numRuns: runs },
      )
    })

    it('says the same each time, whatever other streams there are', async () => {
      const codec = await load()
      const bodies = (): (Uint8Array | undefined)[] => {
        const { stream, take } = side(codec)
        return [prose(900, 2), prose(3000, 3), prose(900, 2)].map((payload) => {
          const body = stream.compress(payload)
          take(payload, body ? codec.id : 0)
          return body
        })
      }
      const first = bodies()
      side(codec).stream.compress(prose(4000, 9))
      assert.deepEqual(bodies(), first)
      assert.ok((first[2]?.length ?? 900) < 60, 'what was said before costs little')
    })

    it('says so when it would not pay', async () => {
      const codec = await load()
      for (const payload of [new Uint8Array(0), utf8('x'), noise(20), noise(300), noise(6144)]) {
        const { stream } = side(codec)
        assert.equal(stream.compress(payload), undefined)
      }
    })

    it('gives something of the right size or FRAME_CORRUPT for bytes of anybody', async () => {
      const codec = await load()
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 3000 }), (body, size) => {
          try {
            assert.equal(side(codec).stream.decompress(body, size).length, size)
          } catch (error) {
            assert.ok(corrupt(error), String(error))
          }
        }),
        { seed, numRuns: runs },
      )
    })

    it('refuses more than a payload may have', async () => {
      const codec = await load()
      for (const size of [wireLimits.payloadBytes + 1, 2 ** 31 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])
        assert.throws(() => side(codec).stream.decompress(Uint8Array.of(1, 2, 3), size), corrupt)
    })
  })
}
