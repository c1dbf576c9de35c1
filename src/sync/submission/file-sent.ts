import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/contents.js'
import { createMailbox, getMailbox, listMailboxes, mailboxAt } from '../../replica/mailboxes.js'
import { addMessage, announceMessage, isLive, messagesOf } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import type { SubmissionRecord } from '../../replica/submission/submission.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { isSent } from '../policy/guard.js'

/** Contents of one Message-ID that are looked at. */
const namesakes = 50

/** Whether the mail server has filed a copy of it, as some providers do with what they have taken over: not what a device has put there. */
export async function wasFiledThere({ replica }: Account, submission: SubmissionRecord): Promise<boolean> {
  for (const { origin, internalDateMs } of await copiesIn(replica.db, submission, isSent))
    if (origin === undefined && internalDateMs >= (submission.arrivedMs ?? 0) - clockMs) return true
  return false
}

/** By how much a mail server's clock may be behind ours, ms. */
const clockMs = 60 * 60_000

/** Files it as sent, with its Bcc. The device that wrote it has the bytes, and is told so. Undefined where a copy is there. */
export async function fileSent(
  change: Change,
  submission: SubmissionRecord,
  { unlessThere }: { readonly unlessThere: boolean },
): Promise<Guid | undefined> {
  const { tx, replica } = change
  const content = await getContent(tx, submission.content)
  if (!content || (unlessThere && (await copiesIn(tx, submission, isSent)).length > 0)) return undefined
  const mailbox = (await sentMailbox(tx)) ?? (await createMailbox(change, { path: ['Sent'] }))
  const message = await addMessage(change, {
    guid: replica.nextGuid(),
    mailbox: mailbox.guid,
    content: content.id,
    flags: ['\\Seen'],
    internalDateMs: replica.now(),
  })
  await announceMessage(change, message, content)
  if (submission.device !== undefined && !submission.madeWhole)
    tables.holds.put(tx, submission.device, content.id, submission.guid)
  return message.guid
}

async function sentMailbox(reader: Reader): Promise<MailboxRecord | undefined> {
  const all = (await listMailboxes(reader)).filter(isSent)
  return (
    all.find(({ specialUse }) => specialUse === '\\Sent') ?? (await mailboxAt(reader, ['Sent'])) ?? all[0]
  )
}

/** Live messages in such mailboxes that have its Message-ID, or its bytes. */
export async function copiesIn(
  reader: Reader,
  { content: id }: SubmissionRecord,
  isSuch: (mailbox: MailboxRecord) => boolean,
): Promise<MessageRecord[]> {
  const content = await getContent(reader, id)
  const { messageId } = content?.envelope ? decodeEnvelope(content.envelope) : {}
  const contents = new Set([id])
  if (messageId !== undefined)
    for await (const { key } of tables.messageId.list(reader, [messageId], { limit: namesakes }))
      contents.add(key[1])
  const copies: MessageRecord[] = []
  for (const each of contents)
    for (const message of (await messagesOf(reader, each)).slice(0, namesakes)) {
      const mailbox = await getMailbox(reader, message.mailbox)
      if (isLive(message) && mailbox && isSuch(mailbox)) copies.push(message)
    }
  return copies
}
