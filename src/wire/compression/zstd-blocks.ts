import { concat } from '../../bytes/concat.js'
import { frameCorrupt } from '../frame-corrupt.js'

/**
 * The part of a zstd frame (RFC 8878 3.1.1) that crosses the line: its blocks. Magic and frame header always
 * say the same (one segment of the announced size, no dictionary id, no checksum), so both sides make them
 * themselves, and a foreign frame has nowhere to claim a size or a window. Content that fits one block, as
 * nearly all does, leaves out the block header too.
 */

/** RFC 8878 3.1.1.2.4: no block holds more. */
const blockMaxBytes = 128 * 1024
const blockTypes = { raw: 0, rle: 1, compressed: 2, reserved: 3 } as const

/**
 * The bytes to send of a whole frame of `size` content bytes; undefined when the frame doesn't have the one
 * shape that is sent.
 */
export function blocksOf(zstdFrame: Uint8Array, size: number): Uint8Array | undefined {
  const head = frameHeader(size)
  if (!head.every((byte, i) => zstdFrame[i] === byte)) return undefined
  const blocks = zstdFrame.subarray(head.length)
  if (size > blockMaxBytes) return blocks
  const body = blocks.subarray(3)
  return readBlockHeader(blocks, 0) === blockHeader(body.length) ? body : undefined
}

/**
 * Puts the whole frame of `size` (> 0) content bytes together from hostile blocks. Throws FRAME_CORRUPT
 * unless the blocks follow each other up to the last byte.
 */
export function zstdFrameAround(body: Uint8Array, size: number): Uint8Array {
  const head = frameHeader(size)
  if (size > blockMaxBytes) {
    checkBlocks(body)
    return concat([head, body])
  }
  const header = blockHeader(body.length)
  return concat([head, Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), body])
}

/**
 * Magic number, a descriptor with nothing but "single segment" and the width of the content size, the content
 * size.
 */
function frameHeader(size: number): Uint8Array {
  const magic = [0x28, 0xb5, 0x2f, 0xfd]
  if (size < 256) return Uint8Array.of(...magic, 0x20, size)
  if (size < 65536 + 256) return Uint8Array.of(...magic, 0x60, (size - 256) & 255, (size - 256) >> 8)
  return Uint8Array.of(...magic, 0xa0, size & 255, (size >> 8) & 255, (size >> 16) & 255, size >>> 24)
}

/** RFC 8878 3.1.1.2: the last block, compressed, of so many bytes. */
function blockHeader(bodyBytes: number): number {
  return 1 | (blockTypes.compressed << 1) | (bodyBytes << 3)
}

function readBlockHeader(bytes: Uint8Array, at: number): number | undefined {
  const [low, middle, high] = bytes.subarray(at, at + 3)
  return high === undefined ? undefined : (low ?? 0) | ((middle ?? 0) << 8) | (high << 16)
}

function checkBlocks(body: Uint8Array): void {
  for (let at = 0; ; ) {
    const header = readBlockHeader(body, at)
    if (header === undefined) throw frameCorrupt('its blocks have no end')
    const type = (header >> 1) & 3
    const size = header >> 3
    if (type === blockTypes.reserved || size > blockMaxBytes)
      throw frameCorrupt('one of its blocks is impossible')
    at += 3 + (type === blockTypes.rle ? 1 : size)
    if (at > body.length) throw frameCorrupt('one of its blocks is cut short')
    if ((header & 1) === 0) continue
    if (at < body.length) throw frameCorrupt('bytes follow its last block')
    return
  }
}
