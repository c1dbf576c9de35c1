import { type ByteSource, memorySource } from '../bytes/source.js'
import { structureSize } from '../mime/body-offsets.js'
import { partCold } from '../mime/cold-header.js'
import { partSource, readStructure } from '../mime/read-part.js'
import type { Skeleton } from '../mime/skeleton.js'

/**
 * The pieces in which a content travels, as they are numbered on the line and in the store: its parts, then the structure, then the cold
 * fields of its header where these travel apart.
 */

export function structurePiece({ parts }: { readonly parts: readonly unknown[] }): number {
  return parts.length
}

/** Undefined where all of the header is in the structure. */
export function coldPiece({ parts, cold }: Pick<Skeleton, 'parts' | 'cold'>): number | undefined {
  return cold && parts.length + 1
}

/** Bytes of each piece, by its number. */
export function pieceSizes(skeleton: Skeleton): number[] {
  const { parts, cold } = skeleton
  const sizes = parts.map(({ size }) => size)
  return cold
    ? [...sizes, structureSize(skeleton) - cold.sizeBytes, cold.sizeBytes]
    : [...sizes, structureSize(skeleton)]
}

/** One piece's bytes, decoded, over those of the whole message. Throws MESSAGE_CHANGED when these aren't what the skeleton was made of. */
export async function pieceSource(
  source: ByteSource,
  skeleton: Skeleton,
  piece: number,
): Promise<ByteSource | undefined> {
  if (piece < skeleton.parts.length) return partSource(source, skeleton, piece)
  const isStructure = piece === structurePiece(skeleton)
  if (!isStructure && piece !== coldPiece(skeleton)) return undefined
  const structure = await readStructure(source, skeleton)
  if (!skeleton.cold) return memorySource(structure)
  const { hot, cold } = partCold(structure, skeleton.cold)
  return memorySource(isStructure ? hot : cold)
}
