import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { fromHex, toHex } from '../../src/bytes/hex.js'
import { hmac } from '../../src/bytes/hmac.js'
import { seededRandom } from '../world/random.js'
import { sha256 } from '../world/side.js'

test('an HMAC is that of RFC 4231', () => {
  const text = new TextEncoder().encode('what do ya want for nothing?')
  assert.equal(
    toHex(hmac(sha256, new TextEncoder().encode('Jefe'), text)),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
  assert.equal(
    toHex(hmac(sha256, fromHex('0b'.repeat(20)), new TextEncoder().encode('Hi There'))),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  )
})

test('an HMAC is what node:crypto makes of the same, with keys of every length up to a block', () => {
  const random = seededRandom(1)
  for (let size = 0; size <= 64; size++) {
    const key = random.bytes(size)
    const bytes = random.bytes(size * 3)
    const expected = createHmac('sha256', key).update(bytes).digest('hex')
    assert.equal(toHex(hmac(sha256, key, bytes)), expected)
  }
  assert.throws(() => hmac(sha256, new Uint8Array(65), new Uint8Array(0)), RangeError)
})
