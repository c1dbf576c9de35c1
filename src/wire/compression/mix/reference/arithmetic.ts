/**
 * Codes bits whose likelihood both sides know, in hardly more room than that implies: arithmetic coding with
 * 32 bits and without carry. A stream ends with its last byte that isn't 0; zeros are implied after it.
 */

/** Where a range is split for a probability out of 65,536: a 1 lies below or at the split, a 0 above. */
function parting(low: number, high: number, probability: number): number {
  const range = (high - low) >>> 0
  const upper = Math.imul(range >>> 16, probability)
  const lower = Math.imul(range & 0xffff, probability) >>> 16
  return (low + upper + lower) >>> 0
}

export class BitEncoder {
  private low = 0
  private high = 0xffff_ffff
  private readonly bytes: Uint8Array
  /** Bytes that there would be if there were room enough. */
  private size = 0

  /** @param mostBytes more are of no use. */
  constructor(mostBytes: number) {
    this.bytes = new Uint8Array(mostBytes)
  }

  /** @param probability of a 1, 1 to 65,535 of 65,536. */
  encode(bit: number, probability: number): void {
    const middle = parting(this.low, this.high, probability)
    if (bit === 1) this.high = middle
    else this.low = (middle + 1) >>> 0
    while (((this.low ^ this.high) & 0xff00_0000) === 0) {
      this.write(this.high >>> 24)
      this.low = (this.low << 8) >>> 0
      this.high = ((this.high << 8) | 255) >>> 0
    }
  }

  /** The coded bytes, at least one, or undefined when there are more than wanted. */
  finish(): Uint8Array | undefined {
    // As few as lead into the range, whatever zeros follow.
    for (let kept = 0; kept <= 4; kept++) {
      const unit = 2 ** (32 - 8 * kept)
      const end = Math.ceil(this.low / unit) * unit
      if (end > this.high) continue
      for (let i = 0; i < kept; i++) this.write(Math.floor(end / 2 ** (24 - 8 * i)) & 255)
      break
    }
    if (this.size > this.bytes.length) return undefined
    let size = this.size
    while (size > 1 && this.bytes[size - 1] === 0) size--
    return this.bytes.slice(0, Math.max(1, size))
  }

  private write(byte: number): void {
    if (this.size < this.bytes.length) this.bytes[this.size] = byte
    this.size++
  }
}

/** Reads whatever bytes there are as some row of bits. */
export class BitDecoder {
  private low = 0
  private high = 0xffff_ffff
  private code = 0
  private at = 0

  constructor(private readonly bytes: Uint8Array) {
    for (let i = 0; i < 4; i++) this.read()
  }

  decode(probability: number): number {
    const middle = parting(this.low, this.high, probability)
    const bit = this.code <= middle ? 1 : 0
    if (bit === 1) this.high = middle
    else this.low = (middle + 1) >>> 0
    while (((this.low ^ this.high) & 0xff00_0000) === 0) {
      this.low = (this.low << 8) >>> 0
      this.high = ((this.high << 8) | 255) >>> 0
      this.read()
    }
    return bit
  }

  private read(): void {
    this.code = ((this.code << 8) | (this.bytes[this.at] ?? 0)) >>> 0
    this.at++
  }
}
