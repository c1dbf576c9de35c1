import type { Mailbox } from '../../mime/headers/envelope.js'
import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import { envelopeOf, missingBytes } from '../../told/listed-content.js'
import type { Correspondent, MessageRow } from '../port.js'

/** Messages as lists show them, read in one go. */
export async function messageRows(
  reader: Reader,
  messages: readonly { readonly message: MessageRecord; readonly depth: number }[],
): Promise<MessageRow[]> {
  await readContentsAhead(
    reader,
    messages.map(({ message }) => message),
  )
  const rows: MessageRow[] = []
  for (const { message, depth } of messages)
    rows.push(messageRow(message, await getContent(reader, message.content), depth))
  return rows
}

export function messageRow(
  message: MessageRecord,
  content: ContentRecord | undefined,
  depth: number,
): MessageRow {
  const { from, to, subject, dateMs } = envelopeOf(content)
  return {
    guid: message.guid,
    mailbox: message.mailbox,
    from: correspondents(from),
    to: correspondents(to),
    subject: subject ?? '',
    ...(dateMs !== undefined && { dateMs }),
    arrivedMs: message.internalDateMs,
    flags: message.flags,
    sizeBytes: content?.sizeBytes ?? 0,
    missingBytes: content ? missingBytes(content) : 0,
    depth,
  }
}

/** Leaves out characters that turn the direction of writing: an address behind a name could look like another one. */
export const correspondents = (field: readonly Mailbox[]): Correspondent[] =>
  field.map(({ name = '', address }) => ({
    name: name.replace(turning, '').trim(),
    address: address.replace(turning, ''),
  }))

const turning = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
