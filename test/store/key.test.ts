import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  decodeKey,
  encodeKey,
  justAfter,
  rangeBounds,
  sortableBounds,
  sortableKey,
} from '../../src/store/key.js'
import { sortable } from '../../src/store/sorted-keys.js'
import type { Key } from '../../src/store/store.js'
import { arbitraryKey, arbitraryPart, compareKeys } from '../../testing/arbitrary-key.js'
import { seed } from '../../testing/seed.js'

const runs = { seed, numRuns: 2000 }

describe('an encoded key', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(arbitraryKey, (key) => assert.deepEqual(decodeKey(encodeKey(key)), key)),
      runs,
    )
  })

  it('sorts as its parts do', () => {
    fc.assert(
      fc.property(arbitraryKey, arbitraryKey, (a, b) => {
        assert.equal(Math.sign(Buffer.compare(encodeKey(a), encodeKey(b))), Math.sign(compareKeys(a, b)))
      }),
      runs,
    )
  })

  it('sorts as its parts do after a common beginning', () => {
    fc.assert(
      fc.property(arbitraryKey, arbitraryPart, arbitraryPart, arbitraryKey, (prefix, x, y, rest) => {
        const a = [...prefix, x, ...rest]
        const b = [...prefix, y]
        assert.equal(Math.sign(Buffer.compare(encodeKey(a), encodeKey(b))), Math.sign(compareKeys(a, b)))
      }),
      runs,
    )
  })

  it('is the same as a text, whether it is made of bytes or of texts', () => {
    fc.assert(
      fc.property(arbitraryKey, (key) => assert.equal(sortableKey(key), sortable(encodeKey(key)))),
      runs,
    )
    const bounds = fc.record({ prefix: arbitraryKey, start: arbitraryKey, end: arbitraryKey })
    fc.assert(
      fc.property(bounds, fc.boolean(), (all, isWhole) => {
        const range = isWhole ? { prefix: all.prefix } : all
        const { from, to } = rangeBounds(range)
        assert.deepEqual(sortableBounds(range), { from: sortable(from), to: sortable(to) })
      }),
      runs,
    )
  })

  it('has this form on disk', () => {
    const key: Key = ['a\0b', 0, 1, 256, Uint8Array.of(0, 255), '']
    assert.equal(
      Buffer.from(encodeKey(key)).toString('hex'),
      '206100ff6200101101120100' + '3000ffff00' + '2000',
    )
  })

  for (const part of [-1, 0.5, Number.NaN, 2 ** 53, 'x\ud800', '\udc00'])
    it(`can't hold ${JSON.stringify(part)}`, () => assert.throws(() => encodeKey([part]), RangeError))

  for (const hex of [
    '20',
    '2061',
    '206100ff',
    '2080ff00',
    '1100',
    '120001',
    '110112',
    '18ffffffffffffffff',
    '17ffffffffffffff',
    '40',
    '00',
  ])
    it(`is not ${hex}`, () => assert.throws(() => decodeKey(Buffer.from(hex, 'hex')), RangeError))
})

describe('the bounds of a range', () => {
  it('hold the keys below the prefix, from start, before end, and no others', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryPart, { maxLength: 2 }),
        fc.option(fc.array(arbitraryPart, { maxLength: 2 }), { nil: undefined }),
        fc.option(fc.array(arbitraryPart, { maxLength: 2 }), { nil: undefined }),
        fc.oneof(arbitraryKey, fc.constant([])),
        fc.boolean(),
        (prefix, start, end, tail, below) => {
          const key = below ? [...prefix, ...tail] : tail
          const begins = key.length > prefix.length && compareKeys(key.slice(0, prefix.length), prefix) === 0
          const expected =
            begins &&
            (start === undefined || compareKeys(key, [...prefix, ...start]) >= 0) &&
            (end === undefined || compareKeys(key, [...prefix, ...end]) < 0)
          const { from, to } = rangeBounds({
            prefix,
            ...(start === undefined ? {} : { start }),
            ...(end === undefined ? {} : { end }),
          })
          const encoded = encodeKey(key)
          assert.equal(Buffer.compare(from, encoded) <= 0 && Buffer.compare(encoded, to) < 0, expected)
        },
      ),
      runs,
    )
  })

  it('go on after a key without leaving one out', () => {
    fc.assert(
      fc.property(arbitraryKey, arbitraryKey, (a, b) => {
        const after = Buffer.compare(justAfter(encodeKey(a)), encodeKey(b)) <= 0
        assert.equal(after, compareKeys(b, a) > 0)
      }),
      runs,
    )
  })
})
