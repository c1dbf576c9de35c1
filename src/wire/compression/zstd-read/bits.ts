/** Why a frame can't be read. `zstdCodec` makes FRAME_CORRUPT of it, with these words as its cause. */
export function broken(what: string): RangeError {
  return new RangeError(`zstd: ${what}`)
}

/** The byte there, which must exist. */
export function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw broken('cut short')
  return byte
}

/** Position of the highest bit that is set: 0 for 1. For 0 it is -1. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value)
}

/** The most bits that can be read out of four bytes, whichever bit they begin at. */
const mostBits = 25

/** Reads bits from the lowest of the first byte on (RFC 8878 4.1.1). */
export class ForwardBits {
  /** Bits that were read. */
  #at = 0

  constructor(readonly bytes: Uint8Array) {}

  read(count: number): number {
    const value = wordAt(this.bytes, this.#at >> 3) >>> (this.#at & 7)
    this.#at += count
    if (this.#at > 8 * this.bytes.length) throw broken('cut short')
    return value & ((1 << count) - 1)
  }

  /** Gives back the last bit. */
  unread(): void {
    this.#at--
  }

  /** Bytes of which at least one bit was read. */
  get used(): number {
    return (this.#at + 7) >> 3
  }
}

/** Reads bits from the highest of the last byte on, down from the mark that ends them (RFC 8878 4.1). */
export class BackwardBits {
  /** How many are left. Below 0 there is nothing but zeros, and more was read than there is. */
  left: number

  constructor(readonly bytes: Uint8Array) {
    const last = bytes[bytes.length - 1] ?? 0
    if (last === 0) throw broken('bits without an end')
    this.left = 8 * (bytes.length - 1) + highestBit(last)
  }

  read(count: number): number {
    const value = this.peek(count)
    this.left -= count
    return value
  }

  peek(count: number): number {
    const low = this.left - count
    if (low >= 0) return (wordAt(this.bytes, low >> 3) >>> (low & 7)) & ((1 << count) - 1)
    if (this.left <= 0 || -low > mostBits) return 0
    return (wordAt(this.bytes, 0) & ((1 << this.left) - 1)) << -low
  }
}

/** Four bytes as a number, with zeros behind the end. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}
