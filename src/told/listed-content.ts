import type { Envelope } from '../mime/headers/envelope.js'
import { decodeEnvelope } from '../mime/headers/envelope-codec.js'
import type { ContentRecord } from '../replica/records.js'
import { outlineOfContent } from '../sync/content/message-text.js'

/** What a list says of a content: from whom it is, and how much of it isn't here. */

export function envelopeOf(content: ContentRecord | undefined): Envelope {
  return content?.envelope ? decodeEnvelope(content.envelope) : { from: [], to: [], cc: [] }
}

/** Bytes of parts that aren't here. */
export function missingBytes(content: ContentRecord): number {
  if (content.whole) return 0
  const outline = outlineOfContent(content)
  if (!outline) return content.sizeBytes
  return outline.parts.reduce((sum, { size }, part) => sum + (content.held.includes(part) ? 0 : size), 0)
}
