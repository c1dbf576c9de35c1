import { equalBytes } from '../../bytes/concat.js'
import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { mimeLimits, patchLimit } from '../limits.js'
import type { QuotedPrintableEncoding } from '../skeleton.js'
import { escapeClass, escapeClasses, standardEscapes } from './escape-rule.js'
import { type QuotedPrintableTokens, readQuotedPrintable } from './quoted-printable-tokens.js'
import { type BreakRule, hardLineEnd, keepings, predictBreak } from './soft-breaks.js'

/*
 * The patch, all numbers varints:
 *   flags      bit 0 soft breaks end in CRLF, bit 1 lower-case escapes, bit 2 the last soft break has no line end,
 *              bit 3 the break rule looks ahead, bits 4 and 5 what it keeps together (index into `keepings`)
 *   width      of the break rule
 *   classes    count, then the escape classes in which the rule is turned around, ascending, as gaps
 *   escapes    count, then the offsets of bytes that are written against the rule, ascending, as gaps
 *   breaks     up to the end: how many lines are as predicted, then for the line after them 0 when it has no soft break,
 *              else 1 + the bytes before its soft break
 */

const standardWidth = 76

/** So many bytes are gone over in one step: a part of some MB, by the rules of its author's choice, takes seconds of work. */
const stepBytes = 256 * 1024

interface Decoding {
  readonly decoded: Uint8Array
  readonly encoding: QuotedPrintableEncoding
}

/**
 * Decoded bytes and the recipe to encode them again; undefined when that isn't possible or not worth it.
 * Checked by encoding them. Works in steps, so that others get their turn in between; a small part takes one
 * step.
 */
export function* decodeQuotedPrintable(encoded: Uint8Array): Generator<undefined, Decoding | undefined> {
  if (encoded.length > mimeLimits.quotedPrintableBytes) return undefined
  const tokens = readQuotedPrintable(encoded)
  if (!tokens.regular) return undefined
  yield* pauseIn(encoded)
  const patch = yield* makePatch(tokens, patchLimit(encoded.length))
  if (!patch) return undefined
  const { decoded } = tokens
  const encoding: QuotedPrintableEncoding = { kind: 'quoted-printable', patch }
  try {
    const again = yield* encodeQuotedPrintable(decoded, encoding, encoded.length)
    return equalBytes(again, encoded) ? { decoded, encoding } : undefined
  } catch (error) {
    // The proof failed, however it did: the part travels as it stands.
    if (hasCode(error, 'PROTOCOL')) return undefined
    throw error
  }
}

/** Encodes by a recipe to exactly `encodedSize` bytes, in steps. Throws PROTOCOL when the recipe doesn't lead there. */
export function* encodeQuotedPrintable(
  decoded: Uint8Array,
  { patch }: QuotedPrintableEncoding,
  encodedSize: number,
): Generator<undefined, Uint8Array> {
  const recipe = readPatch(patch, decoded)
  yield* pauseIn(decoded)
  const eol = recipe.flags & 1 ? [13, 10] : [10]
  const digits = recipe.flags & 2 ? '0123456789abcdef' : '0123456789ABCDEF'
  const { escaped, breaks } = recipe
  // The line end that a bare last soft break lacks is written, and then left off.
  const out = new Uint8Array(encodedSize + eol.length)
  let size = 0
  let predicted = nextRun(breaks)
  for (let at = 0, stepEnd = stepBytes; ; ) {
    if (at >= stepEnd) {
      stepEnd = at + stepBytes
      yield
    }
    const length = predicted === 0 ? breaks.varint() - 1 : predictBreak(decoded, escaped, at, recipe.rule)
    predicted = predicted === 0 ? nextRun(breaks) : predicted - 1
    const end = length < 0 ? hardLineEnd(decoded, escaped, at) : Math.min(at + length, decoded.length)
    if (size + (end - at) > out.length) throw badPatch()
    for (let i = at; i < end; i++) {
      const byte = decoded[i] ?? 0
      if (escaped[i]) {
        out[size++] = 61
        out[size++] = digits.charCodeAt(byte >> 4)
        out[size++] = digits.charCodeAt(byte & 15)
      } else out[size++] = byte
    }
    // Offsets beyond the array are dropped silently, so only the size can tell.
    if (size > out.length) throw badPatch()
    const last =
      end === decoded.length && length < 0 && (end === at || decoded[end - 1] !== 10 || escaped[end - 1])
    if (last) break
    if (length >= 0) {
      out[size++] = 61
      for (const byte of eol) out[size++] = byte
      if (size > out.length) throw badPatch()
    }
    at = end
  }
  if (recipe.flags & 4) size -= eol.length
  if (size !== encodedSize || !breaks.done) throw badPatch()
  return out.subarray(0, size)
}

