import { type BitReader, type BitWriter, bitLength } from '../../bytes/bits.js'

/**
 * Encodes at least one ascending number below a bound, in about as few bits as it takes to tell the set from
 * all others of that size: first how many, then the middle one, then each half between its neighbours. A
 * single number takes as many bits as the bound; the full set takes none. Moffat and Stuiver, "Binary
 * Interpolative Coding for Effective Index Compression" (2000).
 */

export function writeNumbers(writer: BitWriter, numbers: readonly number[], bound: number): void {
  writer.gamma(numbers.length)
  writeBetween(writer, numbers, 0, numbers.length, 0, bound - 1)
}

/** Whatever the bits are, the numbers are below the bound, and ascend. */
export function readNumbers(reader: BitReader, bound: number): number[] {
  const count = Math.min(reader.gamma(), bound)
  const numbers = new Array<number>(count)
  readBetween(reader, numbers, 0, count, 0, bound - 1)
  return numbers
}

function writeBetween(
  writer: BitWriter,
  numbers: readonly number[],
  from: number,
  to: number,
  low: number,
  high: number,
): void {
  if (to === from || to - from === high - low + 1) return
  const middle = (from + to) >> 1
  const number = numbers[middle] ?? 0
  const least = low + middle - from
  writer.bits(number - least, bitLength(high - (to - 1 - middle) - least))
  writeBetween(writer, numbers, from, middle, low, number - 1)
  writeBetween(writer, numbers, middle + 1, to, number + 1, high)
}

function readBetween(
  reader: BitReader,
  numbers: number[],
  from: number,
  to: number,
  low: number,
  high: number,
): void {
  if (to === from) return
  if (to - from === high - low + 1) {
    for (let at = from; at < to; at++) numbers[at] = low + at - from
    return
  }
  const middle = (from + to) >> 1
  const least = low + middle - from
  const most = high - (to - 1 - middle)
  const number = Math.min(least + reader.bits(bitLength(most - least)), most)
  numbers[middle] = number
  readBetween(reader, numbers, from, middle, low, number - 1)
  readBetween(reader, numbers, middle + 1, to, number + 1, high)
}
