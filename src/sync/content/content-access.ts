import type { Digest } from '../../bytes/hash.js'
import { toHex } from '../../bytes/hex.js'
import type { ByteSource } from '../../bytes/source.js'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { readExactly } from '../../mime/lines.js'
import { getContent, putContent } from '../../replica/content/contents.js'
import { eachMessageOf } from '../../replica/content/messages-of-content.js'
import { fileOf, standsIn } from '../../replica/files.js'
import { isLive } from '../../replica/messages.js'
import { type Guid, pathText } from '../../replica/model.js'
import { addProblem, problemOf } from '../../replica/problems.js'
import { type ContentRecord, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { appendBlob, blobSize, blobSource, truncateBlob } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import { restNowAndThen } from '../yield-event-loop.js'

/** A message's bytes, which stay readable until `close`. */
export interface OpenContent extends ByteSource {
  close(): Promise<void>
}

/** Blob of a piece that is arriving, by its number. */
export function partBlob(content: Guid, part: number): string {
  return `${content}/${part}`
}

/** Blob of a whole content that outlived its last file, for those who still may want it. */
export function keptBlob(content: Guid): string {
  return `${content}/kept`
}

/**
 * Records that a file of this content has gone. If it was the last one and no copy was kept, the content is
 * no longer whole here and must be fetched again from a side that has it.
 */
export async function noteFileGone(tx: Transaction, id: Guid): Promise<void> {
  const content = await getContent(tx, id)
  if (!content?.whole) return
  if ((await blobSize(tx, keptBlob(id))) === content.sizeBytes) return
  const standing = await standingOf(tx, id)
  if (standing === 'whole') return
  putContent(tx, { ...content, whole: false, held: [] })
  if (standing === 'listed') tables.expected.put(tx, id, true)
  else tables.partial.delete(tx, id)
}

/** A message that shows it waits for its file, of what was kept and nobody upstream has: a mailbox that takes nothing now, say. */
export async function isOnlyKept(tx: Transaction, id: Guid): Promise<boolean> {
  const content = await getContent(tx, id)
  if (!content?.whole || content.upstreamHas) return false
  return (await standingOf(tx, id)) === 'listed'
}

/** Whether the mail store has all of it; if not, whether it should. */
async function standingOf(tx: Transaction, id: Guid): Promise<'whole' | 'listed' | undefined> {
  let isListed = false
  for await (const message of eachMessageOf(tx, id)) {
    if ((await fileOf(tx, message.guid))?.shown === wholeFile) return 'whole'
    if (await tables.held.get(tx, message.guid)) return 'whole'
    isListed ||= isLive(message)
  }
  return isListed ? 'listed' : undefined
}

/**
 * Opens the bytes of a whole content: from the copy that was kept, as of what a mail server has made other bytes
 * of, or from any message in the mail store that shows it. The caller may name the message to try first.
 * Undefined when no such file is left. Files that exist but can't be read now are added to `unreadable`, with the
 * reason. With `prove`, files are read to their end first: one that was rewritten in place isn't this content any
 * more.
 */
export async function openContent(
  account: Account,
  content: ContentRecord,
  { likely, ...how }: { readonly likely?: Guid } & HowToOpen = {},
): Promise<OpenContent | undefined> {
  const { db } = account.replica
  const kept = await openKept(db, content)
  if (kept) return kept
  const first = likely === undefined ? undefined : await openFile(account, content, likely, how)
  if (first) return first
  for await (const { guid } of eachMessageOf(db, content.id)) {
    const opened = guid === likely ? undefined : await openFile(account, content, guid, how)
    if (opened) return opened
  }
  for await (const message of eachMessageOf(db, content.id)) {
    if (!(await tables.held.get(db, message.guid))) continue
    const held = await account.mailStore.held?.open(message.guid)
    if (held?.size === content.sizeBytes) return held
    await held?.close()
  }
  return undefined
}

/** Opens the copy that was kept of a content. Undefined where there is none. */
async function openKept(reader: Reader, { id, sizeBytes }: ContentRecord): Promise<OpenContent | undefined> {
  if ((await blobSize(reader, keptBlob(id))) !== sizeBytes) return undefined
  const source = await blobSource(reader, keptBlob(id))
  return { size: source.size, read: (offset, length) => source.read(offset, length), close: async () => {} }
}

interface HowToOpen {
  readonly unreadable?: unknown[]
  readonly prove?: boolean
}

/** What stands in the mail store for a message, if that is all of its content. */
async function openFile(
  account: Account,
  content: ContentRecord,
  message: Guid,
  { unreadable, prove = false }: HowToOpen,
): Promise<OpenContent | undefined> {
  const stands = await standsIn(account.replica.db, message)
  if (stands?.file.shown !== wholeFile) return undefined
  try {
    const opened = await account.mailStore.open(stands.place.path, stands.file.locator)
    if (await holds(account, content, opened, prove)) return opened
    await noteUnreadable(account, message, rewritten(stands.file.locator))
  } catch (error) {
    if (!isConcurrentChange(error)) unreadable?.push(error)
    // Of a server that is away nothing can be read: it will come, or somebody else has it.
    if (!hasCode(error, 'MAILSTORE_AWAY')) await noteUnreadable(account, message, error)
  }
  return undefined
}

/** Whether a file holds the bytes that were read first. Closes it if it doesn't. */
async function holds(
  account: Account,
  content: ContentRecord,
  opened: OpenContent,
  prove: boolean,
): Promise<boolean> {
  let holds = false
  try {
    holds = opened.size === content.sizeBytes && (!prove || (await hasStayed(account, content, opened)))
    return holds
  } finally {
    if (!holds) await opened.close()
  }
}

/** Whether a file still has the bytes that have this digest: reads it to its end, where anybody may have written into it. */
export async function hasStayed(
  account: Account,
  { digest }: Pick<ContentRecord, 'digest'>,
  file: ByteSource,
  signal?: AbortSignal,
): Promise<boolean> {
  return digest === undefined || neverChanges(account) || (await digestOf(account, file, signal)) === digest
}

/** The messages of a mail server don't (RFC 9051 2.3.1.1), and reading them costs more. */
export const neverChanges = ({ mailStore }: Account): boolean => mailStore.retriesCost === true

/** What names bytes, which are read to their end. Throws what reading does, and MESSAGE_UNREADABLE if that end isn't reached. */
export async function digestOf(
  { createHash }: Account,
  bytes: ByteSource,
  signal?: AbortSignal,
): Promise<Digest> {
  const hash = createHash()
  const rest = restNowAndThen()
  for (let at = 0; at < bytes.size; at += probeBytes) {
    signal?.throwIfAborted()
    hash.update(await readExactly(bytes, at, Math.min(probeBytes, bytes.size - at)))
    await rest()
  }
  return toHex(hash.digest())
}

const probeBytes = 256 * 1024

const rewritten = (locator: string): PacketboatError =>
  new PacketboatError(
    'MESSAGE_CHANGED',
    `Another program has written into the file ${locator}: it isn't the message that was read first.`,
    'Nothing is to be done. The next sync takes it for what it is now, in the place of that message.',
  )

/** A message's bytes can't be read now: it is named, and all others go on. Errors that aren't its own are thrown on. */
export async function noteUnreadable({ replica }: Account, message: Guid, error: unknown): Promise<void> {
  if (!isOfOneItem(error)) throw error
  if (hasCode(error, 'MESSAGE_GONE') || hasCode(error, 'MAILBOX_MISSING')) return
  const stands = await standsIn(replica.db, message)
  if (!stands) return
  const { file, place } = stands
  const problem = problemOf(error, { mailbox: pathText(place.path), item: file.locator })
  const found = { mailbox: file.mailbox, item: file.locator, problem }
  await replica.db.transact((tx) => addProblem(tx, 'read', found, replica.now()))
}

/**
 * Keeps the bytes of a content in the store, where they aren't yet. False where these are others, since a
 * program writes into the file that they come from: its end isn't kept then, so that it doesn't count.
 */
export async function keepBytes(
  { replica: { db }, createHash }: Account,
  { id, sizeBytes, digest }: Pick<ContentRecord, 'id' | 'sizeBytes' | 'digest'>,
  bytes: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const kept = keptBlob(id)
  if ((await blobSize(db, kept)) === sizeBytes) return true
  await db.transact((tx) => truncateBlob(tx, kept, 0))
  const hash = createHash()
  let last: Uint8Array | undefined
  for await (const chunk of bytes) {
    hash.update(chunk)
    const before = last
    if (before) await db.transact((tx) => appendBlob(tx, kept, before))
    last = chunk
  }
  if (digest !== undefined && toHex(hash.digest()) !== digest) return false
  const end = last
  if (end) await db.transact((tx) => appendBlob(tx, kept, end))
  return true
}
