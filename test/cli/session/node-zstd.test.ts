import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nodeZstd } from '../../../src/cli/session/node-zstd.js'
import type { Codec } from '../../../src/wire/compression/codec.js'
import { shippedDictionary } from '../../../src/wire/compression/dictionary.js'
import { loadZstd } from '../../../src/wire/compression/zstd.js'
import { zstdCodec } from '../../../src/wire/compression/zstd-engine.js'
import { codecConformance } from '../../wire/codec-conformance.js'
import { behind, corrupt, noise, prose } from '../../wire/zstd-world.js'

const engine = nodeZstd()

describe('Node’s own zstd', {
  skip: engine ? false : 'this version of Node has none that takes dictionaries',
}, () => {
  if (!engine) return
  const own = zstdCodec(engine)
  codecConformance('1, by Node', () => own)

  it('and the packaged one read each other, and come to as many bytes within 1 %', async () => {
    const packaged = await loadZstd()
    const bytes = { own: 0, packaged: 0 }
    for (const size of [64, 255, 256, 4000, 6144, 65_535, 65_792, 131_072, 131_073, 262_144]) {
      const payload = prose(size, size)
      const bodyOf = (codec: Codec): Uint8Array =>
        codec.open(behind(shippedDictionary())).compress(payload) ?? assert.fail(`${size} bytes were stored`)
      const [ours, theirs] = [bodyOf(own), bodyOf(packaged)]
      for (const [codec, body] of [
        [own, theirs],
        [packaged, ours],
      ] as const)
        assert.deepEqual(codec.open(behind(shippedDictionary())).decompress(body, size), payload)
      bytes.own += ours.length
      bytes.packaged += theirs.length
    }
    assert.ok(bytes.own < bytes.packaged * 1.01, JSON.stringify(bytes))
  })

  it('gives back no more than the frame may hold, whatever its blocks say', () => {
    const stream = own.open(behind(shippedDictionary()))
    const body = stream.compress(new Uint8Array(100_000)) ?? assert.fail()
    for (const size of [body.length, 99, 99_999]) assert.throws(() => stream.decompress(body, size), corrupt)
    assert.throws(() => stream.decompress(noise(500), 5000), corrupt)
  })
})

it('Node’s zstd is asked from the version on that takes dictionaries', () => {
  for (const version of ['20.19.0', '22.18.9', '23.11.0', '24.5.0'])
    assert.equal(nodeZstd(version), undefined)
})
