/**
 * A way to make payloads smaller against what both sides of a stream hold already. Engines: `zstd.ts`, `mix/mix.ts`; what each has
 * to hold to is in test/wire/codec-conformance.ts.
 */
export interface Codec {
  /** Its number in a frame's first byte: 1 to 3. 0 is "stored". */
  readonly id: number
  /** One direction of one exchange. */
  open(history: SharedPast): CodecStream
}

/** What both sides hold: at least 16 bytes. The compressing side may give only the end of it. */
export interface SharedPast {
  /** A view, good until the history changes. */
  dictionary(): Uint8Array
}

/** What is done piece by piece: before each it gives the bytes that the next one works on. */
export type Work<T> = Generator<number, T>

/** Does the whole work in one go. */
export function whole<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** A codec at one place in a stream: behind all that has become part of the history. */
export interface CodecStream {
  /**
   * The body, or undefined when it would not be smaller or the payload isn't one for this codec. What comes out depends on nothing
   * but the payload and what came before. An `append` of that payload is the next call, whatever becomes of the body.
   */
  compress(payload: Uint8Array): Uint8Array | undefined
  /**
   * Exactly `size` bytes, which the caller has bounded. `body` may come from anybody: throws FRAME_CORRUPT when it doesn't decompress
   * to that size. It may still give *wrong* bytes without a word: the caller checks a digest, and appends them when it is right.
   */
  decompress(body: Uint8Array, size: number): Uint8Array
  /**
   * These bytes have become part of the history, whoever coded them: this codec or another (`codec` is its number), none (0), or
   * they are those of a primer.
   */
  append(bytes: Uint8Array, codec: number | 'primer'): void
  /** The same calls piece by piece, where they take so long that others should have a turn in between. Each runs to its end before the next begins. */
  readonly pieces?: {
    compress(payload: Uint8Array): Work<Uint8Array | undefined>
    decompress(body: Uint8Array, size: number): Work<Uint8Array>
    append(bytes: Uint8Array, codec: number | 'primer'): Work<void>
  }
}
