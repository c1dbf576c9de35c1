import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BitReader, BitWriter } from '../../../src/bytes/bits.js'
import { encodeKey } from '../../../src/store/key.js'
import { readNumbers, writeNumbers } from '../../../src/sync/search/sorted-numbers.js'
import { compareWords, readRun, type WordEntry, writeRun } from '../../../src/sync/search/word-run.js'

const bound = 4096
const numbers = fc
  .uniqueArray(fc.nat({ max: bound - 1 }), { minLength: 1, maxLength: 300 })
  .map((some) => some.sort((a, b) => a - b))
const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })

function bytesOf(some: readonly number[]): Uint8Array {
  const writer = new BitWriter()
  writeNumbers(writer, some, bound)
  return writer.finish()
}

const all = Array.from({ length: bound }, (_, number) => number)

describe('ascending numbers', () => {
  it('come back as they were', () => {
    const check = (some: readonly number[]): void =>
      assert.deepEqual(readNumbers(new BitReader(bytesOf(some)), bound), some)
    for (const some of [all, [0], [bound - 1], all.slice(1), all.slice(0, -1), all.filter((n) => n % 3 > 0)])
      check(some)
    fc.assert(fc.property(numbers, check))
  })

  it('take 13 bits where one stands alone, nearly none where all are there, and never much more than a bit each', () => {
    assert.equal(bytesOf([1234]).length, 2)
    assert.equal(bytesOf(all).length, 4)
    assert.ok(bytesOf(all.filter((n) => n % 2 === 0)).length <= bound / 5)
  })

  it('are below the bound and ascend, whatever is read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = readNumbers(new BitReader(bytes), bound)
        assert.ok(read.every((number, at) => number < bound && number > (read[at - 1] ?? -1)))
      }),
    )
  })
})

describe('a run of words', () => {
  it('comes back as it was, and so does one word of it', () => {
    const entries = fc.uniqueArray(fc.tuple(word, numbers), {
      minLength: 1,
      maxLength: 40,
      selector: ([each]) => each,
    })
    fc.assert(
      fc.property(entries, (some) => {
        const sorted: WordEntry[] = some.toSorted(([a], [b]) => compareWords(a, b))
        const first = sorted[0]?.[0] ?? ''
        const row = writeRun(sorted, bound)
        assert.deepEqual(readRun(first, row, bound), sorted)
        for (const entry of sorted)
          assert.deepEqual(
            readRun(first, row, bound, (each) => each === entry[0]),
            [entry],
          )
      }),
    )
  })

  it('is in the order of the keys of a store', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        assert.equal(
          Math.sign(compareWords(a, b)),
          Math.sign(Buffer.compare(encodeKey([a]), encodeKey([b]))),
          `${a} ${b}`,
        )
      }),
    )
  })
})
