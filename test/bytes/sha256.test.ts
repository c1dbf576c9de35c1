import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { sha256 } from '../../src/bytes/sha256.js'
import { seededRandom } from '../world/random.js'

test('its digests are those of Node, whatever the length and however the bytes come', () => {
  const random = seededRandom(31)
  const lengths = [...Array(200).keys(), 1000, 4095, 4096, 4097, 70_000]
  for (const length of lengths) {
    const bytes = random.bytes(length)
    const hash = sha256()
    for (let at = 0; at < length; ) {
      const end = at + 1 + (random.bytes(1)[0] ?? 0)
      hash.update(bytes.subarray(at, end))
      at = end
    }
    assert.deepEqual(
      Buffer.from(hash.digest()).toString('hex'),
      createHash('sha256').update(bytes).digest('hex'),
      `${length} bytes`,
    )
  }
})

test('a hash that was asked for its digest is used up', () => {
  const hash = sha256()
  hash.digest()
  assert.throws(() => hash.digest())
})
