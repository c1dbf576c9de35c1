import { decodeEnvelope } from '../mime/envelope.js'
import { decodeOutline } from '../mime/outline.js'
import { getContent } from '../replica/contents.js'
import { isLive, messagesOf } from '../replica/messages.js'
import type { ContentRecord, MessageRecord } from '../replica/records.js'
import { isWanted } from '../replica/wishes.js'
import { blobSize } from '../store/blob.js'
import type { Reader } from '../store/database.js'
import { partBlob } from '../sync/content-access.js'

/** A part that is known and not here. */
export interface DeferredPart {
  /** What `packetboat fetch` takes. */
  readonly name: string
  readonly message: MessageRecord
  readonly content: ContentRecord
  readonly subject: string
  readonly part: number
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

/** Every deferred part of every live message. */
export async function* deferredParts(reader: Reader): AsyncGenerator<DeferredPart> {
  for await (const { key } of reader.list({ prefix: ['partial'] })) {
    const content = await getContent(reader, String(key[1]))
    const message = content && (await messagesOf(reader, content.id)).find((each) => isLive(each))
    if (!message || !content?.outline) continue
    const subject = (content.envelope && decodeEnvelope(content.envelope).subject) ?? '(no subject)'
    for (const [part, { type, name: fileName, size: sizeBytes }] of decodeOutline(
      content.outline,
    ).parts.entries()) {
      if (content.held.includes(part)) continue
      yield {
        name: `${shortName(message)}/${part + 1}`,
        message,
        content,
        subject,
        part,
        type,
        fileName,
        sizeBytes,
        heldBytes: await blobSize(reader, partBlob(content.id, part)),
        wanted: await isWanted(reader, content, part),
      }
    }
  }
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
