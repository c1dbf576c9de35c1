import { decodeEnvelope } from '../mime/envelope.js'
import { decodeOutline } from '../mime/outline.js'
import { decodeSkeleton } from '../mime/skeleton-codec.js'
import { getContent } from '../replica/contents.js'
import { isLive, messagesOf } from '../replica/messages.js'
import { type ContentRecord, keys, type MessageRecord } from '../replica/records.js'
import { blobSize } from '../store/blob.js'
import type { Reader } from '../store/database.js'
import { partBlob } from '../sync/content-access.js'
import { coldPiece } from '../sync/piece.js'

/** A part that is known and not here. */
export interface DeferredPart {
  /** What `packetboat fetch` takes. */
  readonly name: string
  readonly message: MessageRecord
  readonly content: ContentRecord
  readonly subject: string
  readonly part: number
  /** Header fields that nobody reads. */
  readonly cold: boolean
  readonly type: string
  readonly fileName: string | undefined
  readonly sizeBytes: number
  /** What has arrived of it. */
  readonly heldBytes: number
  readonly wanted: boolean
}

/** The last 12 digits of a GUID: its random bits, which tell messages apart that were found in the same moment. */
export function shortName(message: MessageRecord): string {
  return message.guid.slice(-12)
}

/** Every deferred part of every live message, cold header fields too. */
export async function* deferredParts(reader: Reader): AsyncGenerator<DeferredPart> {
  for await (const { key } of reader.list({ prefix: ['partial'] })) {
    const content = await getContent(reader, String(key[1]))
    const message = content && (await messagesOf(reader, content.id)).find((each) => isLive(each))
    if (!message || !content?.outline) continue
    const subject = (content.envelope && decodeEnvelope(content.envelope).subject) ?? '(no subject)'
    for (const { part, cold, type, name: fileName, size: sizeBytes } of fetchable(content, content.outline)) {
      if (content.held.includes(part)) continue
      yield {
        name: `${shortName(message)}/${part + 1}`,
        message,
        content,
        subject,
        part,
        cold,
        type,
        fileName,
        sizeBytes,
        heldBytes: await blobSize(reader, partBlob(content.id, part)),
        wanted: (await reader.get(keys.wanted(content.id, part))) !== undefined,
      }
    }
  }
}

/** What a person can ask for of a message, by the numbers of its pieces. */
function fetchable(
  { skeleton: encoded }: ContentRecord,
  outline: Uint8Array,
): (Pick<DeferredPart, 'part' | 'cold' | 'type'> & { readonly name?: string; readonly size: number })[] {
  const parts = decodeOutline(outline).parts.map((about, part) => ({ ...about, part, cold: false }))
  const skeleton = encoded && decodeSkeleton(encoded)
  const piece = skeleton && coldPiece(skeleton)
  if (!skeleton?.cold || piece === undefined) return parts
  return [...parts, { part: piece, cold: true, type: 'text/rfc822-headers', size: skeleton.cold.sizeBytes }]
}

export async function deferredTotals(
  reader: Reader,
): Promise<{ readonly parts: number; readonly bytes: number }> {
  let parts = 0
  let bytes = 0
  for await (const part of deferredParts(reader)) {
    parts++
    bytes += part.sizeBytes - part.heldBytes
  }
  return { parts, bytes }
}
