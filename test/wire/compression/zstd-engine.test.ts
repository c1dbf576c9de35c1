import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '../../../src/bytes/hex.js'
import { zstdFrameAround } from '../../../src/wire/compression/zstd-blocks.js'
import { type ZstdEngine, zstdCodec } from '../../../src/wire/compression/zstd-engine.js'
import { entropyTables } from '../../../src/wire/compression/zstd-tables.js'
import { wireLimits } from '../../../src/wire/limits.js'
import { behind, corrupt, sha256 } from '../zstd-world.js'

/** What the codec makes of an engine's answers, whatever engine it is. */

const past = new Uint8Array(16).fill(7)
const body = Uint8Array.of(1, 2, 3)
const broken = (): never => {
  throw 'abort(OOM)'
}

function stream(engine: Partial<ZstdEngine>, dictionary = past) {
  return zstdCodec({ compress: broken, decompress: broken, ...engine }).open(behind(dictionary))
}

/** An engine that makes this of anything. */
const makes = (blocks: Uint8Array): Partial<ZstdEngine> => ({
  compress: (bytes) => zstdFrameAround(blocks, bytes.length),
})

test('what is compressed has from 12 bytes on to the largest payload, and is smaller then', () => {
  const compress = (size: number, engine = makes(body)) => stream(engine).compress(new Uint8Array(size))
  assert.equal(compress(11), undefined)
  assert.deepEqual(compress(12), body)
  const most = wireLimits.payloadBytes
  const blocks = Uint8Array.of(3, 0, 0, 65)
  assert.deepEqual(compress(most, makes(blocks)), blocks)
  assert.equal(compress(most + 1, makes(blocks)), undefined)
  assert.deepEqual(compress(20, makes(new Uint8Array(19))), new Uint8Array(19))
  assert.equal(compress(20, makes(new Uint8Array(20))), undefined)
  assert.equal(compress(20, { compress: () => null }), undefined)
  assert.equal(compress(20, { compress: broken }), undefined)
})

test('what is read has at least a byte, no more than a payload, and no less than its body', () => {
  const says = (words: string) => (error: unknown) =>
    corrupt(error) && (error as Error).message === `A frame arrived damaged: ${words}.`
  const decompress = (size: number, from = body, engine: Partial<ZstdEngine> = filling) =>
    stream(engine).decompress(from, size)
  const filling: Partial<ZstdEngine> = { decompress: (_, __, size) => new Uint8Array(size) }
  assert.deepEqual(decompress(3), new Uint8Array(3))
  assert.deepEqual(decompress(1, body.subarray(0, 1)), new Uint8Array(1))
  const most = wireLimits.payloadBytes
  const blocks = Uint8Array.of(3, 0, 0, 65)
  assert.equal(decompress(most, blocks).length, most)
  assert.throws(() => decompress(0, body.subarray(0, 0)), says("it can't hold 0 bytes"))
  assert.throws(() => decompress(2), says("it can't hold 2 bytes"))
  assert.throws(() => decompress(most + 1, blocks), says(`it can't hold ${most + 1} bytes`))
  assert.throws(() => decompress(3, body, { decompress: () => null }), says('it does not decompress'))
  const less: Partial<ZstdEngine> = { decompress: (_, __, size) => new Uint8Array(size - 1) }
  assert.throws(() => decompress(3, body, less), says('it does not decompress'))
  assert.throws(() => decompress(3, body, {}), says('the decompressor gave up on it'))
})

test('the engine gets the tables with what both sides hold behind them, and a whole frame', () => {
  const given: Uint8Array[] = []
  const both = stream({
    compress: (bytes, dictionary) => {
      given.push(dictionary)
      return zstdFrameAround(body, bytes.length)
    },
    decompress: (frame, dictionary, size) => {
      given.push(dictionary, frame)
      return new Uint8Array(size)
    },
  })
  both.compress(new Uint8Array(20))
  both.decompress(body, 20)
  const whole = Uint8Array.of(...entropyTables, ...past)
  assert.deepEqual(given, [whole, whole, zstdFrameAround(body, 20)])
})

test('less than 16 bytes are no dictionary', () => {
  const short = stream(makes(body), past.subarray(1))
  assert.throws(() => short.compress(new Uint8Array(20)), /too short for a dictionary/)
  assert.throws(() => short.decompress(body, 20), /too short for a dictionary/)
})

test('the tables are those of every other side', () => {
  assert.equal(entropyTables.length, 159)
  const hash = sha256()
  hash.update(entropyTables)
  assert.equal(toHex(hash.digest().subarray(0, 8)), '59ce65877fcf071e')
})
