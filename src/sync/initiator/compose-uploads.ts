import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import type { Bearer } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { ContentRef } from '../../wire/content-frames.js'
import { encodeOffer, requestKinds } from '../../wire/request-frames.js'
import type { Account } from '../account.js'
import { noteUnreadable } from '../content/content-access.js'
import { type OpenPieces, openPieces } from '../content/open-pieces.js'
import { namingSkeleton } from '../content/part-digest.js'
import { pieceSizes, structurePiece } from '../content/piece.js'
import {
  contentKinds,
  type OutgoingFrame,
  pieceFrames,
  structureFrames,
  textFrame,
} from '../frames/outgoing.js'
import { makePrimer, primerFrame } from '../frames/primer.js'
import type { SharedHistory } from '../policy/shared-history.js'
import { GoneUp, isNamedUp, listUploads, smallOnes, type Upload } from './big-uploads.js'
import type { Ask } from './compose-request.js'

/** The content of messages that were made here, on its way up. */

/** Whether an upload was begun of which nobody here knows how far it came. */
export async function needsProbe(reader: Reader): Promise<boolean> {
  for await (const { value } of tables.upload.list(reader)) if (value.begun) return true
  return false
}

/** The content that goes up: small messages first, each from where the upstream has it. `onOffer` hears whether that lacks anything of it. */
export async function* composeUploads(
  account: Account,
  ask: Ask,
  onOffer: (bearer: Bearer, lacks: boolean) => void,
): AsyncGenerator<OutgoingFrame> {
  const { db } = account.replica
  const { sharedHistory: shared } = ask.policy
  const uploads = await chooseUploads(db, ask)
  if (!ask.plain) yield* primerFrames(account, uploads, shared)
  const sent = new Set<Guid>()
  const gone = new GoneUp(db, shared)
  for (const { bearer, content } of uploads) noteHeld(gone, content, ask.pending.get(bearer.guid)?.held ?? [])
  let offer = 0
  for (const { bearer, content } of uploads) {
    if (sent.has(content.id)) continue
    sent.add(content.id)
    // The line costs more than the disk: what goes up from its beginning is what was announced.
    const held = ask.pending.get(bearer.guid)?.held ?? []
    const prove = held.length === 0
    const open = await openPieces(account, content, { likely: bearer.guid, prove })
    if (!open) continue
    if (!ask.dry)
      await db.transact(async (tx: Transaction) =>
        tables.upload.put(tx, bearer.guid, { begun: true, waits: false }),
      )
    try {
      const ref = { scope: 0, id: offer++ }
      onOffer(bearer, lacksAny(content, held))
      yield textFrame(requestKinds.offer, encodeOffer(bearer.guid))
      yield* composeContent(account, ask, { bearer, content, open, gone, ref })
    } catch (error) {
      // What has gone is kept there. The rest goes when it can be read.
      await noteUnreadable(account, bearer.guid, error)
    } finally {
      await open.close()
    }
  }
}

/** What goes up in this exchange. What may be there already waits until the upstream says that it isn't. */
async function chooseUploads(reader: Reader, ask: Ask): Promise<Upload[]> {
  const uploads: Upload[] = []
  for await (const each of listUploads(reader)) {
    // So does what was begun, in an exchange that doesn't ask after it.
    const waits = each.upload.waits || (ask.uploadBytes !== undefined && each.upload.begun)
    if (ask.onlyPending && !ask.pending.has(each.bearer.guid)) continue
    if (!waits || ask.dry || ask.pending.has(each.bearer.guid)) uploads.push(each)
  }
  uploads.sort((a, b) => urgency(a) - urgency(b) || a.content.sizeBytes - b.content.sizeBytes)
  return ask.uploadBytes === undefined
    ? uploads
    : smallOnes(reader, uploads, ask.uploadBytes, ask.policy.sharedHistory)
}

/** What somebody waits for at the other end goes before what only keeps two sides alike. */
function urgency({ submission }: Upload): number {
  if (!submission) return 2
  return submission.urgent ? 0 : 1
}

/** The structure and the pieces of one content that the upstream lacks, and can't take from what it has. */
async function* composeContent(
  account: Account,
  { pending, frameBytes, policy: { sharedHistory } }: Ask,
  upload: {
    readonly bearer: Bearer
    readonly content: ContentRecord
    readonly open: OpenPieces
    readonly gone: GoneUp
    readonly ref: ContentRef
  },
): AsyncGenerator<OutgoingFrame> {
  const { bearer, content, open, gone, ref } = upload
  const { skeleton } = open
  const { db } = account.replica
  const held = pending.get(bearer.guid)?.held ?? []
  const naming = await namingSkeleton(db, content.id, skeleton, sharedHistory)
  // Not all that could be named is.
  const named = decodeSkeleton(naming)
  const structure = structurePiece(skeleton)
  const { up } = contentKinds
  const opened = await open.source(structure)
  if (!opened) return
  yield* structureFrames(up, ref, opened, skeleton, naming, { from: held[structure] ?? 0, frameBytes })
  for (const [piece, size] of pieceSizes(skeleton).entries()) {
    if (piece === structure) continue
    const from = held[piece] ?? 0
    const known =
      held.length > 0 ? from >= size && size > 0 : await isNamedUp(db, content, named, piece, gone)
    const source = known ? undefined : await open.source(piece)
    if (source) yield* pieceFrames(up, ref, source, skeleton, piece, { from, frameBytes })
    gone.add(content, skeleton, piece)
  }
}

/** Else the upstream has all of it, and waits for its mail store. */
export function lacksAny({ skeleton }: ContentRecord, held: readonly number[]): boolean {
  if (!skeleton || held.length === 0) return true
  return pieceSizes(decodeSkeleton(skeleton)).some((size, piece) => size > (held[piece] ?? 0))
}

/** What the upstream has of an upload that was cut, others can name. */
function noteHeld(gone: GoneUp, content: ContentRecord, held: readonly number[]): void {
  const { skeleton: encoded } = content
  if (!encoded || held.length === 0) return
  const skeleton = decodeSkeleton(encoded)
  for (const [piece, size] of pieceSizes(skeleton).entries())
    if ((held[piece] ?? 0) >= size) gone.add(content, skeleton, piece)
}

/** What is written here mostly answers something, or goes on from something, that both sides hold. */
async function* primerFrames(
  account: Account,
  uploads: readonly Upload[],
  shared: SharedHistory,
): AsyncGenerator<OutgoingFrame> {
  const coming = uploads.flatMap(({ bearer, content }) =>
    content.envelope ? [{ mailbox: bearer.mailbox, envelope: decodeEnvelope(content.envelope) }] : [],
  )
  const primed = await makePrimer(
    account,
    coming,
    { coldBytes: 0, shared },
    async ({ mailbox, upstream }, { upstreamHas }) =>
      upstreamHas && upstream > 0 ? { mailbox, number: upstream } : undefined,
  )
  if (primed) yield primerFrame(requestKinds.primer, primed)
}

/** Whether content can go up besides what `composeRequest` gives. What isn't all here waits for its bytes. */
export async function hasUploads(reader: Reader): Promise<boolean> {
  for await (const _ of listUploads(reader)) return true
  return false
}

/** Whether any byte of what the upstream waits for can go up. */
export async function lacksUploads(reader: Reader, pending: Ask['pending']): Promise<boolean> {
  for await (const { bearer, content } of listUploads(reader)) {
    const held = pending.get(bearer.guid)?.held
    if (held && lacksAny(content, held)) return true
  }
  return false
}
