import zstdCodec, { type Dictionary, type Zstd } from 'zstd-codec'
import { concat } from '../../bytes/concat.js'
import { frameCorrupt } from '../frame-corrupt.js'
import { wireLimits } from '../limits.js'
import type { Codec } from './codec.js'
import { blocksOf, zstdFrameAround } from './zstd-blocks.js'
import { entropyTables } from './zstd-tables.js'

/**
 * With 255 kB to look back and frames of 6 kB: 9 takes 0.25 s a MB (most of it to index the dictionary), 6
 * hardly less and gives 3 % more bytes. From 11 on this version of zstd is ten times slower with such
 * dictionaries, and 19 would gain 1-3 %.
 */
const level = 9

/** Under this many bytes no block is smaller than its content: a block's own heads take 3. */
const worthwhileBytes = 12

/** The tables' repeat offsets must lie within the content. */
const dictionaryMinBytes = 16

/** A fresh instance of the WASM module: 16 MiB that never grow. */
export function startZstd(): Promise<Zstd> {
  return new Promise((resolve) => zstdCodec.ZstdCodec.run(resolve))
}

/**
 * Zstandard against the end of a history, in Node and in browsers. Synchronous once loaded; one call at a
 * time takes a few MB of a fixed heap. When the heap runs out nevertheless, the call fails (`compress`:
 * undefined, `decompress`: FRAME_CORRUPT) and a fresh instance takes over as soon as it is up.
 *
 * @param start where instances come from.
 */
export async function loadZstd(start: () => Promise<Zstd> = startZstd): Promise<Codec> {
  let zstd = await start()
  let restarting = false
  const restart = (): void => {
    if (restarting) return
    restarting = true
    const finish = (): void => {
      restarting = false
    }
    // When no other instance can be had, the next failure asks again; until then the old one does what it can.
    start().then((fresh) => {
      zstd = fresh
      finish()
    }, finish)
  }
  const compress = (bytes: Uint8Array, dictionary: Uint8Array): Uint8Array | undefined => {
    if (bytes.length < worthwhileBytes || bytes.length > wireLimits.payloadBytes) return undefined
    const content = withTables(dictionary)
    try {
      const { Simple, Dict } = zstd
      const frame = withDictionary(new Dict.Compression(content, level), (prepared) =>
        new Simple().compressUsingDict(bytes, prepared),
      )
      const body = frame ? blocksOf(frame, bytes.length) : undefined
      return body && body.length < bytes.length ? body : undefined
    } catch {
      // Out of heap. Stored bytes are always right, so nobody needs to hear of it.
      restart()
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
      const { Simple, Dict } = zstd
      bytes = withDictionary(new Dict.Decompression(content), (prepared) =>
        new Simple().decompressUsingDict(frame, prepared),
      )
    } catch (cause) {
      restart()
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

function withDictionary<T>(dictionary: Dictionary, use: (dictionary: Dictionary) => T): T {
  try {
    return use(dictionary)
  } finally {
    dictionary.close()
  }
}

/**
 * With its tables in front. That the bytes themselves may begin like a trained dictionary has no meaning
 * then.
 */
function withTables(dictionary: Uint8Array): Uint8Array {
  if (dictionary.length < dictionaryMinBytes) throw new RangeError('too short for a dictionary')
  return concat([entropyTables, dictionary])
}
