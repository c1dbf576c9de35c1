import { type ByteSource, readRange } from '../../bytes/source.js'
import { withoutCold } from '../../mime/headers/cold-header.js'
import { decodeOutline } from '../../mime/outline.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { type StandInInput, standInMessage } from '../../mime/stand-in/stand-in.js'
import type { PlacedFile } from '../../replica/files.js'
import type { MailboxPath } from '../../replica/model.js'
import { type ContentRecord, type MessageRecord, wholeFile } from '../../replica/records.js'
import { blobSource } from '../../store/blob.js'
import type { Account } from '../account.js'
import { keepBytes, openContent, partBlob } from '../content/content-access.js'
import {
  blobsOf,
  isComplete,
  pieceOf,
  provePieces,
  rebuilt,
  useProved,
  useRebuilt,
} from '../content/content-shape.js'
import { coldPiece, hotStructure, rebuildStructure, restPiece, structurePiece } from '../content/piece.js'
import { isItOf } from '../content/recognise-message.js'
import { standInMarking } from '../content/stand-in-key.js'
import { threadedEnvelope } from '../content/thread.js'
import { ofSource } from '../error-scope.js'
import type { MailStore, NewMessage } from '../mail-store.js'
import { yieldToOthers } from '../yield-event-loop.js'
import { type KnownTwins, type ShownFile, showAsAnother } from './known-twins.js'

/** From what is here of a content to what stands in the mail store: whole, or with stand-ins. */

export interface ShownContent extends ShownFile {
  /** Set when these bytes were put together here for the first time. */
  readonly landed?: ContentRecord
  readonly unseen?: boolean
}

/**
 * Writes the best file that a message can have now: a link to the whole content if that stands elsewhere,
 * else the whole, put together and proved by its digest, else a stand-in. Undefined when there is nothing to
 * show yet.
 */
export async function showContent(
  account: Account,
  content: ContentRecord,
  record: MessageRecord,
  message: NewMessage,
  {
    path,
    replaces,
    twins,
  }: {
    readonly path: MailboxPath
    readonly replaces: PlacedFile | undefined
    readonly twins: KnownTwins
  },
): Promise<ShownContent | undefined> {
  const isIt = replaces && (await isItOf(account.replica.db, message.guid, replaces))
  const old = replaces && { locator: replaces.locator, flags: replaces.flags, ...(isIt && { isIt }) }
  const place: Place = { message, path, old }
  if (content.whole)
    return (
      (replaces ? undefined : await showAsAnother(account, content, place, twins)) ??
      showWhole(account, content, place)
    )
  if (isComplete(content)) return showRebuilt(account, content, place)
  // A stand-in says "fetch the rest from upstream": where there is none, nothing is shown until somebody brings it.
  const { outline, envelope } = content
  if (!account.replica.hasUpstream || !outline || !envelope) return undefined
  const bytes = standInMessage({
    guid: message.guid,
    marking: await standInMarking(account),
    envelope: await threadedEnvelope(
      account.replica.db,
      account.createHash,
      { ...content, envelope },
      record,
    ),
    outline: decodeOutline(outline),
    parts: await heldParts(account, content),
    gists: gistsOf(content),
    ...(await arrivedStructure(account, content)),
    turn: yieldToOthers,
  })
  return { ...(await account.mailStore.put(path, message, bytes, old)), shown: content.progress }
}

/** Where a file is to stand, and what stands there now. */
interface Place {
  readonly message: NewMessage
  readonly path: MailboxPath
  readonly old: Parameters<MailStore['put']>[3]
}

/** What can be read in the place of parts. */
function gistsOf({ gist, fileGists = {} }: ContentRecord): ReadonlyMap<number, string> {
  const files = Object.entries(fileGists).map(([part, { text }]) => [Number(part), text] as const)
  return new Map(gist ? [...files, [gist.part, gist.text]] : files)
}

async function showWhole(
  account: Account,
  content: ContentRecord,
  place: Place,
  prove = false,
): Promise<ShownContent | undefined> {
  const { message, path, old } = place
  const unreadable: unknown[] = []
  const open = await openContent(account, content, { unreadable, prove })
  // It is here, and can't be read now: nobody else is asked for it.
  if (!open && unreadable.length > 0) throw ofSource(unreadable[0])
  if (!open) return undefined
  try {
    const shown = await useProved(account, content, readRange(open), async (bytes) => {
      const placed = await account.mailStore.put(path, message, bytes, old)
      if (placed.altered) await keepBytes(account, content, readRange(open))
      return { ...placed, shown: wholeFile }
    })
    if (shown || prove) return shown
  } finally {
    await open.close()
  }
  // A program has written into that file: another may hold what was read first.
  return showWhole(account, content, place, true)
}

async function showRebuilt(
  account: Account,
  content: ContentRecord,
  { message, path, old }: Place,
): Promise<ShownContent | undefined> {
  const { pieces } = account.mailStore
  const { skeleton, sizeBytes } = content
  const whole = { shown: wholeFile, landed: content }
  if (pieces && skeleton) {
    if (!(await provePieces(account, content))) return undefined
    const placed = await pieces.put(path, message, { skeleton, sizeBytes, blobs: blobsOf(content) }, old)
    return { ...placed, ...whole }
  }
  return useRebuilt(account, content, async (bytes) => {
    const placed = await account.mailStore.put(path, message, bytes, old)
    if (placed.altered) await keepBytes(account, content, rebuilt(account, content))
    return { ...placed, ...whole }
  })
}

async function heldParts(account: Account, content: ContentRecord): Promise<Map<number, ByteSource>> {
  const parts = new Map<number, ByteSource>()
  const count = content.outline ? decodeOutline(content.outline).parts.length : 0
  for (const part of content.held)
    if (part < count) parts.set(part, await blobSource(account.replica.db, partBlob(content.id, part)))
  return parts
}

/**
 * The original's structure and what its skeleton says of it, without the cold fields until they have arrived.
 * Empty until the rest of the structure is here; the size of what is missing is returned with it.
 */
async function arrivedStructure(
  account: Account,
  content: ContentRecord,
): Promise<Pick<StandInInput, 'skeleton' | 'structure' | 'missingStructureBytes'>> {
  if (!content.skeleton) return {}
  const skeleton = decodeSkeleton(content.skeleton)
  if (!content.held.includes(structurePiece(skeleton))) return {}
  const rest = restPiece(skeleton)
  if (rest !== undefined && !content.held.includes(rest))
    return { missingStructureBytes: skeleton.restBytes ?? 0 }
  const cold = coldPiece(skeleton)
  if (cold === undefined || content.held.includes(cold))
    return { skeleton, structure: await rebuildStructure(skeleton, pieceOf(account, content)) }
  return {
    skeleton: withoutCold(skeleton),
    structure: await hotStructure(skeleton, pieceOf(account, content)),
  }
}
