import { toHex } from '../../bytes/hex.js'
import type { ByteSource } from '../../bytes/source.js'
import { readRange } from '../../bytes/source.js'
import { withoutCold } from '../../mime/headers/cold-header.js'
import { decodeOutline } from '../../mime/outline.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { type StandInInput, standInMessage } from '../../mime/stand-in/stand-in.js'
import { getContent, putContent } from '../../replica/contents.js'
import { hasDevices } from '../../replica/devices.js'
import { fileOf, type PlacedFile, standsIn } from '../../replica/files.js'
import { currentName } from '../../replica/ids/current-name.js'
import { eachMessageOf, isShown, messagesOf } from '../../replica/messages.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { type ContentRecord, type MessageRecord, substituteFile, wholeFile } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import { appendBlob, blobSize, blobSource, deleteBlob, truncateBlob } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import type { IsIt, MailStore, NewMessage } from '../mail-store.js'
import { yieldToOthers } from '../yield-event-loop.js'
import { keptBlob, openContent, partBlob } from './content-access.js'
import {
  coldPiece,
  hotStructure,
  type OpenPiece,
  pieceSizes,
  rebuildPieces,
  rebuildStructure,
  restPiece,
  structurePiece,
} from './piece.js'
import { isItOf } from './recognise-message.js'
import { Shapes } from './shapes.js'
import { standInMarking } from './stand-in-key.js'
import { threadedEnvelope } from './thread.js'

// Over 300 lines: the ways from what is here of a content to a file all share its few steps.

/** From what is here of a content to what stands in the mail store: whole, or with stand-ins. */

export interface ShownContent {
  readonly locator: string
  readonly uid?: number
  readonly shown: number
  /** Set when these bytes were put together here for the first time. */
  readonly landed?: ContentRecord
  /** The message that stood for it elsewhere, and has gone from there with that. */
  readonly vacated?: Guid
}

/** Where copies of contents stand, as far as one run has found out: ten thousand copies aren't to look for each other ten thousand times each. */
export class KnownTwins {
  /** By content: a message that showed it whole. */
  readonly whole = new Map<Guid, Guid>()
  /** Contents that no message showed whole when that was looked for, and of which no file has been noted since. */
  readonly none = new Set<Guid>()
  /** By content, and by the message that it lives on as: what was moved. As it stood at this position of the log. */
  readonly moved = new Map<Guid, { readonly head: number; readonly from: ReadonlyMap<Guid, Guid> }>()
}

/** How many pieces a content has. Undefined until the skeleton is here. */
function pieceCount(content: ContentRecord, shapes = new Shapes()): number | undefined {
  const skeleton = shapes.skeleton(content)
  return skeleton && pieceSizes(skeleton).length
}

/** Every piece has arrived, and what proves them: it can be put together. */
export function isComplete(content: ContentRecord, shapes?: Shapes): boolean {
  return content.digest !== undefined && hasAllPieces(content, shapes)
}

/** Whether all of a content is here, in the mail store or in pieces: it can go up even if the mail store can't take it now. */
export function isAllHere(content: ContentRecord): boolean {
  return content.whole || isComplete(content)
}

/** Every piece has arrived, and the upstream hadn't read all of the message when it sent the skeleton. */
export function awaitsDigest(content: ContentRecord, shapes?: Shapes): boolean {
  return content.digest === undefined && hasAllPieces(content, shapes)
}

function hasAllPieces(content: ContentRecord, shapes?: Shapes): boolean {
  return (
    !content.whole && content.skeleton !== undefined && content.held.length === pieceCount(content, shapes)
  )
}

