import { memorySource } from '../../bytes/source.js'
import { lineEnd, lineEndOf } from '../headers/header-fields.js'
import { StandInFingerprint } from './stand-in-fingerprint.js'
import type { Piece, StandInInput } from './stand-in-input.js'
import { markerLine } from './stand-in-marker.js'
import { originalPieces } from './stand-in-original.js'
import { synthesisedPieces } from './stand-in-synthesised.js'

export { type AshorePlace, ashoreStandIn, readAshorePlace } from './ashore-stand-in.js'
export { findCarried, placeholderBeside, resentEnd } from './carried.js'
export { withDecodedMessages } from './decoded-messages.js'
export { PlaceholderScan } from './placeholders.js'
export type { StandInInput } from './stand-in-input.js'
export {
  type MarkerKey,
  readMarker,
  type StandInMarker,
  standInId,
  withoutMarker,
} from './stand-in-marker.js'
export { withoutTags } from './without-tags.js'

/**
 * Writes a valid message that shows what is here of another one, names what is missing and says how to get
 * it. With skeleton and structure, every original byte that is here stands in its place; without them, header
 * and structure are made up from envelope and outline. The top header says what this is (`readMarker`). All
 * pieces are read twice, since the marker's fingerprint comes before them.
 */
export async function* standInMessage(input: StandInInput): AsyncGenerator<Uint8Array> {
  const { guid, marking, outline, skeleton, structure } = input
  const parts = new Map(input.parts)
  // Of an empty part nothing can be missing.
  outline.parts.forEach(({ size }, i) => {
    if (size === 0) parts.set(i, memorySource(new Uint8Array(0)))
  })
  const known = { ...input, parts }
  const pieces =
    skeleton && structure ? originalPieces(known, skeleton, structure) : await synthesisedPieces(known)
  const fingerprint = new StandInFingerprint(marking.createHash, guid)
  for await (const chunk of readPieces(pieces)) fingerprint.update(chunk)
  const [first = new Uint8Array(0), ...rest] = pieces
  const head = first instanceof Uint8Array ? first : new Uint8Array(0)
  // An mbox separator is no field and must stay the first line.
  const separator = startsWithFrom(head) ? lineEnd(head, 0) : 0
  yield head.subarray(0, separator)
  yield new TextEncoder().encode(`${markerLine(marking, guid, fingerprint.digest())}${lineEndOf(head)}`)
  yield head.subarray(separator)
  yield* readPieces(head === first ? rest : pieces)
}

async function* readPieces(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece
    else yield* piece()
  }
}

function startsWithFrom(bytes: Uint8Array): boolean {
  return [70, 114, 111, 109, 32].every((byte, i) => bytes[i] === byte)
}
