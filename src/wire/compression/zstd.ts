import zstdCodecPackage, { type Dictionary, type Zstd } from 'zstd-codec'
import type { Codec } from './codec.js'
import { zstdCodec } from './zstd-engine.js'

/**
 * Measured with 255 kB of history and frames of 6 kB: level 9 takes 0.25 s per MB (most of it to index the
 * dictionary); level 6 takes hardly less time and 3 % more bytes. From level 11 on, this version of zstd is
 * ten times slower with such dictionaries, and 19 would save 1-3 %.
 */
const level = 9

/** A fresh instance of the WASM module: 16 MiB that never grow. */
export function startZstd(): Promise<Zstd> {
  return new Promise((resolve) => zstdCodecPackage.ZstdCodec.run(resolve))
}

/**
 * Codec 1 in WebAssembly, for Node and for browsers. Synchronous once loaded; one call at a time takes a few
 * MB of a fixed heap. If the heap runs out nevertheless, the call fails (`compress`: undefined, `decompress`:
 * FRAME_CORRUPT) and a fresh instance takes over as soon as it is up.
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
  const orRestart = <T>(work: (zstd: Zstd) => T): T => {
    try {
      return work(zstd)
    } catch (error) {
      restart()
      throw error
    }
  }
  return zstdCodec({
    compress: (bytes, content) =>
      orRestart(({ Simple, Dict }) =>
        withDictionary(new Dict.Compression(content, level), (prepared) =>
          new Simple().compressUsingDict(bytes, prepared),
        ),
      ),
    decompress: (frame, content) =>
      orRestart(({ Simple, Dict }) =>
        withDictionary(new Dict.Decompression(content), (prepared) =>
          new Simple().decompressUsingDict(frame, prepared),
        ),
      ),
  })
}

function withDictionary<T>(dictionary: Dictionary, use: (dictionary: Dictionary) => T): T {
  try {
    return use(dictionary)
  } finally {
    dictionary.close()
  }
}