/** All blobs that may hold something of a content. */
export function blobsOf(content: ContentRecord): string[] {
  const pieces = pieceCount(content) ?? (content.outline ? decodeOutline(content.outline).parts.length : 0)
  return Array.from({ length: pieces }, (_, part) => partBlob(content.id, part))
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

/** Shows a message by a file that exists: moves it, or links to it. */
async function showAsAnother(
  account: Account,
  content: ContentRecord,
  { message, path }: Place,
  twins: KnownTwins,
): Promise<ShownContent | undefined> {
  const moved = await movedFile(account, content, message, path, twins)
  if (moved) return moved
  const twin = await findWholeTwin(account, content, message, twins)
  return twin && { ...(await account.mailStore.copy(twin, path, message)), shown: twin.shown }
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
  if (!open && unreadable.length > 0) throw unreadable[0]
  if (!open) return undefined
  try {
    const bytes = proved(account, content, readRange(open))
    const placed = await account.mailStore.put(path, message, bytes, old)
    if (placed.altered) await keepBytes(account, content, readRange(open))
    return { ...placed, shown: wholeFile }
  } catch (error) {
    if (!(error instanceof DigestMismatch)) throw error
  } finally {
    await open.close()
  }
  // A program has written into that file: another may hold what was read first.
  return prove ? undefined : showWhole(account, content, place, true)
}

async function showRebuilt(
  account: Account,
  content: ContentRecord,
  { message, path, old }: Place,
): Promise<ShownContent | undefined> {
  const { pieces } = account.mailStore
  try {
    if (pieces && content.skeleton) {
      for await (const _ of proved(account, content, rebuilt(account, content)));
      const { skeleton, sizeBytes } = content
      const blobs = blobsOf(content)
      const placed = await pieces.put(path, message, { skeleton, sizeBytes, blobs }, old)
      return { ...placed, shown: wholeFile, landed: content }
    }
    const bytes = proved(account, content, rebuilt(account, content))
    const placed = await account.mailStore.put(path, message, bytes, old)
    if (placed.altered) await keepBytes(account, content, rebuilt(account, content))
    return { ...placed, shown: wholeFile, landed: content }
  } catch (error) {
    if (!(error instanceof DigestMismatch)) throw error
    await forgetPieces(account, content)
    return undefined
  }
}

/** The message put together from its pieces, unproved. */
export async function* rebuilt(account: Account, content: ContentRecord): AsyncGenerator<Uint8Array> {
  if (content.skeleton) yield* rebuildPieces(decodeSkeleton(content.skeleton), pieceOf(account, content))
}

const pieceOf =
  ({ replica }: Account, { id }: ContentRecord): OpenPiece =>
  (piece) =>
    blobSource(replica.db, partBlob(id, piece))

/** Whether the pieces that have arrived make the content that was announced. Those that don't are forgotten. */
export async function provePieces(account: Account, content: ContentRecord): Promise<boolean> {
  try {
    for await (const _ of proved(account, content, rebuilt(account, content)));
    return true
  } catch (error) {
    if (!(error instanceof DigestMismatch)) throw error
    await forgetPieces(account, content)
    return false
  }
}

/** The bytes came out wrong: caught by whoever put them together, never shown to a person. */
class DigestMismatch extends Error {}

/** Passes bytes on and fails at their end when they aren't the content: then nothing becomes visible. */
async function* proved(
  account: Account,
  content: ContentRecord,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = account.createHash()
  for await (const chunk of bytes) {
    hash.update(chunk)
    yield chunk
  }
  if (toHex(hash.digest()) !== content.digest) throw new DigestMismatch('not the content that was announced')
}

/** The pieces don't make the content: they are fetched again. */
async function forgetPieces(account: Account, content: ContentRecord): Promise<void> {
  await account.replica.db.transact(async (tx) => {
    const current = await getContent(tx, content.id)
    if (current && !current.whole) await startAnew(tx, current)
  })
}

/** What has come of a content is of no use any more: all of it but what was listed is forgotten, and expected. */
export async function startAnew(tx: Transaction, content: ContentRecord): Promise<ContentRecord> {
  for (const blob of blobsOf(content)) await deleteBlob(tx, blob)
  const { skeleton: _, gist: __, fileGists: ___, ...rest } = content
  tables.expected.put(tx, content.id, true)
  return putContent(tx, { ...rest, held: [], progress: content.progress + 1 })
}

/** The message was moved here from a mailbox where it still stands, in a store that can do that too. */
async function movedFile(
  { replica: { db }, mailStore }: Account,
  content: ContentRecord,
  message: NewMessage,
  path: MailboxPath,
  twins: KnownTwins,
): Promise<ShownContent | undefined> {
  if (!mailStore.move) return undefined
  const guid = await movedFrom(db, content.id, message.guid, twins)
  const stands =
    guid === undefined || (await tables.aside.get(db, guid)) ? undefined : await standsIn(db, guid)
  if (guid === undefined || !stands || !isMessageItself(stands.file)) return undefined
  const { locator, flags, shown } = stands.file
  const isIt = await isItOf(db, guid, stands.file)
  const from = { path: stands.place.path, locator, flags, ...(isIt && { isIt }) }
  const placed = await mailStore.move(from, path, message)
  return placed && { ...placed, shown, vacated: guid }
}

/** What a message was before it was moved, if that stands somewhere. */
async function movedFrom(
  reader: Reader,
  content: Guid,
  to: Guid,
  { moved }: KnownTwins,
): Promise<Guid | undefined> {
  const { head } = await readReplicaRecord(reader)
  let known = moved.get(content)
  if (known?.head !== head && !known?.from.has(to)) {
    const from = new Map<Guid, Guid>()
    for (const { guid, expunged, movedTo } of await messagesOf(reader, content)) {
      const lives = expunged && movedTo !== undefined ? await currentName(reader, movedTo) : undefined
      if (lives !== undefined && !from.has(lives) && (await fileOf(reader, guid))) from.set(lives, guid)
    }
    known = { head, from }
    moved.set(content, known)
  }
  return known?.from.get(to)
}

/** No stand-in: all of the message, whether it can be read or not. */
const isMessageItself = ({ shown }: Pick<PlacedFile, 'shown'>): boolean =>
  shown === wholeFile || shown === substituteFile

interface WholeTwin {
  readonly path: MailboxPath
  readonly locator: string
  readonly isIt?: IsIt
  readonly shown: number
}

async function findWholeTwin(
  account: Account,
  content: ContentRecord,
  message: NewMessage,
  { whole, none }: KnownTwins,
): Promise<WholeTwin | undefined> {
  if (none.has(content.id)) return undefined
  const known = whole.get(content.id)
  const there = known === undefined ? undefined : await wholeTwin(account, content, known)
  if (there) return there
  for await (const { guid } of eachMessageOf(account.replica.db, content.id)) {
    const found = guid === message.guid ? undefined : await wholeTwin(account, content, guid)
    if (!found) continue
    whole.set(content.id, guid)
    return found
  }
  none.add(content.id)
  return undefined
}

async function wholeTwin(
  account: Account,
  content: ContentRecord,
  guid: Guid,
): Promise<WholeTwin | undefined> {
  const { db } = account.replica
  const stands = await standsIn(db, guid)
  if (!stands || !isMessageItself(stands.file)) return undefined
  const { path } = stands.place
  const { locator, shown } = stands.file
  if (shown === substituteFile) return { path, locator, shown }
  const open = await account.mailStore.open(path, locator).catch(() => undefined)
  await open?.close()
  const isIt = await isItOf(db, guid, stands.file)
  return open?.size === content.sizeBytes ? { path, locator, shown, ...(isIt && { isIt }) } : undefined
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

/**
 * Keeps a content's bytes before its last file goes away, on a replica that serves devices: one of them may
 * have moved or copied the message meanwhile and hold only a part of it.
 */
export async function keepContent(account: Account, message: MessageRecord, file: PlacedFile): Promise<void> {
  const { db } = account.replica
  if (file.shown !== wholeFile || !(await hasDevices(db))) return
  const content = await getContent(db, message.content)
  if (!content?.whole) return
  if (await isShown(db, content.id)) return
  const note = () => db.transact(async (tx) => tables.kept.put(tx, content.id, message.modseq))
  // Of a thousand copies that go, the first one has done it for all.
  if ((await blobSize(db, keptBlob(content.id))) === content.sizeBytes) return note()
  const open = await openContent(account, content, { likely: message.guid })
  if (!open) return
  try {
    await note()
    await keepBytes(account, content, readRange(open, 0, open.size, 256 * 1024))
  } finally {
    await open.close()
  }
}

/** Keeps the bytes of a content in the store, where they aren't yet. */
export async function keepBytes(
  { replica: { db } }: Account,
  content: Pick<ContentRecord, 'id' | 'sizeBytes'>,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const kept = keptBlob(content.id)
  if ((await blobSize(db, kept)) === content.sizeBytes) return
  await db.transact((tx) => truncateBlob(tx, kept, 0))
  for await (const chunk of bytes) await db.transact((tx) => appendBlob(tx, kept, chunk))
}
