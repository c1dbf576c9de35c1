import type { KeptBytes } from '../../bytes/kept-bytes.js'
import type { ByteSource } from '../../bytes/source.js'
import { hasCode } from '../../errors/packetboat-error.js'
import { structureSize } from '../../mime/body-offsets.js'
import { readStructure } from '../../mime/read-part.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { blobSource } from '../../store/blob.js'
import { type ContentRef, encodeSkeletonFrame } from '../../wire/content-frames.js'
import type { Account } from '../account.js'
import { begunVerifier, endVerifiers } from '../content/begun-verifiers.js'
import { type OpenContent, openContent, partBlob } from '../content/content-access.js'
import { namingSkeleton } from '../content/part-digest.js'
import { pieceOfStructure, pieceSizes, pieceSource, structurePiece } from '../content/piece.js'
import type { Shapes } from '../content/shapes.js'
import {
  isUnverified,
  noteVerified,
  type UnverifiedContent,
  verifyContent,
} from '../content/unverified-content.js'
import {
  type ContentKinds,
  type Cut,
  chunkFrames,
  type OutgoingFrame,
  pieceFrames,
  structureFrames,
  textFrame,
} from '../frames/outgoing.js'
import type { SharedHistory } from '../policy/shared-history.js'
import { rereadContent } from '../scan/reread-content.js'

/** Which piece goes, from which offset on, and what it is called there. */
export interface AskedPiece {
  readonly kinds: ContentKinds
  readonly ref: ContentRef
  readonly piece: number
  readonly cut: Cut
  /** Which digests may stand in a skeleton. */
  readonly shared: SharedHistory
}

/** The pieces of a content that are here, whole or not. */
export interface OpenPieces {
  /** How it was put together when it was opened, as far as that is known. */
  readonly skeleton?: Skeleton
  /** Its frames; none when it isn't here. */
  frames(asked: AskedPiece): AsyncIterable<OutgoingFrame>
  /** Keeps the structure for the next time, where the message is small and there is room for it. */
  keepStructure?(): Promise<void>
  close(): Promise<void>
}

/** Of a larger message only some parts are read, and opening it once more is little beside them. */
const smallBytes = 64 * 1024

export interface HowToOpen {
  readonly likely: Guid
  readonly prove: boolean
  /** What will be asked for. */
  readonly pieces: readonly number[]
  /** Structures that were read when their messages were open before, by the content's id: to open a file takes longer than to read it. */
  readonly structures: KeptBytes
}

/** Opens the pieces of a message's content. Undefined when nothing of it is here. */
export async function openPieces(
  account: Account,
  content: ContentRecord,
  how: HowToOpen,
  shapes: Shapes,
): Promise<OpenPieces | undefined> {
  if (!content.whole) return heldPieces(account, content, shapes)
  const skeleton = shapes.skeleton(content)
  if (!skeleton) return undefined
  const { pieces, prove, structures } = how
  const needsFile = prove || pieces.some((piece) => piece < structurePiece(skeleton))
  const structure = needsFile ? undefined : structures.get(content.id)
  if (structure) return piecesOfStructure(account, content, skeleton, structure)
  const source = await openContent(account, content, how)
  return source && openWholePieces(account, content, skeleton, source, structures)
}

/** What a program does to the file meanwhile is the next sync's: these bytes go with those of the text that was read with them. */
function piecesOfStructure(
  account: Account,
  content: ContentRecord,
  skeleton: Skeleton,
  structure: Uint8Array,
): OpenPieces {
  const count = pieceSizes(skeleton).length
  const open: OpenPiece = async (piece) =>
    piece < count ? pieceOfStructure(structure, skeleton, piece) : undefined
  return {
    skeleton,
    frames: (asked) => verifiedFrames(account, content, skeleton, open, asked),
    close: async () => {},
  }
}

function openWholePieces(
  account: Account,
  opened: ContentRecord,
  skeleton: Skeleton,
  source: OpenContent,
  structures: KeptBytes,
): OpenPieces {
  // Nearly all are verified. A generator function that is made anew for each message takes V8 long.
  const frames = (asked: AskedPiece): AsyncGenerator<OutgoingFrame> =>
    isUnverified(opened)
      ? wholeFrames(account, opened.id, source, asked)
      : verifiedFrames(account, opened, skeleton, pieceOf(source, skeleton), asked)
  const keepStructure = async (): Promise<void> => {
    if (isUnverified(opened) || source.size > smallBytes || structures.get(opened.id)) return
    if (structures.hasRoomFor(structureSize(skeleton)))
      structures.keep(opened.id, await readStructure(source, skeleton))
  }
  return { skeleton, frames, keepStructure, close: () => source.close() }
}

type OpenPiece = (piece: number) => Promise<ByteSource | undefined>

const pieceOf =
  (source: ByteSource, skeleton: Skeleton): OpenPiece =>
  (piece) =>
    pieceSource(source, skeleton, piece)

/** Of a message that wasn't verified when it was opened: as it is by now, since what goes before may be what found the digest. */
async function* wholeFrames(
  account: Account,
  id: Guid,
  source: OpenContent,
  asked: AskedPiece,
): AsyncGenerator<OutgoingFrame> {
  const content = await getContent(account.replica.db, id)
  try {
    if (isUnverified(content)) yield* unverifiedFrames(account, content, source, asked)
    else if (content?.skeleton) {
      const skeleton = decodeSkeleton(content.skeleton)
      yield* verifiedFrames(account, content, skeleton, pieceOf(source, skeleton), asked)
    }
  } catch (error) {
    if (!isUnverified(content) || !hasCode(error, 'MESSAGE_CHANGED')) throw error
    endVerifiers(account, id)
    await account.exclusive(() => rereadContent(account, id))
  }
}

