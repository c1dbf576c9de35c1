/**
 * Compresses payloads against what both sides of a stream already hold. Engines: `zstd.ts`, `mix/mix.ts`;
 * test/wire/codec-conformance.ts says what each has to keep to.
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
   * The body; undefined when it would not be smaller, or when this codec isn't for such a payload. Depends on
   * nothing but the payload and what came before it. The caller appends that payload next, whatever it does
   * with the body.
   */
  compress(payload: Uint8Array): Uint8Array | undefined
  /**
   * Exactly `size` bytes, which the caller has bounded. `body` is hostile: throws FRAME_CORRUPT when it
   * doesn't decompress to that size. It may still give *wrong* bytes silently; the caller checks a digest,
   * and appends them if they are right.
   */
  decompress(body: Uint8Array, size: number): Uint8Array
  /**
   * Adds bytes to the history, whoever coded them: this codec or another (`codec` is its number), none (0),
   * or a primer.
   */
  append(bytes: Uint8Array, codec: number | 'primer'): void
  /** The same calls piece by piece, where they take so long that others should have a turn in between. Each runs to its end before the next begins. */
  readonly pieces?: {
    compress(payload: Uint8Array): Work<Uint8Array | undefined>
    decompress(body: Uint8Array, size: number): Work<Uint8Array>
    append(bytes: Uint8Array, codec: number | 'primer'): Work<void>
  }
}
