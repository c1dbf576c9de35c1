import { decodeEnvelope, encodeEnvelope } from '../mime/envelope.js'
import { getContent, putContent } from '../replica/contents.js'
import { messageByUpstream } from '../replica/messages.js'
import type { Guid } from '../replica/model.js'
import type { Transaction } from '../store/database.js'
import type { RecipientsEntry } from '../wire/recipients-frame.js'

/** What a long list had left out. A header that has come since says it better. */
export async function receiveRecipients(
  tx: Transaction,
  mailbox: Guid,
  entries: readonly RecipientsEntry[],
): Promise<void> {
  for (const { number, recipients } of entries) {
    const message = await messageByUpstream(tx, mailbox, number)
    const content = message && (await getContent(tx, message.content))
    if (!content?.envelope) continue
    const envelope = decodeEnvelope(content.envelope)
    if (envelope.to.length > 0 || envelope.cc.length > 0) continue
    putContent(tx, { ...content, envelope: encodeEnvelope({ ...envelope, ...recipients }) })
  }
}
