import type { ByteSource } from '../../bytes/source.js'
import { type Envelope, parseEnvelope } from '../../mime/headers/envelope.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { readStructure } from '../../mime/read-part.js'
import type { SplitOptions } from '../../mime/scan-entities.js'
import type { Part, Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../mime/skeleton-codec.js'
import { splitMessage, type WholeSkeleton } from '../../mime/split.js'
import { splitUnread } from '../../mime/split-unread.js'
import { readAshorePlace, readMarker, type StandInMarker } from '../../mime/stand-in/stand-in.js'
import { contentByDigest, getContent } from '../../replica/content/contents.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMessage } from '../../replica/messages.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import type { IdentifiedFile, IdentifiedMessage } from '../adopt/identified-file.js'
import { standInMarking } from '../content/stand-in-key.js'
import { likenessOf } from '../content/unverified-content.js'
import type { StoredContent, StoreMessage } from '../mail-store.js'
import { yieldToOthers } from '../yield-event-loop.js'
import { checkSteady, steadyBytes } from './steady-bytes.js'

export interface IdentifyOptions {
  readonly signal?: AbortSignal
  /** Read all of it, however big it is, and whatever the mail server calls it. */
  readonly whole?: boolean
}

/** Reads a file: our stand-in, or a message with its skeleton and envelope. Throws MESSAGE_GONE, and MESSAGE_CHANGED where a program writes into it meanwhile. */
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
    const bytes = await steadyBytes(account, content)
    const marker = await markerOf(account, message, bytes)
    const place =
      marker.kind === 'partial' && !marker.edited && marker.proved && (await readAshorePlace(bytes))
    if (place) return { kind: 'ashore', place }
    const stands = marker.kind === 'partial' && (await standsFor(account, marker.guid))
    if (stands && !marker.edited) return { kind: 'stand-in', of: marker.guid, internalDateMs }
    const unread = options.whole ? undefined : await splitBig(account, content, options)
    if (unread) return { ...unread, internalDateMs: internalDateMs || replica.now() }
    const { skeleton, envelope } = await splitWhole(account, bytes, options)
    await checkSteady(account, bytes, skeleton.digest, options.signal)
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
): Promise<Omit<IdentifiedMessage, 'internalDateMs'> | undefined> {
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
async function markerOf(account: Account, file: StoreMessage, bytes: ByteSource): Promise<StandInMarker> {
  const { db, hasUpstream } = account.replica
  if (!hasUpstream) return { kind: 'none' }
  const marker = await readMarker(bytes, await standInMarking(account))
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
