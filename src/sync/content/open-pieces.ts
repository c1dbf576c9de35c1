import { concat } from '../../bytes/concat.js'
import type { ByteSource } from '../../bytes/source.js'
import { mimeLimits } from '../../mime/limits.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import { blobSource } from '../../store/blob.js'
import type { Account } from '../account.js'
import { openContent, partBlob } from './content-access.js'
import { pieceSource, restPiece, structurePiece } from './piece.js'

/** The pieces of a content that are here, whether all of it is in the mail store or some of it in the store's blobs. */
export interface OpenPieces {
  readonly skeleton: Skeleton
  /** A piece, decoded; undefined when it isn't here. Throws MESSAGE_CHANGED. */
  source(piece: number): Promise<ByteSource | undefined>
  close(): Promise<void>
}

/** Opens a content's pieces. Undefined when only a list entry is here, or the message can't be read now. The caller may say which message likely shows it, and have it proved. */
export async function openPieces(
  account: Account,
  content: ContentRecord,
  how: { readonly likely?: Guid; readonly prove?: boolean } = {},
): Promise<OpenPieces | undefined> {
  if (!content.skeleton) return undefined
  const skeleton = decodeSkeleton(content.skeleton)
  if (!content.whole) return { skeleton, source: heldPieces(account, content), close: async () => {} }
  const whole = await openContent(account, content, how)
  if (!whole) return undefined
  return {
    skeleton,
    source: (piece) => pieceSource(whole, skeleton, piece),
    close: () => whole.close(),
  }
}

/** Pieces that have come, also before the skeleton. */
export const heldPieces =
  ({ replica: { db } }: Account, { id, held }: ContentRecord): OpenPieces['source'] =>
  async (piece) =>
    held.includes(piece) ? blobSource(db, partBlob(id, piece)) : undefined

/** The structure without its cold fields, as far as it is here from its beginning; undefined where that isn't. */
export async function structureHere({ skeleton, source }: OpenPieces): Promise<Uint8Array | undefined> {
  const start = await source(structurePiece(skeleton))
  if (!start) return undefined
  const piece = restPiece(skeleton)
  const rest = piece === undefined ? undefined : await source(piece)
  const read = [start, ...(rest ? [rest] : [])].map((each) => each.read(0, mimeLimits.structureBytes))
  return concat(await Promise.all(read))
}
