/** Numbers of few bits each, one behind the other, the highest bit of a byte first. */

export class BitWriter {
  readonly #bytes: number[] = []
  #last = 0
  #free = 8

  /** The `width` lowest bits of a number. */
  bits(value: number, width: number): void {
    for (let left = width; left > 0; ) {
      const some = Math.min(left, this.#free)
      left -= some
      this.#free -= some
      this.#last |= ((value >>> left) & ((1 << some) - 1)) << this.#free
      if (this.#free === 0) this.#next()
    }
  }

  /** A whole number from 1, of which small ones are likely: Elias' gamma code. */
  gamma(value: number): void {
    const width = bitLength(value)
    this.bits(0, width - 1)
    this.bits(value, width)
  }

  finish(): Uint8Array {
    if (this.#free < 8) this.#next()
    return Uint8Array.from(this.#bytes)
  }

  #next(): void {
    this.#bytes.push(this.#last)
    this.#last = 0
    this.#free = 8
  }
}

/** Reads what a `BitWriter` wrote; behind the end there are only zeros. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  bits(width: number): number {
    let value = 0
    for (let left = width; left > 0; ) {
      const used = this.#at & 7
      const some = Math.min(left, 8 - used)
      const byte = this.#bytes[this.#at >>> 3] ?? 0
      value = (value << some) | ((byte >>> (8 - used - some)) & ((1 << some) - 1))
      this.#at += some
      left -= some
    }
    return value
  }

  /** At most 2^30; 1 after the end. */
  gamma(): number {
    let width = 1
    while (width < 31 && this.#at < 8 * this.#bytes.length && this.bits(1) === 0) width++
    return (1 << (width - 1)) | this.bits(width - 1)
  }
}

/** The number of bits of a number from 0 to 2^32-1. */
export const bitLength = (value: number): number => 32 - Math.clz32(value)
