import { mimeLimits } from '../limits.js'
import { messageChanged } from '../lines.js'
import type { Base64Encoding } from '../skeleton.js'

const alphabet = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const equals = 61
const none = 255
const values = new Uint8Array(256).fill(none)
alphabet.forEach((char, value) => {
  values[char] = value
})

const eolBytes = { lf: new Uint8Array([10]), crlf: new Uint8Array([13, 10]) }

/**
 * Decodes base64 (RFC 2045 6.8) in chunks, and checks meanwhile that `encodeBase64` with the recipe found
 * would give exactly the bytes that came in. Memory: one chunk.
 */
export class Base64Check {
  /** Cleared for good by the first byte that the encoding couldn't have made. */
  exact = true
  /** Decoded bytes so far, groups that are complete. */
  size = 0
  #lineLength: number | undefined
  #eol: 'lf' | 'crlf' | undefined
  #column = 0
  #characters = 0
  #group = 0
  #padding = 0
  /** White space since the last character: a line end if more follows, else the tail. */
  readonly #gap: number[] = []

  /** Decoded bytes that this chunk completes. */
  update(chunk: Uint8Array): Uint8Array {
    const decoded = new Uint8Array(Math.ceil((chunk.length / 4) * 3) + 3)
    let size = 0
    for (let i = 0; i < chunk.length && this.exact; i++) {
      const byte = chunk[i] ?? 0
      const value = values[byte] ?? none
      if (value === none && byte !== equals) {
        this.#space(byte)
        continue
      }
      if (this.#gap.length > 0) this.#newLine()
      if (this.#column === this.#lineLength) this.exact = false
      this.#column++
      this.#characters++
      if (byte === equals) {
        // Only in the last one or two places of a group, and nothing after it.
        this.#padding++
        if (this.#characters % 4 === 1 || this.#characters % 4 === 2) this.exact = false
        this.#group <<= 6
      } else {
        if (this.#padding > 0) this.exact = false
        this.#group = (this.#group << 6) | value
      }
      if (this.#characters % 4 !== 0) continue
      const dataBytes = 3 - this.#padding
      // Bits that padding throws away must be zero, or encoding wouldn't bring them back.
      if (this.#padding > 0 && (this.#group & ((1 << (8 * this.#padding)) - 1)) !== 0) this.exact = false
      for (let shift = 16, n = 0; n < dataBytes; n++, shift -= 8)
        decoded[size++] = (this.#group >> shift) & 255
      this.#group = 0
    }
    this.size += size
    return decoded.subarray(0, size)
  }

  /** The recipe, or undefined when the bytes can't be made that way. */
  finish(): Base64Encoding | undefined {
    if (!this.exact || this.#characters % 4 !== 0 || this.#characters === 0) return undefined
    const lineLength = this.#lineLength ?? Math.max(76, this.#characters)
    return { kind: 'base64', lineLength, eol: this.#eol ?? 'lf', tail: new Uint8Array(this.#gap) }
  }

  #space(byte: number): void {
    this.#gap.push(byte)
    if (!isSpace(byte) || this.#gap.length > mimeLimits.base64TailBytes) this.exact = false
  }

  /** A character after white space: that was a line end, and the line before had the full length. */
  #newLine(): void {
    const eol = this.#gap.length === 2 && this.#gap[0] === 13 && this.#gap[1] === 10 ? 'crlf' : 'lf'
    if (eol === 'lf' && (this.#gap.length !== 1 || this.#gap[0] !== 10)) this.exact = false
    this.#eol ??= eol
    this.#lineLength ??= this.#column
    if (eol !== this.#eol || this.#column !== this.#lineLength) this.exact = false
    if (this.#column < 4) this.exact = false
    this.#gap.length = 0
    this.#column = 0
  }
}

export function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13)
}

/** Size of what `encodeBase64` makes of `size` bytes. */
export function base64EncodedSize(size: number, { lineLength, eol, tail }: Base64Encoding): number {
  const characters = 4 * Math.ceil(size / 3)
  const lines = Math.ceil(characters / lineLength)
  return characters + Math.max(0, lines - 1) * eolBytes[eol].length + tail.length
}

/** Encodes a stream by a recipe, in chunks about as large as come in. */
export async function* encodeBase64(
  source: AsyncIterable<Uint8Array>,
  encoding: Base64Encoding,
): AsyncGenerator<Uint8Array> {
  const eol = eolBytes[encoding.eol]
  let rest: Uint8Array = new Uint8Array(0)
  let column = 0
  /** Whole groups, or the last bytes. */
  const encode = (bytes: Uint8Array): Uint8Array => {
    const characters = 4 * Math.ceil(bytes.length / 3)
    const out = new Uint8Array(characters + (Math.ceil(characters / encoding.lineLength) + 1) * eol.length)
    let at = 0
    for (let i = 0; i < bytes.length; i += 3) {
      const left = bytes.length - i
      const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
      for (let place = 0; place < 4; place++) {
        if (column === encoding.lineLength) {
          for (const byte of eol) out[at++] = byte
          column = 0
        }
        out[at++] = place > left ? equals : (alphabet[(group >> (18 - 6 * place)) & 63] ?? equals)
        column++
      }
    }
    return out.subarray(0, at)
  }
  for await (const chunk of source) {
    let bytes = chunk
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + chunk.length)
      bytes.set(rest)
      bytes.set(chunk, rest.length)
    }
    const whole = bytes.length - (bytes.length % 3)
    if (whole > 0) yield encode(bytes.subarray(0, whole))
    // Not slice: of a Buffer that is no copy, and the producer may use its chunk again.
    rest = new Uint8Array(bytes.subarray(whole))
  }
  if (rest.length > 0) yield encode(rest)
  if (encoding.tail.length > 0) yield encoding.tail
}

/**
 * Where a range of decoded bytes lies in the encoded ones: whole groups, and how many decoded bytes of the
 * first group come before the range.
 */
export function base64Range(
  offset: number,
  length: number,
  size: number,
  { lineLength, eol }: Base64Encoding,
): { readonly start: number; readonly end: number; readonly skip: number } {
  const characters = 4 * Math.ceil(size / 3)
  const first = 4 * Math.floor(offset / 3)
  const last = Math.min(characters, 4 * Math.ceil((offset + length) / 3))
  const position = (character: number) =>
    character + Math.floor(character / lineLength) * eolBytes[eol].length
  // The last character's position and one more: behind it may stand a line end that isn't ours.
  const end = last > first ? position(last - 1) + 1 : position(first)
  return { start: position(first), end, skip: offset % 3 }
}

/** Decodes a range that `base64Range` named. Throws MESSAGE_CHANGED when it holds anything but base64 and line ends. */
export function decodeBase64Groups(encoded: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(Math.ceil((encoded.length / 4) * 3))
  let size = 0
  let group = 0
  let places = 0
  let padding = 0
  for (const byte of encoded) {
    if (isSpace(byte)) continue
    const value = byte === equals ? 0 : (values[byte] ?? none)
    if (value === none) throw messageChanged()
    if (byte === equals) padding++
    group = (group << 6) | value
    if (++places % 4 !== 0) continue
    for (let shift = 16, n = 0; n < 3 - padding; n++, shift -= 8) decoded[size++] = (group >> shift) & 255
    group = 0
  }
  if (places % 4 !== 0) throw messageChanged()
  return decoded.subarray(0, size)
}
