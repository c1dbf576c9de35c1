import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { shippedDictionary } from '../../src/wire/compression/dictionary.js'
import { bitHistories } from '../../src/wire/compression/mix/bit-history.js'
import { logistic } from '../../src/wire/compression/mix/logistic.js'
import { mixCodec, mixLimits } from '../../src/wire/compression/mix/mix.js'
import { BitDecoder, BitEncoder } from '../../src/wire/compression/mix/reference/arithmetic.js'
import { codecConformance } from './codec-conformance.js'
import { behind, corrupt, noise, prose, seed, utf8 } from './zstd-world.js'

codecConformance('2, mix', () => mixCodec, 15)

const { historyBits, historyCount, historyOnes, nextHistory } = bitHistories()
const { squashed, stretched } = logistic()

const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

describe('codec 2', () => {
  it('says what an earlier build said: every number in the model is the protocol', () => {
    const stream = mixCodec.open(behind(shippedDictionary()))
    const letter = utf8(
      'From: Ann <ann@example.org>\nTo: Bob <bob@example.org>\nSubject: Re: the harbour\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n\nDear Bob,\n\nthank you for your message. I will be there.\n',
    )
    const bodies = [letter, prose(4000, 1), letter, prose(9000, 2)].map((payload) => {
      const body = stream.compress(payload) ?? new Uint8Array(0)
      stream.append(payload, 2)
      return body
    })
    stream.append(noise(40_000), 'primer')
    bodies.push(stream.compress(letter) ?? new Uint8Array(0))
    assert.deepEqual(
      bodies.map((body) => [body.length, hex(body)]),
      [
        [57, '1f2f03df15c72d3d'],
        [675, '3b7ba18d54ba7e36'],
        [11, '705e7af544bc6c09'],
        [1330, 'c9d2e1eefbbb19f1'],
        [12, '599720009e8e2a30'],
      ],
    )
  })

  it('begins with the first frame that it codes: what came before is in the history', () => {
    const past = Uint8Array.of(...shippedDictionary(), ...prose(3000, 4))
    const early = mixCodec.open(behind(past))
    early.append(prose(3000, 4), 1)
    const late = mixCodec.open(behind(past))
    assert.deepEqual(early.compress(prose(500, 5)), late.compress(prose(500, 5)))
  })

  it('begins again when its first frame went another way', () => {
    const [here, there] = [mixCodec.open(behind(prose(5000))), mixCodec.open(behind(prose(5000)))]
    here.compress(prose(700, 2))
    here.append(prose(700, 2), 0)
    there.append(prose(700, 2), 0)
    const body = here.compress(prose(800, 3))
    assert.ok(body)
    assert.deepEqual(there.decompress(body, 800), prose(800, 3))
  })

  it('leaves to others what is too short or too long for it', () => {
    const stream = mixCodec.open(behind(shippedDictionary()))
    assert.equal(stream.compress(new Uint8Array(mixLimits.leastBytes - 1)), undefined)
    assert.equal(stream.compress(new Uint8Array(mixLimits.bytes + 1)), undefined)
    assert.throws(() => stream.decompress(Uint8Array.of(1), mixLimits.bytes + 1), corrupt)
  })

  it('reads a body that is too short as if zeros followed', () => {
    const stream = mixCodec.open(behind(shippedDictionary()))
    assert.equal(stream.decompress(new Uint8Array(0), 100).length, 100)
  })
})

describe('bits between two that know how likely they are', () => {
  it('come back, whatever was expected', () => {
    const bits = fc.array(
      fc.tuple(fc.nat(1), fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(1, 65_535))),
      {
        maxLength: 600,
      },
    )
    fc.assert(
      fc.property(bits, (row) => {
        const encoder = new BitEncoder(10_000)
        for (const [bit, probability] of row) encoder.encode(bit, probability)
        const bytes = encoder.finish()
        assert.ok(bytes && bytes.length > 0)
        const decoder = new BitDecoder(bytes)
        for (const [bit, probability] of row) assert.equal(decoder.decode(probability), bit)
      }),
      { seed, numRuns: 300 },
    )
  })

  it('take no more room than there is', () => {
    const encoder = new BitEncoder(3)
    for (let i = 0; i < 100; i++) encoder.encode(i & 1, 32_768)
    assert.equal(encoder.finish(), undefined)
  })
})

describe('the numbers of the model', () => {
  it('have a history for every row of bits, with more ones making one likelier', () => {
    assert.ok(historyCount <= 256, `${historyCount}`)
    for (let history = 0; history < historyCount; history++) {
      const [zero = 0, one = 0] = [nextHistory[2 * history], nextHistory[2 * history + 1]]
      assert.ok(zero < historyCount && one < historyCount)
      assert.ok((historyOnes[zero] ?? 0) <= (historyOnes[history] ?? 0))
      assert.ok((historyOnes[one] ?? 0) >= (historyOnes[history] ?? 0))
      assert.ok(history === 0 || (historyBits[history] ?? 0) > 0)
    }
  })

  it('go from probabilities to logits and back, ascending', () => {
    for (let p = 1; p < 4096; p++) assert.ok((stretched[p] ?? 0) >= (stretched[p - 1] ?? 0))
    for (let at = 2; at < 4096; at++) assert.ok((squashed[at] ?? 0) >= (squashed[at - 1] ?? 0))
    for (let p = 8; p < 4088; p++)
      assert.ok(Math.abs((squashed[(stretched[p] ?? 0) + 2048] ?? 0) / 16 - p) <= 5, `${p}`)
  })
})