/** Behind work on all of it that is one step. */
function* pauseIn(bytes: Uint8Array): Generator<undefined, void> {
  if (bytes.length > stepBytes) yield
}

function nextRun(breaks: ByteReader): number {
  return breaks.done ? Number.POSITIVE_INFINITY : breaks.varint()
}

interface Recipe {
  readonly flags: number
  readonly rule: BreakRule
  readonly escaped: Uint8Array
  readonly breaks: ByteReader
}

function readPatch(patch: Uint8Array, decoded: Uint8Array): Recipe {
  const reader = new ByteReader(patch)
  const flags = reader.varint()
  const width = reader.varint()
  const keeps = keepings[(flags >> 4) & 3]
  // A line takes at least one escape and its `=`, or the prediction would never get on.
  if (flags > 63 || !keeps || width < 4 || width > mimeLimits.quotedPrintableLine) throw badPatch()
  const classes = standardEscapes()
  for (const kind of readAscending(reader, escapeClasses)) classes[kind] = 1 - (classes[kind] ?? 0)
  const escaped = applyEscapes(decoded, classes)
  for (const at of readAscending(reader, decoded.length)) escaped[at] = 1 - (escaped[at] ?? 0)
  return { flags, rule: { width, looksAhead: (flags & 8) !== 0, keeps }, escaped, breaks: reader }
}

function applyEscapes(decoded: Uint8Array, classes: Uint8Array): Uint8Array {
  const escaped = new Uint8Array(decoded.length)
  for (let at = 0; at < decoded.length; at++) escaped[at] = classes[escapeClass(decoded, at)] ?? 0
  return escaped
}

function* readAscending(reader: ByteReader, below: number): Generator<number> {
  const count = reader.varint()
  let at = -1
  for (let i = 0; i < count; i++) {
    at += 1 + reader.varint()
    if (at >= below) throw badPatch()
    yield at
  }
}

function writeAscending(writer: ByteWriter, numbers: readonly number[]): void {
  writer.varint(numbers.length)
  let previous = -1
  for (const number of numbers) {
    writer.varint(number - previous - 1)
    previous = number
  }
}

/** The smallest patch over the likely break rules, or undefined when all are beyond the limit. */
function* makePatch(
  tokens: QuotedPrintableTokens,
  limit: number,
): Generator<undefined, Uint8Array | undefined> {
  const { decoded, escaped } = tokens
  const turned = turnedClasses(decoded, escaped)
  yield* pauseIn(decoded)
  const classes = standardEscapes()
  for (const kind of turned) classes[kind] = 1 - (classes[kind] ?? 0)
  const expected = applyEscapes(decoded, classes)
  yield* pauseIn(decoded)
  const exceptions: number[] = []
  for (let at = 0; at < decoded.length; at++) {
    if (escaped[at] !== expected[at]) exceptions.push(at)
    if (exceptions.length > limit) return undefined
  }
  yield* pauseIn(decoded)
  let best: Uint8Array | undefined
  const rules = likelyRules(tokens)
  yield* pauseIn(decoded)
  for (const rule of rules) {
    const writer = new ByteWriter()
    const { eol, lowerCase, endsBare } = tokens
    const keeping = keepings.indexOf(rule.keeps)
    const ahead = rule.looksAhead ? 8 : 0
    writer.varint((eol === 'crlf' ? 1 : 0) + (lowerCase ? 2 : 0) + (endsBare ? 4 : 0) + ahead + keeping * 16)
    writer.varint(rule.width)
    writeAscending(writer, turned)
    writeAscending(writer, exceptions)
    const fixed = writer.size
    if (!(yield* writeBreaks(writer, tokens, rule, Math.min(limit, best?.length ?? limit)))) continue
    if (!best || writer.size < best.length) best = writer.finish()
    if (writer.size === fixed) break
  }
  return best
}

