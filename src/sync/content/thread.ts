import type { CreateHash } from '../../bytes/hash.js'
import type { Envelope } from '../../mime/headers/envelope.js'
import { decodeEnvelope, encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { standInId } from '../../mime/stand-in/stand-in.js'
import { getContent } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { isLive, messageByUpstream } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'

/** Which message answers which: by ids where the header is, by a number in the list before that. */

/** How many contents with one Message-ID, and messages with one content, are looked at: anybody can send a thousand of them. */
const lookAt = 10

/** The envelope in the header itself is here: from now on others find the message by its id. Returns it encoded. */
export function learnEnvelope(tx: Transaction, content: Guid, envelope: Envelope): Uint8Array {
  if (envelope.messageId !== undefined) tables.messageId.put(tx, envelope.messageId, content, true)
  return encodeEnvelope(envelope)
}

/** The number of the message in the same mailbox that this one answers. */
export async function answeredNumber(
  reader: Reader,
  message: MessageRecord,
  envelope: Envelope,
): Promise<number | undefined> {
  for await (const { number, mailbox } of answeredMessages(reader, message, envelope))
    if (mailbox === message.mailbox) return number
  return undefined
}

/** The messages that this one answers, in any mailbox: the nearest first, then what that answers. */
export async function* answeredMessages(
  reader: Reader,
  message: MessageRecord,
  envelope: Envelope,
): AsyncGenerator<MessageRecord> {
  for (const id of answeredIds(envelope))
    for await (const other of messagesWithId(reader, id)) if (other.guid !== message.guid) yield other
}

/** The ids of the messages that this one answers. */
export function answeredIds({ inReplyTo, references = [], messageId }: Envelope): string[] {
  return [inReplyTo, ...references.toReversed()].flatMap((id) => (id === messageId ? [] : (id ?? [])))
}

/** The live messages with this id. */
export async function* messagesWithId(reader: Reader, id: string): AsyncGenerator<MessageRecord> {
  let looked = 0
  for await (const { key } of tables.messageId.list(reader, [id])) {
    for (const message of (await messagesOf(reader, key[1])).slice(0, lookAt))
      if (isLive(message)) yield message
    if (++looked === lookAt) break
  }
}

/** The envelope that a stand-in shows: while no ids are here, one that hangs it under the stand-in of the message that it answers. */
export async function threadedEnvelope(
  reader: Reader,
  createHash: CreateHash,
  content: ContentRecord & { readonly envelope: Uint8Array },
  message: MessageRecord,
): Promise<Envelope> {
  const envelope = decodeEnvelope(content.envelope)
  if (envelope.messageId !== undefined) return envelope
  const messageId = standInId(createHash, message.guid)
  const { answers, mailbox } = message
  const parent = answers === undefined ? undefined : await messageByUpstream(reader, mailbox, answers)
  const of = parent && (await getContent(reader, parent.content))
  const known = of?.envelope && decodeEnvelope(of.envelope).messageId
  const inReplyTo =
    parent && (known ?? (of?.skeleton === undefined ? standInId(createHash, parent.guid) : undefined))
  return { ...envelope, messageId, ...(inReplyTo !== undefined && { inReplyTo }) }
}
