import { concat } from '../../bytes/concat.js'
import { frameCorrupt } from '../frame-corrupt.js'
import { wireLimits } from '../limits.js'
import type { Codec } from './codec.js'
import { blocksOf, zstdFrameAround } from './zstd-blocks.js'
import { entropyTables } from './zstd-tables.js'

/**
 * Makes and reads zstd frames (RFC 8878) against a dictionary with its tables in front. Both methods throw,
 * or return null, when they fail. A compressed frame is one segment that states its size, without an id or a
 * checksum.
 */
export interface ZstdEngine {
  compress(bytes: Uint8Array, dictionary: Uint8Array): Uint8Array | null
  /** `frame` may be anybody's, but for its head, which says `size`. It may give wrong bytes without a word. */
  decompress(frame: Uint8Array, dictionary: Uint8Array, size: number): Uint8Array | null
}

/** Under this many bytes no block is smaller than its content: a block's own heads take 3. */
const worthwhileBytes = 12

/** The tables' repeat offsets must lie within the content. */
const dictionaryMinBytes = 16

/** Zstandard against the end of a history. */
export function zstdCodec(engine: ZstdEngine): Codec {
  const compress = (bytes: Uint8Array, dictionary: Uint8Array): Uint8Array | undefined => {
    if (bytes.length < worthwhileBytes || bytes.length > wireLimits.payloadBytes) return undefined
    const content = withTables(dictionary)
    try {
      const frame = engine.compress(bytes, content)
      const body = frame ? blocksOf(frame, bytes.length) : undefined
      return body && body.length < bytes.length ? body : undefined
    } catch {
      // Out of memory. Stored bytes are always right, so nobody needs to hear of it.
      return undefined
    }
  }
  const decompress = (body: Uint8Array, size: number, dictionary: Uint8Array): Uint8Array => {
    if (size < 1 || size > wireLimits.payloadBytes || body.length > size)
      throw frameCorrupt(`it can't hold ${size} bytes`)
    const frame = zstdFrameAround(body, size)
    const content = withTables(dictionary)
    let bytes: Uint8Array | null
    try {
      bytes = engine.decompress(frame, content, size)
    } catch (cause) {
      throw frameCorrupt('the decompressor gave up on it', cause)
    }
    if (bytes?.length !== size) throw frameCorrupt('it does not decompress')
    return bytes
  }
  return {
    id: 1,
    // The history is all the state there is.
    open: (history) => ({
      compress: (payload) => compress(payload, history.dictionary()),
      decompress: (body, size) => decompress(body, size, history.dictionary()),
      append: () => undefined,
    }),
  }
}

/**
 * The dictionary with its tables in front. If the bytes themselves happen to begin like a trained dictionary,
 * that then means nothing.
 */
function withTables(dictionary: Uint8Array): Uint8Array {
  if (dictionary.length < dictionaryMinBytes) throw new RangeError('too short for a dictionary')
  return concat([entropyTables, dictionary])
}
