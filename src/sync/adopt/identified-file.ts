import type { Digest } from '../../bytes/hash.js'
import type { Envelope } from '../../mime/headers/envelope.js'
import { encodeOutline, outlineOf } from '../../mime/outline.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { encodeSkeleton } from '../../mime/skeleton-codec.js'
import type { AshorePlace } from '../../mime/stand-in/stand-in.js'
import { contentByDigest, getContent, putContent } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { type ContentRecord, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { deleteBlob } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import { blobsOf } from '../content/content-shape.js'
import { indexParts } from '../content/part-digest.js'
import { learnEnvelope } from '../content/thread.js'
import type { StoreMessage } from '../mail-store.js'

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

export type IdentifiedMessage = Extract<IdentifiedFile, { kind: 'message' }>

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

/** The content that a message in a file is, where that is known here. */
export async function contentOfFile(
  reader: Reader,
  { digest, known }: IdentifiedMessage,
): Promise<ContentRecord | undefined> {
  if (digest !== undefined) return contentByDigest(reader, digest)
  return known === undefined ? undefined : getContent(reader, known)
}

/** The content record of a message that was read from a file: the known one, or a new one. */
export async function recordContent(
  tx: Transaction,
  file: IdentifiedMessage,
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
