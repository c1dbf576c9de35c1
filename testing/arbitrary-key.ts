import fc from 'fast-check'
import type { Key, KeyPart } from '../src/store/store.js'

const edgeNumbers = [
  0,
  1,
  127,
  128,
  255,
  256,
  65535,
  65536,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 48,
  Number.MAX_SAFE_INTEGER,
]

/** Parts with the values where encodings break: around powers of 256, zero bytes, astral characters. */
export const arbitraryPart: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc.constantFrom(...edgeNumbers),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('\0', 'a', '\x01', 'ÿ', '\uffff', '\u{10000}'), maxLength: 4 }),
  fc.uint8Array({ maxLength: 6 }),
  fc.array(fc.constantFrom(0, 1, 255), { maxLength: 4 }).map((bytes) => Uint8Array.from(bytes)),
)

export const arbitraryKey: fc.Arbitrary<Key> = fc.array(arbitraryPart, { maxLength: 4 })

/** The order that `KeyPart` documents, written down without any encoding. */
export function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareParts(a[i]!, b[i]!)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function compareParts(a: KeyPart, b: KeyPart): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  return Buffer.compare(asBytes(a), asBytes(b))
}

function rank(part: KeyPart): number {
  return typeof part === 'number' ? 0 : typeof part === 'string' ? 1 : 2
}

function asBytes(part: KeyPart): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part, 'utf8') : (part as Uint8Array)
}
