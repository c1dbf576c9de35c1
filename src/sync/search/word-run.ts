import { BitReader, BitWriter } from '../../bytes/bits.js'
import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { readNumbers, writeNumbers } from './sorted-numbers.js'

/**
 * Encodes words that follow each other as one row, filed under the first of them: how each of the others
 * differs from the one before, then for all of them the numbers of the messages that have it.
 */

/** A word, and where in its block it is found, ascending. */
export type WordEntry = readonly [word: string, numbers: readonly number[]]

/** Beginnings that are shared up to here, and ends of less than that, are told in one byte. */
const most = 15

const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** @param entries in order of their words, and at least one */
export function writeRun(entries: readonly WordEntry[], bound: number): Uint8Array {
  const writer = new ByteWriter()
  const bits = new BitWriter()
  writer.varint(entries.length)
  let last: Uint8Array | undefined
  for (const [word, numbers] of entries) {
    const bytes = textEncoder.encode(word)
    if (last) {
      const shared = sharedBytes(last, bytes)
      const rest = bytes.length - shared
      writer.u8((shared << 4) | Math.min(rest, most))
      if (rest >= most) writer.varint(rest)
      writer.raw(bytes.subarray(shared))
    }
    last = bytes
    writeNumbers(bits, numbers, bound)
  }
  writer.raw(bits.finish())
  return writer.finish()
}

/** The words of a run that are wanted. Throws PROTOCOL on what is none. */
export function readRun(
  first: string,
  row: Uint8Array,
  bound: number,
  isWanted: (word: string) => boolean = () => true,
): WordEntry[] {
  const reader = new ByteReader(row)
  const words = [first]
  let last = textEncoder.encode(first)
  for (let left = reader.varint() - 1; left > 0; left--) {
    const head = reader.u8()
    const length = (head & most) === most ? reader.varint() : head & most
    const rest = reader.raw(length)
    const shared = Math.min(head >> 4, last.length)
    const bytes = new Uint8Array(shared + length)
    bytes.set(last.subarray(0, shared))
    bytes.set(rest, shared)
    last = bytes
    words.push(textDecoder.decode(bytes))
  }
  const bits = new BitReader(reader.rest())
  const end = words.findLastIndex(isWanted) + 1
  return words.slice(0, end).flatMap((word): WordEntry[] => {
    const numbers = readNumbers(bits, bound)
    return isWanted(word) ? [[word, numbers]] : []
  })
}

function sharedBytes(a: Uint8Array, b: Uint8Array): number {
  let shared = 0
  while (shared < most && shared < a.length && a[shared] === b[shared]) shared++
  return shared
}

/** Compares words in the order of the store's keys: by UTF-8, where characters beyond 16 bits come last. */
export function compareWords(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit)
