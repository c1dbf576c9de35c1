import { tables } from '../tables.js'

/** Histories of the 15 places in a tree of 4 bits, behind a byte that tells contexts apart. */
const slotBytes = 16

/**
 * The bit histories of all contexts, in one table of fixed size. A context has 16 bytes in it for each half
 * of a byte. When there is no room, the least experienced of three neighbours is replaced.
 */
export class ContextSlots {
  readonly bytes: Uint8Array
  private readonly mask: number
  private readonly historyBits = tables().historyBits

  /** @param log2Bytes the table's size. */
  constructor(log2Bytes: number) {
    this.bytes = new Uint8Array(2 ** log2Bytes)
    this.mask = 2 ** log2Bytes - slotBytes
  }

  /** The offset of a context's slot: its histories are at 1 to 15 from there. */
  find(hash: number): number {
    const { bytes, historyBits } = this
    const check = hash >>> 24
    const first = Math.imul(hash, slotBytes) & this.mask
    if (bytes[first] === check) return first
    const second = first ^ slotBytes
    if (bytes[second] === check) return second
    const third = first ^ (2 * slotBytes)
    if (bytes[third] === check) return third
    let at = first
    let least = historyBits[bytes[first + 1] as number] as number
    const bits = historyBits[bytes[second + 1] as number] as number
    if (bits < least) {
      at = second
      least = bits
    }
    if ((historyBits[bytes[third + 1] as number] as number) < least) at = third
    bytes.fill(0, at, at + slotBytes)
    bytes[at] = check
    return at
  }
}