async function* verifiedFrames(
  account: Account,
  content: ContentRecord,
  skeleton: Skeleton,
  open: OpenPiece,
  asked: AskedPiece,
): AsyncGenerator<OutgoingFrame> {
  const { kinds, ref, piece, cut, shared } = asked
  if (piece === structurePiece(skeleton) && isAtEnd(skeleton, cut)) {
    yield* digestFrames(account, asked, content)
    return
  }
  const opened = await open(piece)
  if (!opened) return
  if (piece !== structurePiece(skeleton)) yield* pieceFrames(kinds, ref, opened, skeleton, piece, cut)
  else {
    const naming = await namingSkeleton(account.replica.db, content.id, skeleton, shared)
    yield* structureFrames(kinds, ref, opened, skeleton, naming, cut)
  }
}

/** Streams bytes that haven't been verified, and sends nothing that isn't as the skeleton says. Throws MESSAGE_CHANGED. */
async function* unverifiedFrames(
  account: Account,
  content: UnverifiedContent,
  source: ByteSource,
  asked: AskedPiece,
): AsyncGenerator<OutgoingFrame> {
  const { kinds, ref, piece, cut } = asked
  const skeleton = decodeSkeleton(content.skeleton)
  if (piece === structurePiece(skeleton) && isAtEnd(skeleton, cut)) {
    yield* digestFrames(account, asked, await verifyContent(account, content))
    return
  }
  const part = skeleton.parts[piece]
  if (!part || part.digest !== undefined) {
    yield* verifiedFrames(account, content, skeleton, pieceOf(source, skeleton), asked)
    return
  }
  // Its last unread part is read with all the rest, once.
  const isLast = skeleton.parts.every(({ digest }, other) => other === piece || digest !== undefined)
  const proof = begunVerifier(account, content.id, skeleton, isLast ? undefined : piece)
  const proving: ByteSource = {
    size: source.size,
    read: async (offset, length) => {
      await proof.advance(source, offset + length)
      return source.read(offset, length)
    },
  }
  const opened = await pieceSource(proving, skeleton, piece)
  if (opened) yield* pieceFrames(kinds, ref, opened, skeleton, piece, cut)
  yield* digestFrames(account, asked, await noteVerified(account, content.id, await proof.finish(source)))
}

/** Whoever wants the structure from its end on has all of it, and wants the digest. */
function isAtEnd(skeleton: Skeleton, { from }: Cut): boolean {
  return from > 0 && from >= (pieceSizes(skeleton)[structurePiece(skeleton)] ?? 0)
}

/** The skeleton once more, for those who have had it without its digest. Nothing while that isn't known. */
async function* digestFrames(
  { replica }: Account,
  { kinds, ref, shared }: AskedPiece,
  content: ContentRecord | undefined,
): AsyncGenerator<OutgoingFrame> {
  if (content?.digest === undefined || !content.skeleton) return
  const skeleton = await namingSkeleton(replica.db, content.id, decodeSkeleton(content.skeleton), shared)
  yield textFrame(kinds.skeleton, encodeSkeletonFrame({ ref, skeleton, structure: new Uint8Array() }))
}

/** A replica between two others passes on what it has, and asks its own upstream for the rest. */
function heldPieces(account: Account, content: ContentRecord, shapes: Shapes): OpenPieces | undefined {
  const { replica } = account
  const outline = shapes.outline(content)
  if (!replica.hasUpstream || !outline) return undefined
  const { parts } = outline
  const structure = structurePiece({ parts })
  const skeleton = shapes.skeleton(content)
  async function* frames(asked: AskedPiece): AsyncGenerator<OutgoingFrame> {
    const { kinds, ref, piece, cut } = asked
    if (!content.held.includes(piece) || (piece === structure && !skeleton)) {
      if (piece <= structure || (skeleton && piece < pieceSizes(skeleton).length))
        await replica.db.transact(async (tx) => tables.wanted.put(tx, content.id, piece, true))
      return
    }
    if (piece === structure && skeleton && isAtEnd(skeleton, cut)) {
      yield* digestFrames(account, asked, content)
      return
    }
    const source = await blobSource(replica.db, partBlob(content.id, piece))
    const type = parts[piece]?.type ?? 'text/plain'
    if (piece === structure && skeleton && cut.from === 0) {
      const naming = await namingSkeleton(replica.db, content.id, skeleton, asked.shared)
      yield textFrame(
        kinds.skeleton,
        encodeSkeletonFrame({ ref, skeleton: naming, structure: new Uint8Array() }),
      )
    }
    try {
      yield* chunkFrames(kinds, ref, source, { part: piece, type, size: source.size, ...cut })
    } catch (error) {
      // The message has become whole meanwhile, and stands in the mail store: whoever asked goes on from there next time.
      if (!hasCode(error, 'MESSAGE_GONE')) throw error
    }
  }
  return { ...(skeleton && { skeleton }), frames, close: async () => {} }
}
