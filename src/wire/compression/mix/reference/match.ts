import { tables } from '../tables.js'
import { type AdaptiveBits, learnBit, upper12 } from './adaptive-bits.js'

/** The bytes that are looked up. */
const soughtBytes = 6
/** How many bytes of a match are compared. */
const comparedBytes = 32
const lengthSteps = 32

/**
 * Finds the latest earlier occurrence of the bytes that came last, and expects what followed there. Bytes
 * outside the buffer are forgotten.
 */
export class Match {
  /** How many bytes agree before the place that is followed; 0: none is. */
  length = 0
  /** The byte that is expected, where there is a match. */
  expected = 0
  readonly bytes: Uint8Array
  /** How many bytes came. */
  size = 0
  private readonly last: Int32Array
  private place = 0
  private readonly right: AdaptiveBits = new Int32Array(2 * lengthSteps)
  private at = -1

  constructor(log2Bytes: number) {
    this.bytes = new Uint8Array(2 ** log2Bytes)
    this.last = new Int32Array(2 ** (log2Bytes - 2))
    for (let step = 0; step < lengthSteps; step++) {
      const wrong = Math.floor(65_535 / (2 + 2 * step))
      this.right[2 * step] = wrong << 16
      this.right[2 * step + 1] = (65_535 - wrong) << 16
    }
  }

  /** The logit of the next bit being 1, when so much of the byte is known; 0 without a match. */
  predict(known: number, bitsKnown: number): number {
    this.at = -1
    if (this.length === 0) return 0
    if ((this.expected | 256) >> (8 - bitsKnown) !== known) {
      this.length = 0
      return 0
    }
    const { length } = this
    const step =
      length < 16 ? length : length < 32 ? 16 + ((length - 16) >> 2) : Math.min(31, 20 + ((length - 32) >> 4))
    this.at = 2 * step + ((this.expected >> (7 - bitsKnown)) & 1)
    return tables().stretched[upper12(this.right, this.at)] as number
  }

  learn(bit: number): void {
    if (this.at >= 0) learnBit(this.right, this.at, bit)
  }

  /** Takes in a byte, and follows a match or looks for one. */
  push(byte: number): void {
    const { bytes } = this
    const mask = bytes.length - 1
    bytes[this.size & mask] = byte
    this.size++
    if (this.length > 0) {
      this.length++
      this.place++
    }
    if (this.size < soughtBytes) return
    const hash = this.hash()
    if (this.length === 0) {
      this.place = this.last[hash] as number
      this.length = this.agreeing(this.place)
    }
    this.last[hash] = this.size
    this.expected = bytes[this.place & mask] as number
  }

  /** Takes in bytes that nobody has to predict. */
  append(added: Uint8Array): void {
    const mask = this.bytes.length - 1
    for (const byte of added) {
      this.bytes[this.size & mask] = byte
      this.size++
      if (this.size >= soughtBytes) this.last[this.hash()] = this.size
    }
    this.length = 0
  }

  private hash(): number {
    const { bytes, size } = this
    const mask = bytes.length - 1
    let hash = 0
    for (let i = 1; i <= soughtBytes; i++)
      hash = Math.imul(hash ^ (bytes[(size - i) & mask] as number), 0x2f0b4c47) + 1
    return (hash ^ (hash >>> 15)) & (this.last.length - 1)
  }

  /** How many bytes before a place are those that came last; 0 when it's too few. */
  private agreeing(place: number): number {
    const { bytes, size } = this
    const mask = bytes.length - 1
    if (place === 0 || size - place >= bytes.length - comparedBytes) return 0
    const most = Math.min(comparedBytes, place)
    let length = 0
    while (length < most && bytes[(place - 1 - length) & mask] === bytes[(size - 1 - length) & mask]) length++
    return length < soughtBytes ? 0 : length
  }
}
