import type { Digest } from '../../bytes/hash.js'
import type { ByteSource } from '../../bytes/source.js'
import { type Envelope, parseEnvelope } from '../../mime/headers/envelope.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { encodeOutline, outlineOf } from '../../mime/outline.js'
import { readStructure } from '../../mime/read-part.js'
import type { SplitOptions } from '../../mime/scan-entities.js'
import type { Part, Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../mime/skeleton-codec.js'
import { splitMessage, type WholeSkeleton } from '../../mime/split.js'
import { splitUnread } from '../../mime/split-unread.js'
import {
  type AshorePlace,
  readAshorePlace,
  readMarker,
  type StandInMarker,
} from '../../mime/stand-in/stand-in.js'
import { contentByDigest, getContent, putContent } from '../../replica/contents.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMessage, isLive, messagesOf } from '../../replica/messages.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { type ContentRecord, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { deleteBlob } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { blobsOf } from '../content/content-shape.js'
import { indexParts } from '../content/part-digest.js'
import { standInMarking } from '../content/stand-in-key.js'
import { learnEnvelope } from '../content/thread.js'
import { likenessOf } from '../content/unverified-content.js'
import type { StoredContent, StoreMessage } from '../mail-store.js'
import { yieldToOthers } from '../yield-event-loop.js'

/** What a file in the mail store turned out to be. */
export type IdentifiedFile =
  /** Our stand-in for a message that isn't all here, copied or moved as it was: it means the whole message. */
  | { readonly kind: 'stand-in'; readonly of: Guid; readonly internalDateMs: number }
  /** A stand-in of a message that this replica doesn't know (its database was made anew): no content, until the upstream tells of it. */
  | { readonly kind: 'unknown-stand-in'; readonly of: Guid }
  /** What stood for a hit that isn't here, out of the mailbox that shows those: a person wishes to have that message. */
  | { readonly kind: 'ashore'; readonly place: AshorePlace }
  | {
      readonly kind: 'message'
      /** Absent when the file wasn't read whole. */
      readonly digest?: Digest
      /** The content that it is known to be without that. */
      readonly known?: Guid
      readonly skeleton: Skeleton
      readonly envelope: Envelope
      readonly internalDateMs: number
      /** The file was our stand-in for this message before somebody edited it. The whole message stays beside it. */
      readonly editedFrom?: Guid
    }

export interface IdentifyOptions {
  readonly signal?: AbortSignal
  /** Read all of it, however big it is, and whatever the mail server calls it. */
  readonly whole?: boolean
}

/** Reads a file: our stand-in, or a message with its skeleton and envelope. Throws MESSAGE_GONE. */
export async function identifyFile(
  account: Account,
  path: MailboxPath,
  message: StoreMessage,
  options: IdentifyOptions = {},
): Promise<IdentifiedFile> {
  const { replica } = account
  const named = options.whole ? undefined : await knownByServer(account, message)
  if (named) return named
  const content = await account.mailStore.open(path, message.locator)
  try {
    const { internalDateMs } = content
    const marker = await markerOf(account, message, content)
    const place =
      marker.kind === 'partial' && !marker.edited && marker.proved && (await readAshorePlace(content))
    if (place) return { kind: 'ashore', place }
    const stands = marker.kind === 'partial' && (await standsFor(account, marker.guid))
    if (stands && !marker.edited) return { kind: 'stand-in', of: marker.guid, internalDateMs }
    const unread = options.whole ? undefined : await splitBig(account, content, options)
    if (unread) return { ...unread, internalDateMs: internalDateMs || replica.now() }
    const { skeleton, envelope } = await splitWhole(account, content, options)
    const strange =
      marker.kind === 'partial' &&
      !marker.edited &&
      !(await getMessage(replica.db, marker.guid)) &&
      !(await tables.orphaned.get(replica.db, marker.guid))
    // One of ours that came back as mail is known by its digest, and a message like any other.
    if (strange && !(await contentByDigest(replica.db, skeleton.digest)))
      return { kind: 'unknown-stand-in', of: marker.guid }
    return {
      kind: 'message',
      digest: skeleton.digest,
      skeleton,
      envelope,
      internalDateMs: internalDateMs || replica.now(),
      ...(stands && { editedFrom: marker.guid }),
    }
  } finally {
    await content.close()
  }
}

/** Reads bytes to their end: how they are made, what names them, and what their header says. */
export async function splitWhole(
  account: Account,
  bytes: ByteSource,
  options: IdentifyOptions = {},
): Promise<{ readonly skeleton: WholeSkeleton; readonly envelope: Envelope }> {
  const split = await splitMessage(bytes, splitOptions(account, options))
  const skeleton = isTooLarge(split) ? opaqueSkeleton(split) : split
  return { skeleton, envelope: parseEnvelope(await readStructure(bytes, split)) }
}

function splitOptions({ createHash }: Account, { signal }: IdentifyOptions): SplitOptions {
  return { createHash, turn: yieldToOthers, ...(signal && { signal }) }
}

/**
 * Splits a large message in a mail store that can tell how it is made up without reading all of it. Only if
 * nobody needs to be told its digest and it can't be any other known content. Undefined when it has to be
 * read as a whole.
 */
async function splitBig(
  account: Account,
  content: StoredContent,
  options: IdentifyOptions,
): Promise<Omit<Extract<IdentifiedFile, { kind: 'message' }>, 'internalDateMs'> | undefined> {
  const sizes = account.replica.hasUpstream ? undefined : await content.bodySizes?.()
  const skeleton = sizes && (await splitUnread(content, sizes, splitOptions(account, options)))
  if (!skeleton || isTooLarge(skeleton)) return undefined
  const envelope = parseEnvelope(await readStructure(content, skeleton))
  const message = { kind: 'message', skeleton, envelope } as const
  if (skeleton.digest !== undefined) return { ...message, digest: skeleton.digest }
  const likeness = await likenessOf(account, skeleton, envelope)
  switch (likeness.kind) {
    case 'new':
      return message
    case 'same':
      return { ...message, known: likeness.content }
    case 'unclear':
      return undefined
  }
}

/** The mail server names these bytes, and has shown them before: they needn't be read again. */
async function knownByServer(
  { replica: { db } }: Account,
  { content: named }: StoreMessage,
): Promise<IdentifiedFile | undefined> {
  const id = named && (await tables.contentId.get(db, named.id))
  const content = id === undefined ? undefined : await getContent(db, id)
  if (!named || !content?.whole || !content.skeleton || !content.envelope) return undefined
  return {
    kind: 'message',
    ...(content.digest === undefined ? { known: content.id } : { digest: content.digest }),
    skeleton: decodeSkeleton(content.skeleton),
    envelope: decodeEnvelope(content.envelope),
    internalDateMs: named.internalDateMs,
  }
}

/** Remembers the mail server's name for the bytes of a message that has been taken over. */
export async function noteContentId(
  tx: Transaction,
  mailbox: Guid,
  { locator, content }: StoreMessage,
): Promise<void> {
  const file = content && (await tables.file.get(tx, mailbox, locator))
  const message = file && (await getMessage(tx, file.message))
  if (content && message && file?.shown === wholeFile) tables.contentId.put(tx, content.id, message.content)
}

/**
 * The most that a description of a message may take; it comes before anybody has asked for it. A digest of
 * 1,000 messages takes 13 kB, and the largest of 4,000 real skeletons 4 kB. Digests that name parts aren't
 * counted: little of them crosses the line (`namingSkeleton`).
 */
const descriptionBytes = 16 * 1024

function isTooLarge(skeleton: Skeleton): boolean {
  const parts = skeleton.parts.map(({ digest: _, ...part }) => part)
  return encodeSkeleton({ ...skeleton, parts }).length > descriptionBytes
}

/** A message with more structure than anybody writes in good faith goes as one piece. */
function opaqueSkeleton({ size, digest }: WholeSkeleton): WholeSkeleton {
  const part: Part = {
    type: 'application/octet-stream',
    headerSize: 0,
    encodedSize: size,
    size,
    digest,
    encoding: { kind: 'identity' },
  }
  return { size, digest, structure: [0, 0], parts: [part], tree: { kind: 'part', part: 0 } }
}

/** What a file says of itself that can be believed. Whoever has no upstream writes no stand-ins. */
async function markerOf(
  account: Account,
  file: StoreMessage,
  content: StoredContent,
): Promise<StandInMarker> {
  const { db, hasUpstream } = account.replica
  if (!hasUpstream) return { kind: 'none' }
  const marker = await readMarker(content, await standInMarking(account))
  if (marker.kind === 'none') return marker
  // It was written under a name that the upstream has given it another for since.
  const guid = await currentName(db, marker.guid)
  if (marker.proved) return { ...marker, guid }
  // One of an earlier build, where the name of the file says so: a sender can't choose that.
  const named = file.guid !== undefined && (await currentName(db, file.guid)) === guid
  return named && (await getMessage(db, guid)) ? { ...marker, guid } : { kind: 'none' }
}

/** The message is known here and has, or had, parts missing: its stand-in may be found late, when it is all here. */
async function standsFor({ replica: { db } }: Account, guid: Guid): Promise<boolean> {
  const message = await getMessage(db, guid)
  const content = message && (await getContent(db, message.content))
  return content?.upstreamHas ?? false
}

/** The content that a message in a file is, where that is known here. */
export async function contentOfFile(
  reader: Reader,
  { digest, known }: Extract<IdentifiedFile, { kind: 'message' }>,
): Promise<ContentRecord | undefined> {
  if (digest !== undefined) return contentByDigest(reader, digest)
  return known === undefined ? undefined : getContent(reader, known)
}

/** The content record of a message that was read from a file: the known one, or a new one. */
export async function recordContent(
  tx: Transaction,
  file: Extract<IdentifiedFile, { kind: 'message' }>,
  id: Guid,
): Promise<ContentRecord> {
  const known = (await contentOfFile(tx, file)) ?? (await getContent(tx, id))
  // It was read as a whole meanwhile.
  if (known?.whole && known.digest !== undefined && file.digest === undefined) return known
  const { skeleton, digest } = file
  const contentId = known?.id ?? id
  const record = putContent(tx, {
    id: contentId,
    sizeBytes: skeleton.size,
    ...(digest !== undefined && { digest }),
    envelope: learnEnvelope(tx, contentId, file.envelope),
    outline: encodeOutline(outlineOf(skeleton)),
    skeleton: encodeSkeleton(skeleton),
    held: [],
    whole: true,
    progress: (known?.progress ?? 0) + (known?.whole ? 0 : 1),
    upstreamHas: known?.upstreamHas ?? false,
  })
  if (!known?.whole) indexParts(tx, record.id, skeleton)
  if (known && !known.whole) {
    for (const blob of blobsOf(known)) await deleteBlob(tx, blob)
    tables.expected.delete(tx, record.id)
    // Other messages of it, which had no bytes left to show, or a stand-in, can show it whole now.
    for (const message of await messagesOf(tx, record.id))
      if (isLive(message)) tables.todo.put(tx, message.mailbox, message.guid, true)
  }
  return record
}
