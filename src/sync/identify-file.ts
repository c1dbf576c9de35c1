import type { Digest } from '../bytes/hash.js'
import { type Envelope, parseEnvelope } from '../mime/envelope.js'
import { encodeOutline, outlineOf } from '../mime/outline.js'
import { readStructure } from '../mime/read-part.js'
import type { Part, Skeleton } from '../mime/skeleton.js'
import { encodeSkeleton } from '../mime/skeleton-codec.js'
import { splitMessage } from '../mime/split.js'
import { readMarker } from '../mime/stand-in.js'
import { contentByDigest, getContent, indexedPartBytes, indexPart, putContent } from '../replica/contents.js'
import { currentName } from '../replica/current-name.js'
import { getMessage, isLive, messagesOf } from '../replica/messages.js'
import type { Guid, MailboxPath } from '../replica/model.js'
import { type ContentRecord, keys } from '../replica/records.js'
import { deleteBlob } from '../store/blob.js'
import type { Transaction } from '../store/database.js'
import type { Account } from './account.js'
import { blobsOf } from './content-shape.js'
import type { StoreMessage } from './mail-store.js'
import { learnEnvelope } from './thread.js'

/** What a file in the mail store turned out to be. */
export type IdentifiedFile =
  /** Our stand-in for a message that isn't all here, copied or moved as it was: it means the whole message. */
  | { readonly kind: 'stand-in'; readonly of: Guid; readonly internalDateMs: number }
  /** A stand-in of a message that this replica doesn't know (its database was made anew): no content, until the upstream tells of it. */
  | { readonly kind: 'stray'; readonly of: Guid }
  | {
      readonly kind: 'message'
      readonly digest: Digest
      readonly skeleton: Skeleton
      readonly envelope: Envelope
      readonly internalDateMs: number
      /** It was our stand-in for this message before somebody edited it: the whole one stays beside it. */
      readonly editedFrom?: Guid
    }

/** Reads a file: our stand-in, or a message with its skeleton and envelope. Throws MESSAGE_GONE. */
export async function identifyFile(
  account: Account,
  path: MailboxPath,
  message: StoreMessage,
  signal?: AbortSignal,
): Promise<IdentifiedFile> {
  const { createHash, replica } = account
  const content = await account.mailStore.open(path, message.locator)
  try {
    const { internalDateMs } = content
    const written = await readMarker(content, createHash)
    // It was written under a name that the upstream has given it another for since.
    const marker =
      written.kind === 'partial' ? { ...written, guid: await currentName(replica.db, written.guid) } : written
    const stands = marker.kind === 'partial' && (await standsFor(account, marker.guid))
    if (stands && !marker.edited) return { kind: 'stand-in', of: marker.guid, internalDateMs }
    const whole = await splitMessage(content, { createHash, ...(signal && { signal }) })
    const skeleton = isTooLarge(whole) ? opaqueSkeleton(whole) : whole
    const strange =
      marker.kind === 'partial' &&
      !marker.edited &&
      !(await getMessage(replica.db, marker.guid)) &&
      !(await replica.db.get(keys.orphaned(marker.guid)))
    // Somebody else's stand-in that came as mail is known by its digest, and a message like any other.
    if (strange && replica.hasUpstream && !(await contentByDigest(replica.db, skeleton.digest)))
      return { kind: 'stray', of: marker.guid }
    const envelope = parseEnvelope(await readStructure(content, whole))
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

/** What describes a message must fit a frame, with room for others beside it. */
const descriptionBytes = 100 * 1024

function isTooLarge(skeleton: Skeleton): boolean {
  return (
    encodeSkeleton(skeleton).length > descriptionBytes ||
    encodeOutline(outlineOf(skeleton)).length > descriptionBytes
  )
}

/** A message with more structure than anybody writes in good faith goes as one piece. */
function opaqueSkeleton({ size, digest }: Skeleton): Skeleton {
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

/** A marker counts only where we know the message and it has, or had, parts missing: anybody can write one into a mail. */
async function standsFor(account: Account, guid: Guid): Promise<boolean> {
  const message = await getMessage(account.replica.db, guid)
  if (!message) return false
  const content = await getContent(account.replica.db, message.content)
  return content !== undefined && account.replica.hasUpstream && content.upstreamHas
}

/** The content record of a message that was read from a file: the known one, or a new one. */
export async function recordContent(
  tx: Transaction,
  file: Extract<IdentifiedFile, { kind: 'message' }>,
  id: Guid,
): Promise<ContentRecord> {
  const known = (await contentByDigest(tx, file.digest)) ?? (await getContent(tx, id))
  const { skeleton } = file
  const contentId = known?.id ?? id
  const record = putContent(tx, {
    id: contentId,
    sizeBytes: skeleton.size,
    digest: file.digest,
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
    tx.delete(keys.expected(record.id))
    // Other messages of it, which had no bytes left to show, or a stand-in, can show it whole now.
    for (const message of await messagesOf(tx, record.id))
      if (isLive(message)) tx.put(keys.todo(message.mailbox, message.guid), true)
  }
  return record
}

/** Makes the parts of a content findable by their digests, as far as these are known. */
export function indexParts(tx: Transaction, content: Guid, skeleton: Skeleton): void {
  skeleton.parts.forEach((part, index) => {
    if (part.digest !== undefined && part.size >= indexedPartBytes)
      indexPart(tx, part.digest, { content, part: index })
  })
}