/** Writes the lines that the rule doesn't predict. False when that takes more than `limit` bytes. */
function* writeBreaks(
  writer: ByteWriter,
  tokens: QuotedPrintableTokens,
  rule: BreakRule,
  limit: number,
): Generator<undefined, boolean> {
  const { decoded, escaped, breaks } = tokens
  let predicted = 0
  let next = 0
  let hardEnd = 0
  for (let at = 0, stepEnd = stepBytes; ; ) {
    if (at >= stepEnd) {
      stepEnd = at + stepBytes
      yield
    }
    // Looked for once a hard line: one of a megabyte may hold thousands of soft breaks.
    if (at >= hardEnd) hardEnd = hardLineEnd(decoded, escaped, at)
    const broken = breaks[next]
    // A break just behind a hard line end belongs to the line after it.
    const endsHard = hardEnd > at && decoded[hardEnd - 1] === 10 && !escaped[hardEnd - 1]
    const actual = broken !== undefined && (broken < hardEnd || !endsHard) ? broken - at : -1
    if (predictBreak(decoded, escaped, at, rule) === actual) predicted++
    else {
      writer.varint(predicted)
      writer.varint(actual + 1)
      if (writer.size > limit) return false
      predicted = 0
    }
    if (actual < 0 && !endsHard) return writer.size <= limit
    at = actual < 0 ? hardEnd : at + actual
    if (actual >= 0) next++
  }
}

/** The classes most of whose bytes are written against the standard rule. */
function turnedClasses(decoded: Uint8Array, escaped: Uint8Array): number[] {
  const balance = new Int32Array(escapeClasses)
  const standard = standardEscapes()
  for (let at = 0; at < decoded.length; at++) {
    const kind = escapeClass(decoded, at)
    balance[kind] = (balance[kind] ?? 0) + (escaped[at] === standard[kind] ? -1 : 1)
  }
  const turned: number[] = []
  balance.forEach((value, kind) => {
    if (value > 0) turned.push(kind)
  })
  return turned
}

function likelyRules({ decoded, escaped, breaks }: QuotedPrintableTokens): BreakRule[] {
  const counts = new Uint32Array(mimeLimits.quotedPrintableLine + 1)
  let widest = 0
  let start = 0
  for (const at of breaks) {
    let width = 1
    for (let i = at - 1; i >= start && width < counts.length; i--) {
      if (decoded[i] === 10 && !escaped[i]) break
      width += escaped[i] ? 3 : 1
    }
    start = at
    if (width >= counts.length) continue
    counts[width] = (counts[width] ?? 0) + 1
    widest = Math.max(widest, width)
  }
  if (widest < 4) return [{ width: standardWidth, looksAhead: true, keeps: 'nothing' }]
  const usual = Math.max(4, counts.indexOf(Math.max(...counts)))
  const rules: BreakRule[] = []
  for (const width of new Set([widest, usual]))
    for (const keeps of keepings)
      for (const looksAhead of [true, false]) rules.push({ width, looksAhead, keeps })
  return rules
}

function badPatch(): PacketboatError {
  return new PacketboatError(
    'PROTOCOL',
    'A quoted-printable recipe does not rebuild its message.',
    'Nothing was written. Check that both sides run the same version of packetboat, then sync again.',
  )
}
