import { hasCode } from '../errors/packetboat-error.js'
import { decodeOutline } from '../mime/outline.js'
import { decodeSkeleton } from '../mime/skeleton-codec.js'
import { type ContentRecord, keys } from '../replica/records.js'
import { blobSource } from '../store/blob.js'
import { type ContentRef, encodeSkeletonFrame } from '../wire/content-frames.js'
import type { Account } from './account.js'
import { openContent, partBlob } from './content-access.js'
import {
  type ContentKinds,
  chunkFrames,
  type OutgoingFrame,
  pieceFrames,
  structureFrames,
  textFrame,
} from './outgoing.js'
import { namingSkeleton } from './part-digest.js'
import { coldPiece, structurePiece } from './piece.js'

/** The pieces of a content that are here, whole or not. */
export interface OpenPieces {
  /** Frames of one piece from an offset on; none when it isn't here. */
  frames(kinds: ContentKinds, ref: ContentRef, piece: number, from: number): AsyncIterable<OutgoingFrame>
  close(): Promise<void>
}

/** Undefined when nothing of it is here. */
export async function openPieces(account: Account, content: ContentRecord): Promise<OpenPieces | undefined> {
  if (!content.whole) return heldPieces(account, content)
  if (!content.skeleton) return undefined
  const source = await openContent(account, content)
  if (!source) return undefined
  const skeleton = decodeSkeleton(content.skeleton)
  async function* frames(
    kinds: ContentKinds,
    ref: ContentRef,
    piece: number,
    from: number,
  ): AsyncGenerator<OutgoingFrame> {
    if (!source) return
    if (piece !== structurePiece(skeleton)) yield* pieceFrames(kinds, ref, source, skeleton, piece, from)
    else {
      const naming = await namingSkeleton(account.replica.db, content)
      yield* structureFrames(kinds, ref, source, skeleton, { naming, from })
    }
  }
  return { frames, close: () => source.close() }
}

/** A replica between two others passes on what it has, and asks its own upstream for the rest. */
function heldPieces(account: Account, content: ContentRecord): OpenPieces | undefined {
  const { replica } = account
  if (!replica.hasUpstream || !content.outline) return undefined
  const { parts } = decodeOutline(content.outline)
  const structure = structurePiece({ parts })
  async function* frames(
    kinds: ContentKinds,
    ref: ContentRef,
    piece: number,
    from: number,
  ): AsyncGenerator<OutgoingFrame> {
    if (!content.held.includes(piece) || (piece === structure && !content.skeleton)) {
      if (piece <= structure || (content.skeleton && piece === coldPiece(decodeSkeleton(content.skeleton))))
        await replica.db.transact(async (tx) => tx.put(keys.wanted(content.id, piece), true))
      return
    }
    const source = await blobSource(replica.db, partBlob(content.id, piece))
    const type = parts[piece]?.type ?? 'text/plain'
    if (piece === structure && from === 0) {
      const skeleton = await namingSkeleton(replica.db, content)
      yield textFrame(kinds.skeleton, encodeSkeletonFrame({ ref, skeleton, structure: new Uint8Array() }))
    }
    try {
      yield* chunkFrames(kinds, ref, source, { part: piece, type, size: source.size, from })
    } catch (error) {
      // The message has become whole meanwhile, and stands in the mail store: whoever asked goes on from there next time.
      if (!hasCode(error, 'MESSAGE_GONE')) throw error
    }
  }
  return { frames, close: async () => {} }
}
