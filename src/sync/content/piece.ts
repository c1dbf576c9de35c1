import { concat } from '../../bytes/concat.js'
import { type ByteSource, memorySource, readRange } from '../../bytes/source.js'
import { joinCold, partCold } from '../../mime/headers/cold-header.js'
import { messageChanged } from '../../mime/lines.js'
import { partSource, readStructure } from '../../mime/read-part.js'
import { rebuildMessage } from '../../mime/rebuild.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { hotSize, partRest } from '../../mime/structure-rest.js'
import { yieldToOthers } from '../yield-event-loop.js'

/**
 * The pieces in which a content travels, in the order of their numbers on the line and in the store: its
 * parts; the structure (of a long one, its beginning); the cold header fields, where they travel separately;
 * the rest of a long structure.
 */

export function structurePiece({ parts }: { readonly parts: readonly unknown[] }): number {
  return parts.length
}

/** The number of the piece with the cold header fields; undefined where the structure holds the whole header. */
export function coldPiece({ parts, cold }: Pick<Skeleton, 'parts' | 'cold'>): number | undefined {
  return cold && parts.length + 1
}

/** The number of the piece with the rest of the structure; undefined where the structure is one piece. */
export function restPiece({
  parts,
  cold,
  restBytes,
}: Pick<Skeleton, 'parts' | 'cold' | 'restBytes'>): number | undefined {
  return restBytes === undefined ? undefined : parts.length + (cold ? 2 : 1)
}

/** The size of each piece in bytes, by its number. */
export function pieceSizes(skeleton: Skeleton): number[] {
  const { parts, cold, restBytes } = skeleton
  return [
    ...parts.map(({ size }) => size),
    hotSize(skeleton) - (restBytes ?? 0),
    ...(cold ? [cold.sizeBytes] : []),
    ...(restBytes === undefined ? [] : [restBytes]),
  ]
}

/** One piece's bytes, decoded, over those of the whole message. Throws MESSAGE_CHANGED when these aren't what the skeleton was made of. */
export async function pieceSource(
  source: ByteSource,
  skeleton: Skeleton,
  piece: number,
): Promise<ByteSource | undefined> {
  if (piece < skeleton.parts.length) return partSource(source, skeleton, piece)
  if (piece >= pieceSizes(skeleton).length) return undefined
  return pieceOfStructure(await readStructure(source, skeleton), skeleton, piece)
}

/** A piece that is no part, over all of the structure. Throws MESSAGE_CHANGED as `pieceSource` does. */
export function pieceOfStructure(structure: Uint8Array, skeleton: Skeleton, piece: number): ByteSource {
  const { hot, cold } = skeleton.cold
    ? partCold(structure, skeleton.cold)
    : { hot: structure, cold: undefined }
  // Its fields tell where it is parted: in another header that is elsewhere.
  if (cold && cold.length !== skeleton.cold?.sizeBytes) throw messageChanged()
  if (cold && piece === coldPiece(skeleton)) return memorySource(cold)
  const { start, rest } = partRest(hot, skeleton)
  return memorySource(piece === structurePiece(skeleton) ? start : rest)
}

/** A piece of a message that is here, by its number. */
export type OpenPiece = (piece: number) => Promise<ByteSource>

/** The message put together, unproved. */
export async function* rebuildPieces(skeleton: Skeleton, open: OpenPiece): AsyncGenerator<Uint8Array> {
  const structure = await rebuildStructure(skeleton, open)
  yield* rebuildMessage(skeleton, structure, (part) => readPiece(open, part), yieldToOthers)
}

async function* readPiece(open: OpenPiece, piece: number): AsyncGenerator<Uint8Array> {
  yield* readRange(await open(piece))
}

/** The structure with its rest behind it and its cold fields in their places. */
export async function rebuildStructure(skeleton: Skeleton, open: OpenPiece): Promise<Uint8Array> {
  const structure = await hotStructure(skeleton, open)
  const cold = coldPiece(skeleton)
  if (!skeleton.cold || cold === undefined) return structure
  return joinCold(structure, await readAll(await open(cold)), skeleton.cold)
}

/** The structure without its cold header fields. */
export async function hotStructure(skeleton: Skeleton, open: OpenPiece): Promise<Uint8Array> {
  const start = await readAll(await open(structurePiece(skeleton)))
  const rest = restPiece(skeleton)
  return rest === undefined ? start : concat([start, await readAll(await open(rest))])
}

function readAll(source: ByteSource): Promise<Uint8Array> {
  return source.read(0, source.size)
}
