import { PacketboatError } from '../errors/packetboat-error.js'

/**
 * Whole numbers as LEB128: seven bits to a byte, low ones first; the high bit says that more follow. Only the
 * shortest form of a number is accepted, so equal values have equal bytes.
 */

const textEncoder = new TextEncoder()

/** Collects bytes for the wire. Grows as needed. */
export class ByteWriter {
  #bytes = new Uint8Array(64)
  #size = 0

  /** A whole number from 0 to 2^53-1. Throws a RangeError on anything else: that is our own mistake. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no safe whole number`)
    this.#reserve(8)
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#size++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#size++] = rest
  }

  /** One byte, 0 to 255. */
  u8(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 255) throw new RangeError(`${value} is no byte`)
    this.#reserve(1)
    this.#bytes[this.#size++] = value
  }

  /** Four bytes, big-endian. */
  u32(value: number): void {
    this.raw(Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255))
  }

  /** The bytes as they stand: whoever reads them knows how many there are. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#size)
    this.#size += bytes.length
  }

  /** A varint with the length, then the bytes. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.raw(bytes)
  }

  /** A varint with the length in bytes, then UTF-8. A lone surrogate becomes U+FFFD. */
  text(text: string): void {
    this.bytes(textEncoder.encode(text))
  }

  /** How many bytes there are so far. */
  get size(): number {
    return this.#size
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size)
  }

  #reserve(more: number): void {
    const needed = this.#size + more
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = grown
  }
}

/**
 * Reads what a `ByteWriter` wrote. The bytes are hostile: anything that doesn't add up throws a
 * PacketboatError PROTOCOL, and nothing is allocated before its length is known to be there.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.u8()
      if (byte === 0 && scale > 1) throw malformed('a number that is not in its shortest form')
      value += (byte & 127) * scale
      if (!Number.isSafeInteger(value)) throw malformed('a number above 2^53-1')
      if (byte < 128) return value
      scale *= 128
    }
  }

  u8(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw malformed('too few bytes')
    this.#at++
    return byte
  }

  /** Four bytes, big-endian. */
  u32(): number {
    return this.raw(4).reduce((value, byte) => value * 256 + byte, 0)
  }

  /** Exactly `length` bytes, as a view of the input. */
  raw(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw malformed('too few bytes')
    const bytes = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return bytes
  }

  /** Length-prefixed bytes, at most `maxLength` of them, as a view of the input. */
  bytes(maxLength: number): Uint8Array {
    const length = this.varint()
    if (length > maxLength) throw malformed(`a field of ${length} bytes where ${maxLength} are allowed`)
    return this.raw(length)
  }

  /** Length-prefixed UTF-8 of at most `maxLength` bytes. */
  text(maxLength: number): string {
    const bytes = this.bytes(maxLength)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch (cause) {
      throw malformed('text that is not UTF-8', { cause })
    }
  }

  /** The bytes that are left, as a view of the input. */
  rest(): Uint8Array {
    return this.raw(this.remaining)
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.remaining === 0
  }
}

function malformed(what: string, options?: { cause: unknown }): PacketboatError {
  return new PacketboatError(
    'PROTOCOL',
    `Malformed data: ${what}.`,
    'Nothing was changed. Check that both sides run the same version of packetboat, then sync again.',
    options,
  )
}
