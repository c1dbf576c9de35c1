import { concat } from '../bytes/concat.js'
import type { SmallArrays } from '../bytes/small-arrays.js'
import { type SortableKey, sortable } from './sorted-keys.js'
import type { Key, KeyPart, KeyRange } from './store.js'

/**
 * Encodes keys as bytes that sort as the keys do, after FoundationDB's tuple layer. A number is 0x10 + its
 * length in bytes, then those bytes, most significant first; a string 0x20, its UTF-8, 0x00; bytes are 0x30,
 * the bytes, 0x00. A 0x00 inside becomes 0x00 0xff. No part begins with a byte above 0x30, so "end of part"
 * sorts before "escaped 0x00", and a key before those that it is a prefix of.
 */

const numberTag = 0x10
const maxNumberBytes = 7
const stringTag = 0x20
const bytesTag = 0x30
/** Above the first byte of any part. */
const afterAnyPart = 0x40
const terminator = 0x00
const escaped = 0xff

const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Throws a RangeError on a number that is no safe whole number from 0 up and on a lone surrogate: both would be our own mistake.
 * @param arrays where callers make very many keys
 */
export function encodeKey(key: Key, arrays?: SmallArrays): Uint8Array {
  return encodePlainKey(key, arrays) ?? concat(key.map(encodePart))
}

/**
 * Encodes in one piece the keys whose texts are ASCII without 0x00, which nearly all are: every read and
 * write of a record passes here, and joining pieces took four times as long. Undefined for other keys.
 */
function encodePlainKey(key: Key, arrays?: SmallArrays): Uint8Array | undefined {
  let size = 0
  for (const part of key) {
    if (typeof part === 'string') size += part.length + 2
    else if (typeof part === 'number') size += 1 + numberSize(part)
    else return undefined
  }
  const bytes = arrays?.take(size) ?? new Uint8Array(size)
  let at = 0
  for (const part of key) {
    if (typeof part === 'string') {
      bytes[at++] = stringTag
      for (let i = 0; i < part.length; i++) {
        const code = part.charCodeAt(i)
        if (code === 0 || code > 127) return undefined
        bytes[at++] = code
      }
      bytes[at++] = terminator
    } else if (typeof part === 'number') at = putNumber(bytes, at, part)
  }
  return bytes
}

/**
 * What `sortable` gives of an encoded key. Made of texts instead of bytes wherever they are ASCII without 0x00:
 * each record is looked for by this first, and making bytes takes longer.
 */
export function sortableKey(key: Key): SortableKey {
  let text = ''
  for (const part of key) {
    if (typeof part === 'number') text += sortableNumber(part)
    else if (typeof part === 'string' && isPlain(part)) text += ` ${part}\0`
    else return sortable(encodeKey(key))
  }
  return text
}

/** Nearly all numbers in keys are small. */
function sortableNumber(value: number): SortableKey {
  if (numberSize(value) > 2) return sortable(encodeNumber(value))
  if (value === 0) return String.fromCharCode(numberTag)
  if (value < 256) return String.fromCharCode(numberTag + 1, value)
  return String.fromCharCode(numberTag + 2, value >> 8, value & 255)
}

function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0 || code > 127) return false
  }
  return true
}

/** The key that was encoded, in memory of its own. Throws a RangeError on bytes that `encodeKey` never gives: the store is damaged, or not ours. */
export function decodeKey(bytes: Uint8Array): Key {
  const key: KeyPart[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0
    if (tag === stringTag || tag === bytesTag) {
      const end = endOfPart(bytes, at + 1)
      const raw = withoutEscapes(bytes.subarray(at + 1, end))
      key.push(tag === bytesTag ? raw : decodeText(raw))
      at = end + 1
    } else {
      const length = tag - numberTag
      if (length < 0 || length > maxNumberBytes || at + 1 + length > bytes.length) throw notAKey()
      key.push(decodeNumber(bytes.subarray(at + 1, at + 1 + length)))
      at += 1 + length
    }
  }
  return key
}

/** A range as encoded keys: `from` <= key < `to`. Nothing lies in it when `from` >= `to`. */
export function rangeBounds(range: KeyRange): { readonly from: Uint8Array; readonly to: Uint8Array } {
  const prefix = encodeKey(range.prefix)
  const { start, end } = range
  return {
    from: start?.length ? concat([prefix, encodeKey(start)]) : justAfter(prefix),
    to: end ? concat([prefix, encodeKey(end)]) : concat([prefix, Uint8Array.of(afterAnyPart)]),
  }
}

/** What `sortable` gives of a range's bounds. */
export function sortableBounds(range: KeyRange): { readonly from: SortableKey; readonly to: SortableKey } {
  const prefix = sortableKey(range.prefix)
  const { start, end } = range
  return {
    from: prefix + (start?.length ? sortableKey(start) : '\0'),
    to: prefix + (end ? sortableKey(end) : String.fromCharCode(afterAnyPart)),
  }
}

/** The lowest bytes above these: where a list goes on. */
export function justAfter(encoded: Uint8Array): Uint8Array {
  const next = new Uint8Array(encoded.length + 1)
  next.set(encoded)
  return next
}

function encodePart(part: KeyPart): Uint8Array {
  if (typeof part === 'number') return encodeNumber(part)
  if (typeof part === 'string') return withEscapes(stringTag, encodeText(part))
  return withEscapes(bytesTag, part)
}

function encodeNumber(value: number): Uint8Array {
  const bytes = new Uint8Array(1 + numberSize(value))
  putNumber(bytes, 0, value)
  return bytes
}

/** The number's size in bytes, without its tag. */
function numberSize(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${value} can't be in a key: only whole numbers from 0 to 2^53-1`)
  let size = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) size++
  return size
}

/** Returns where the next part begins. */
function putNumber(bytes: Uint8Array, at: number, value: number): number {
  const size = numberSize(value)
  bytes[at] = numberTag + size
  for (let i = at + size, rest = value; i > at; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256
  return at + size + 1
}

function decodeNumber(bytes: Uint8Array): number {
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  if (bytes[0] === 0 || !Number.isSafeInteger(value)) throw notAKey()
  return value
}

function encodeText(text: string): Uint8Array {
  // TextEncoder would make U+FFFD of it, and two keys would become one.
  if (/\p{Surrogate}/u.test(text)) throw new RangeError("a lone surrogate can't be in a key")
  return textEncoder.encode(text)
}

function decodeText(bytes: Uint8Array): string {
  try {
    return textDecoder.decode(bytes)
  } catch (cause) {
    throw notAKey({ cause })
  }
}

function withEscapes(tag: number, bytes: Uint8Array): Uint8Array {
  let zeros = 0
  for (const byte of bytes) if (byte === 0) zeros++
  const out = new Uint8Array(bytes.length + zeros + 2)
  out[0] = tag
  let at = 1
  for (const byte of bytes) {
    out[at++] = byte
    if (byte === 0) out[at++] = escaped
  }
  out[at] = terminator
  return out
}

function endOfPart(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(terminator, from); at >= 0; at = bytes.indexOf(terminator, at + 2))
    if (bytes[at + 1] !== escaped) return at
  throw notAKey()
}

function withoutEscapes(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0)) return new Uint8Array(bytes)
  const out = new Uint8Array(bytes.length)
  let size = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    out[size++] = byte
    if (byte === 0) at++
  }
  return out.slice(0, size)
}

function notAKey(options?: { cause: unknown }): RangeError {
  return new RangeError('not an encoded key', options)
}
