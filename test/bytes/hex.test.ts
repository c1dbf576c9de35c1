import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromHex, toHex } from '../../src/bytes/hex.js'

test('hex is lower-case, two digits a byte, of any number of bytes, and reads back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000, size: 'max' }), (bytes) => {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'))
      assert.deepEqual(fromHex(toHex(bytes)), bytes)
    }),
  )
})
