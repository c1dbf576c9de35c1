/**
 * A way to make bytes smaller against bytes that both sides hold, of which there are at least 16. The
 * compressing side may give only the end of them.
 */
export interface Codec {
  /** Its number in a frame's first byte: 1 to 3. 0 is "stored". */
  readonly id: number
  /**
   * The body, or undefined when it would not be smaller. What comes out depends on nothing but the arguments.
   */
  compress(bytes: Uint8Array, dictionary: Uint8Array): Uint8Array | undefined
  /**
   * Exactly `size` bytes, which the caller has bounded. `body` may come from anybody: throws FRAME_CORRUPT
   * when it doesn't decompress to that size. It may still give *wrong* bytes without a word: the caller
   * checks a digest.
   */
  decompress(body: Uint8Array, size: number, dictionary: Uint8Array): Uint8Array
}
