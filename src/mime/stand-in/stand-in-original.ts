import { readRange } from '../../bytes/source.js'
import { headerFields, lineEndOf } from '../headers/header-fields.js'
import { encodePart } from '../rebuild.js'
import type { Skeleton } from '../skeleton.js'
import { missingParts } from './missing-part.js'
import type { Piece, StandInInput } from './stand-in-input.js'

/** A stand-in in the original's structure: what is here stands byte for byte, each missing leaf has another header and body. */
export function originalPieces(input: StandInInput, skeleton: Skeleton, structure: Uint8Array): Piece[] {
  const { parts: here, turn } = input
  const eol = lineEndOf(structure)
  const encode = (text: string) => new TextEncoder().encode(text.replaceAll('\n', eol))
  const missing = missingParts(input, (part) => here.has(part))
  const pieces: Piece[] = []
  let at = 0
  for (const [i, size] of skeleton.structure.entries()) {
    const run = structure.subarray(at, at + size)
    at += size
    const part = skeleton.parts[i]
    const source = here.get(i)
    if (!part) pieces.push(run)
    else if (source) pieces.push(run, () => encodePart(part, readRange(source), turn))
    else {
      const headerStart = run.length - part.headerSize
      const header = keptFields(run.subarray(headerStart), eol)
      pieces.push(run.subarray(0, headerStart), ...header, encode(missing.fields(part, i)))
      // The line end before a delimiter is the delimiter's, where it has one.
      const ended = structure[at] === 10 || structure[at] === 13
      const text = missing.text(part, i)
      pieces.push(encode(`\n${ended ? text.trimEnd() : text}`))
    }
  }
  return joinHead(pieces)
}

/** A header's fields that say nothing about the body, whole lines all of them. */
function keptFields(header: Uint8Array, eol: string): Uint8Array[] {
  const kept: Uint8Array[] = []
  for (const { name, start, end } of headerFields(header))
    if (!name.startsWith('content-')) kept.push(header.subarray(start, end))
  const last = kept.at(-1)
  if (last && last.at(-1) !== 10) kept.push(new TextEncoder().encode(eol))
  return kept
}

/** The bytes before the first part as one piece, since the marker goes into them. */
function joinHead(pieces: readonly Piece[]): Piece[] {
  const head: Uint8Array[] = []
  const rest = [...pieces]
  for (let piece = rest[0]; piece instanceof Uint8Array; piece = rest[0]) {
    head.push(piece)
    rest.shift()
  }
  const size = head.reduce((sum, piece) => sum + piece.length, 0)
  const joined = new Uint8Array(size)
  let at = 0
  for (const piece of head) {
    joined.set(piece, at)
    at += piece.length
  }
  return [joined, ...rest]
}
