import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SmallArrays } from '../../src/bytes/small-arrays.js'

test('arrays of any size are empty, and none of them writes into another', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 60 }), (sizes) => {
      const arrays = new SmallArrays()
      const taken = sizes.map((size, i) => {
        const array = arrays.take(size)
        assert.equal(array.length, size)
        assert.ok(array.every((byte) => byte === 0))
        return array.fill(i + 1)
      })
      for (const [i, array] of taken.entries()) assert.ok(array.every((byte) => byte === i + 1))
    }),
  )
})

test('many small arrays share memory, and large ones have their own', () => {
  const arrays = new SmallArrays()
  const blocks = new Set(Array.from({ length: 1000 }, () => arrays.take(40).buffer))
  assert.ok(blocks.size <= 10)
  assert.equal(arrays.take(5000).buffer.byteLength, 5000)
})

test('an empty array has memory behind it, also as the first one', () => {
  const first = new SmallArrays().take(0)
  assert.deepEqual([first.length, first.buffer.byteLength > 0], [0, true])
})
