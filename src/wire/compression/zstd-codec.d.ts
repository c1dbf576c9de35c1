/** The part of zstd-codec 0.1.5 that we use. All of it is synchronous once `run` has called back. */
declare module 'zstd-codec' {
  export interface Dictionary {
    /** Frees its part of the heap. Twice throws. */
    close(): void
  }

  export interface Zstd {
    readonly Simple: new () => {
      /** A whole zstd frame with its content size; null when it can't. */
      compressUsingDict(bytes: Uint8Array, dictionary: Dictionary): Uint8Array | null
      /** Null for whatever is broken, has no content size or has size 0. Wrong bytes for some of what is broken. */
      decompressUsingDict(bytes: Uint8Array, dictionary: Dictionary): Uint8Array | null
    }
    readonly Dict: {
      readonly Compression: new (bytes: Uint8Array, level: number) => Dictionary
      readonly Decompression: new (bytes: Uint8Array) => Dictionary
    }
  }

  const zstdCodec: { readonly ZstdCodec: { run(ready: (zstd: Zstd) => void): void } }
  export default zstdCodec
}
