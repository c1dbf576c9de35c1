import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { Codec } from '../../../src/wire/compression/codec.js'
import { shippedDictionary } from '../../../src/wire/compression/dictionary.js'
import { loadZstd } from '../../../src/wire/compression/zstd.js'
import { zstdReader } from '../../../src/wire/compression/zstd-read/zstd-read.js'
import { codecConformance } from '../codec-conformance.js'
import { behind, noise, prose, utf8 } from '../zstd-world.js'
import { zstdConformance } from './zstd-conformance.js'

const dictionary = shippedDictionary()

/** It can't be tested without somebody who writes. */
async function readAfter(): Promise<Codec> {
  const [writer, reader] = [await loadZstd(), zstdReader()]
  return {
    id: 1,
    open: (history) => ({
      compress: (payload) => writer.open(history).compress(payload),
      decompress: (body, size) => reader.open(history).decompress(body, size),
      append: () => undefined,
    }),
  }
}

codecConformance('1, zstd, read without WebAssembly', readAfter)
zstdConformance('JavaScript', readAfter)

describe('the reader of zstd', () => {
  let writer: Codec
  before(async () => {
    writer = await loadZstd()
  })
  const outcome = (codec: Codec, body: Uint8Array, size: number): Uint8Array | undefined => {
    try {
      return codec.open(behind(dictionary)).decompress(body, size)
    } catch {
      return undefined
    }
  }

  it('compresses nothing, and so sends bytes as they are', () => {
    assert.equal(zstdReader().open(behind(dictionary)).compress(prose(3000)), undefined)
  })

  it('reads every mixture of prose, noise and runs as the other one does', () => {
    const reader = zstdReader()
    for (let i = 0; i < 150; i++) {
      const size = [30, 700, 6144, 40_000, 140_000][i % 5] ?? 0
      const random = noise(size, i + 1)
      const bytes = prose(size, i).map((byte, at) => {
        const within = (at * (i + 1)) % 97
        return within < i % 40 ? (random[at] ?? 0) : within > 90 ? 65 : byte
      })
      const body = writer.open(behind(dictionary)).compress(bytes)
      if (body) assert.deepEqual(outcome(reader, body, size), bytes)
    }
  })

  it('makes of a body with one bit changed what the other one makes of it, or refuses it', () => {
    const reader = zstdReader()
    let both = 0
    for (const text of [prose(400), prose(5000, 2), utf8('From: a@example.org\r\nTo: b@example.org\r\n')]) {
      const body: Uint8Array | undefined = writer.open(behind(dictionary)).compress(text)
      assert.ok(body)
      for (let bit = 0; bit < Math.min(body.length * 8, 4000); bit++) {
        const bent = body.slice()
        bent[bit >> 3]! ^= 1 << (bit & 7)
        const mine = outcome(reader, bent, text.length)
        const theirs = outcome(writer, bent, text.length)
        if (!mine || !theirs) continue
        assert.deepEqual(mine, theirs, `bit ${bit}`)
        both++
      }
    }
    assert.ok(both > 20, `${both} were taken by both`)
  })
})
