import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Codec } from '../../../src/wire/compression/codec.js'
import { mixCodec, mixLimits } from '../../../src/wire/compression/mix/mix.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { prose, sha256 } from '../zstd-world.js'

/** A codec that makes a byte of anything. */
const codec: Codec = {
  id: 1,
  open: () => ({
    compress: () => Uint8Array.of(1),
    decompress: () => assert.fail('nobody reads'),
    append: () => undefined,
  }),
}

function encoder(options: { readonly mix?: boolean; readonly mayMix?: () => boolean }) {
  const { encode } = createFrameEncoder({ codec, createHash: sha256, ...options })
  /** The codec of the next frame of so many bytes. */
  return (size: number) => (encode(1, prose(size), 'text')[0] ?? 0) >> 6
}

test('it is asked whether frames may take much memory before the first that would, until they may, and then never again', () => {
  let asked = 0
  let allowed = false
  const next = encoder({
    mix: true,
    mayMix: () => {
      asked++
      return allowed
    },
  })
  assert.deepEqual([next(500), asked], [codec.id, 0], 'the first frame is one that all can read')
  assert.deepEqual([next(mixLimits.leastBytes - 1), asked], [codec.id, 0], 'too small for it')
  assert.deepEqual([next(mixLimits.leastBytes), asked], [codec.id, 1])
  assert.deepEqual([next(500), asked], [codec.id, 2])
  allowed = true
  assert.deepEqual([next(500), asked], [mixCodec.id, 3])
  assert.deepEqual([next(500), asked], [mixCodec.id, 3])
  assert.deepEqual([next(mixLimits.leastBytes - 1), asked], [codec.id, 3])
})

test('where nobody is to be asked frames may take much memory from the second on', () => {
  const next = encoder({ mix: true })
  assert.deepEqual([next(500), next(500)], [codec.id, mixCodec.id])
})

test('where the other side can not read them nobody is asked', () => {
  const next = encoder({ mayMix: () => assert.fail('it was asked') })
  assert.deepEqual([next(500), next(500)], [codec.id, codec.id])
})
