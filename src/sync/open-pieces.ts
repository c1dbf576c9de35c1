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
  type Cut,
  chunkFrames,
  type OutgoingFrame,
  partFrames,
  structureFrames,
  textFrame,
} from './outgoing.js'

/** The pieces of a content that are here, whole or not. */
export interface OpenPieces {
  /** The number of the piece that is the structure. */
  readonly structure: number
  /** Frames of one piece from an offset on; none when it isn't here. */
  frames(kinds: ContentKinds, ref: ContentRef, part: number, cut: Cut): AsyncIterable<OutgoingFrame>
  close(): Promise<void>
}

/** Undefined when nothing of it is here. */
export async function openPieces(account: Account, content: ContentRecord): Promise<OpenPieces | undefined> {
  if (!content.whole) return heldPieces(account, content)
  if (!content.skeleton) return undefined
  const source = await openContent(account, content)
  if (!source) return undefined
  const skeleton = decodeSkeleton(content.skeleton)
  const structure = skeleton.parts.length
  return {
    structure,
    frames: (kinds, ref, part, cut) =>
      part === structure
        ? structureFrames(kinds, ref, source, skeleton, cut)
        : partFrames(kinds, ref, source, skeleton, part, cut),
    close: () => source.close(),
  }
}

/** A replica between two others passes on what it has, and asks its own upstream for the rest. */
function heldPieces(account: Account, content: ContentRecord): OpenPieces | undefined {
  const { replica } = account
  if (!replica.hasUpstream || !content.outline) return undefined
  const { parts } = decodeOutline(content.outline)
  const structure = parts.length
  async function* frames(
    kinds: ContentKinds,
    ref: ContentRef,
    part: number,
    cut: Cut,
  ): AsyncGenerator<OutgoingFrame> {
    if (!content.held.includes(part) || (part === structure && !content.skeleton)) {
      await replica.db.transact(async (tx) => tx.put(keys.wanted(content.id, part), true))
      return
    }
    const source = await blobSource(replica.db, partBlob(content.id, part))
    const type = part === structure ? 'text/plain' : (parts[part]?.type ?? '')
    if (part === structure && cut.from === 0 && content.skeleton)
      yield textFrame(
        kinds.skeleton,
        encodeSkeletonFrame({ ref, skeleton: content.skeleton, structure: new Uint8Array() }),
      )
    try {
      yield* chunkFrames(kinds, ref, source, { part, type, size: source.size, ...cut })
    } catch (error) {
      // The message has become whole meanwhile, and stands in the mail store: whoever asked goes on from there next time.
      if (!hasCode(error, 'MESSAGE_GONE')) throw error
    }
  }
  return { structure, frames, close: async () => {} }
}
