import { decodeHeaderBytes } from '../encodings/charset.js'

/** A field of a header (RFC 5322 2.2) as offsets into the header's bytes. */
export interface HeaderField {
  /** Lower-case; empty for a line that is no field, such as an mbox `From ` line. */
  readonly name: string
  readonly start: number
  /** After the colon. */
  readonly valueStart: number
  /** After the last line end. */
  readonly end: number
}

const lf = 10
const cr = 13

/**
 * The fields of a header in order, up to its blank line or the end of the bytes. Lines that begin with a space or tab belong
 * to the field before. Every byte before the blank line is in exactly one field.
 */
export function* headerFields(bytes: Uint8Array): Generator<HeaderField> {
  let start = 0
  while (start < bytes.length && !isBlankLine(bytes, start)) {
    let end = lineEnd(bytes, start)
    while (end < bytes.length && isFold(bytes[end])) end = lineEnd(bytes, end)
    const colon = nameEnd(bytes, start)
    const name = colon < 0 ? '' : fieldName(bytes, start)
    yield { name, start, valueStart: name === '' ? start : colon + 1, end }
    start = end
  }
}

/** Size of the header that these bytes begin with, its blank line included when there is one. */
export function headerSize(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const end = lineEnd(bytes, at)
    if (isBlankLine(bytes, at)) return end
    at = end
  }
  return bytes.length
}

/** A field's value as text, unfolded, without white space around it, cut off at `maxBytes`. */
export function fieldText(bytes: Uint8Array, field: HeaderField, maxBytes: number): string {
  const end = Math.min(field.end, field.valueStart + maxBytes)
  return unfold(decodeHeaderBytes(bytes.subarray(field.valueStart, end)))
}

/** Takes the line ends out of a folded value (RFC 5322 2.2.3). */
export function unfold(value: string): string {
  return value.replace(/\r?\n/g, '').trim()
}

/** Where the line that begins at `start` ends, after its line feed. */
export function lineEnd(bytes: Uint8Array, start: number): number {
  const at = bytes.indexOf(lf, start)
  return at < 0 ? bytes.length : at + 1
}

/** CRLF where the first line has it. */
export function lineEndOf(bytes: Uint8Array): string {
  return bytes[bytes.indexOf(10) - 1] === 13 ? '\r\n' : '\n'
}

export function isBlankLine(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === lf || (bytes[start] === cr && bytes[start + 1] === lf)
}

function isFold(byte: number | undefined): boolean {
  return byte === 32 || byte === 9
}

/** Offset of the colon behind a field name, -1 where there is no field. Names are printable ASCII; obsolete syntax has spaces before the colon. */
function nameEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (isNameByte(bytes[at])) at++
  if (at === start || at - start > 100) return -1
  while (isFold(bytes[at])) at++
  return bytes[at] === 58 ? at : -1
}

function isNameByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > 32 && byte < 127 && byte !== 58
}

/** Without the spaces before the colon, of which there may be more than a call takes arguments. */
function fieldName(bytes: Uint8Array, start: number): string {
  let end = start
  while (isNameByte(bytes[end])) end++
  return String.fromCharCode(...bytes.subarray(start, end)).toLowerCase()
}
