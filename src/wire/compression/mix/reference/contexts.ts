import type { Match } from './match.js'

/**
 * What a byte is predicted from: the bytes before it, the words, the header field, the line above. After each
 * byte, `hashes` identifies these contexts.
 */

export const contextCount = 12

/** How many of the first contexts are orders: rows of the bytes that came last. */
export const orderCount = 5

const newline = 10
const colon = 58

export class Contexts {
  readonly hashes = new Int32Array(contextCount)
  /** The last four bytes, the last one lowest, and the four before. */
  last4 = 0
  private before4 = 0
  private word = 0
  private wordBefore = 0
  private field = 0
  private line = 0
  /** Whether nothing but a field's name has come in this line. */
  private inName = true
  private lineStart = 0
  private lineAbove = 0

  /** @param match which has taken in the byte already. */
  push(byte: number, { bytes, size, length, expected }: Match): void {
    this.before4 = (this.before4 << 8) | (this.last4 >>> 24)
    const last4 = (this.last4 << 8) | byte
    this.last4 = last4
    this.readWord(byte)
    this.readLine(byte, size)
    const mask = bytes.length - 1
    const above = this.lineAbove + size - this.lineStart
    const h = this.hashes
    h[0] = mixed(byte, 1)
    h[1] = mixed(last4 & 0xffff, 2)
    h[2] = mixed(last4 & 0xffffff, 3)
    h[3] = mixed(last4, 4)
    h[4] = mixed(last4, 5 + (this.before4 & 0xffff) * 16)
    h[5] = mixed(this.word + byte, 6)
    h[6] = mixed(this.word + byte, this.wordBefore + 7)
    h[7] = mixed(this.field, Math.imul(this.word, 16) + byte * 16 + 8)
    h[8] = mixed(
      (bytes[above & mask] as number) | (byte << 8) | ((bytes[(above + 1) & mask] as number) << 16),
      9,
    )
    h[9] = mixed(last4 & 0xff00ff00, 10)
    h[10] = mixed(length === 0 ? 0 : expected + 256 + Math.min(length, 32) * 512, 11)
    h[11] = mixed(size - this.lineStart, 12 + (bytes[above & mask] as number) * 16)
  }

  private readWord(byte: number): void {
    const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte
    if ((lower >= 97 && lower <= 122) || (lower >= 48 && lower <= 57) || lower >= 128)
      this.word = Math.imul(this.word + lower, 0x2f0b4c47)
    else if (this.word !== 0) {
      this.wordBefore = this.word
      this.word = 0
    }
  }

  private readLine(byte: number, size: number): void {
    if (byte === newline) {
      this.lineAbove = this.lineStart
      this.lineStart = size
      this.inName = true
      this.line = 0
    } else if (this.inName) {
      if (byte === colon) this.field = this.line
      this.inName = byte > 32 && byte !== colon
      this.line = Math.imul(this.line + byte, 0x2f0b4c47)
    }
  }
}

/** A context's number, of its content and its kind. */
function mixed(content: number, kind: number): number {
  const mixed = Math.imul(Math.imul(content, 0x9e3779b1) ^ kind, 0x85ebca77)
  return mixed ^ (mixed >>> 15)
}
