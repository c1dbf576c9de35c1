import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat } from '../../../src/bytes/concat.js'
import { blocksOf, zstdFrameAround } from '../../../src/wire/compression/zstd-blocks.js'
import { corrupt } from '../zstd-world.js'

/** RFC 8878 3.1.1.2. */
const types = { raw: 0, rle: 1, compressed: 2, reserved: 3 }
const header = (last: boolean, type: keyof typeof types, size: number): number[] => {
  const bits = (last ? 1 : 0) | (types[type] << 1) | (size << 3)
  return [bits & 255, (bits >> 8) & 255, bits >> 16]
}
const blockMaxBytes = 128 * 1024
const big = 200_000
const magic = [0x28, 0xb5, 0x2f, 0xfd]

for (const [name, blocks, says] of [
  ['nothing', [], 'its blocks have no end'],
  ['a header that is cut short', header(true, 'rle', 1).slice(0, 2), 'its blocks have no end'],
  ['blocks without a last one', [...header(false, 'rle', 9), 65], 'its blocks have no end'],
  ['a block of the reserved type', [...header(true, 'reserved', 1), 65], 'one of its blocks is impossible'],
  ['one of too much', [...header(true, 'rle', blockMaxBytes + 1), 65], 'one of its blocks is impossible'],
  ['a raw block that lacks a byte', [...header(true, 'raw', 3), 1, 2], 'one of its blocks is cut short'],
  ['a repeated byte that is missing', header(true, 'rle', 3), 'one of its blocks is cut short'],
  ['a byte behind the last', [...header(true, 'rle', 3), 65, 66], 'bytes follow its last block'],
] as const)
  test(`blocks that can't be are refused, and it is said why: ${name}`, () =>
    assert.throws(
      () => zstdFrameAround(Uint8Array.from(blocks), big),
      (error) => corrupt(error) && (error as Error).message === `A frame arrived damaged: ${says}.`,
    ))

for (const [name, blocks] of [
  ['as much as one may hold', [...header(true, 'rle', blockMaxBytes), 65]],
  ['raw to its last byte', [...header(true, 'raw', 3), 1, 2, 3]],
  ['nothing in it', header(true, 'raw', 0)],
  [
    'several',
    [...header(false, 'raw', 2), 1, 2, ...header(false, 'rle', 9), 3, ...header(true, 'raw', 1), 4],
  ],
] as const)
  test(`blocks that follow each other to the last byte stand in their frame as they are: ${name}`, () => {
    const frame = zstdFrameAround(Uint8Array.from(blocks), big)
    assert.deepEqual([...frame], [...magic, 0xa0, 0x40, 0x0d, 0x03, 0, ...blocks])
    assert.deepEqual([...(blocksOf(frame, big) ?? [])], blocks)
  })

const body = Uint8Array.of(1, 2, 3)
const ownHeader = header(true, 'compressed', body.length)

for (const [size, descriptor] of [
  [1, [0x20, 1]],
  [255, [0x20, 255]],
  [256, [0x60, 0, 0]],
  [65791, [0x60, 255, 255]],
  [65792, [0xa0, 0, 1, 1, 0]],
  [blockMaxBytes, [0xa0, 0, 0, 2, 0]],
] as const)
  test(`${size} bytes of content are one block, whose header does not cross the line`, () => {
    const frame = zstdFrameAround(body, size)
    assert.deepEqual([...frame], [...magic, ...descriptor, ...ownHeader, ...body])
    assert.deepEqual(blocksOf(frame, size), body)
  })

test('one byte more than a block holds are blocks with their headers', () => {
  assert.throws(() => zstdFrameAround(body, blockMaxBytes + 1), corrupt)
  const blocks = Uint8Array.from([...ownHeader, ...body])
  assert.deepEqual(blocksOf(zstdFrameAround(blocks, blockMaxBytes + 1), blockMaxBytes + 1), blocks)
})

test('a frame of another shape than ours is not sent', () => {
  const head = zstdFrameAround(body, 9).subarray(0, 6)
  for (const [name, frame] of [
    ['another head', concat([Uint8Array.of(0x29), zstdFrameAround(body, 9).subarray(1)])],
    ['another size', zstdFrameAround(body, 8)],
    ['no block', head],
    ['a block of another type', concat([head, Uint8Array.from([...header(true, 'raw', 3), ...body])])],
    ['a block that is not the last', concat([head, Uint8Array.from(header(false, 'compressed', 3)), body])],
    ['a block of another size', concat([head, Uint8Array.from(header(true, 'compressed', 4)), body])],
  ] as const)
    assert.equal(blocksOf(frame, 9), undefined, name)
})
