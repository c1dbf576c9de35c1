import { type Comparison, compareMail, compareTraces } from '../../mime/headers/compare-mail.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { createMailbox, getMailbox, listMailboxes, mailboxAt } from '../../replica/mailboxes.js'
import { addMessage, announceMessage, getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import type { SubmissionRecord } from '../../replica/submission/submission.js'
import { nameOfCopy } from '../../replica/submission/submission.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { type OpenContent, openContent } from '../content/content-access.js'
import { isForDeletion, isSent } from '../policy/guard.js'

/** Contents of one Message-ID that are looked at. */
const namesakes = 50

/**
 * Files it as sent, with its Bcc. The device that wrote it has the bytes, and is told so. Undefined where one of these copies is still there.
 * What its mail program files of it besides is the same message, unless both are wanted.
 */
export async function fileSent(
  change: Change,
  submission: SubmissionRecord,
  copies: readonly MessageRecord[],
  { both }: { readonly both: boolean },
): Promise<Guid | undefined> {
  const { tx, replica } = change
  const content = await getContent(tx, submission.content)
  if (!content) return undefined
  for (const copy of copies) if (await unchanged(tx, copy)) return undefined
  const mailbox = (await sentMailbox(tx)) ?? (await createMailbox(change, { path: ['Sent'] }))
  const name = nameOfCopy(submission.guid)
  const message = await addMessage(change, {
    guid: both || (await getMessage(tx, name)) ? replica.nextGuid() : name,
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

/**
 * Whether the mail server has filed a copy of it, as some providers do with what they have taken over. What a device has put there proves nothing,
 * and who has lost its memory can't tell that by the device: then a server has left its mark on the copy, or the mail goes once more.
 */
export async function wasFiledThere(account: Account, submission: SubmissionRecord): Promise<boolean> {
  const { again, since = 0, arrivedMs = 0 } = submission
  const unmarked: MessageRecord[] = []
  for (const copy of await copiesIn(account.replica.db, submission, isSent)) {
    if (!isOfServer(copy) || copy.internalDateMs < arrivedMs - clockMs) continue
    if (!again && copy.created > since) return true
    unmarked.push(copy)
  }
  const compared = await compareWith(account, submission, unmarked, (copy, sent) => compareTraces(sent, copy))
  return compared.some(({ comparison }) => comparison === 'more')
}

/** How far a mail server's clock may be behind ours, in ms. */
const clockMs = 60 * 60_000

/** Whether the mail server filed it: no device did, and it isn't a draft that somebody moved. A server may rewrite what it files, so the bytes may differ. */
function isOfServer({ origin, flags }: MessageRecord): boolean {
  return origin === undefined && !flags.includes('\\Draft')
}

/** What is the copy of it that a person finds: not a draft of it that was changed since, which has its Message-ID too. */
export async function filedCopies(account: Account, submission: SubmissionRecord): Promise<MessageRecord[]> {
  const copies = await foundCopies(account.replica.db, submission)
  const told = copies.filter(isOfServer)
  return told.length > 0 ? told : whole(account, submission, copies)
}

/** Copies in Sent, and the very bytes elsewhere: somebody may have renamed Sent, or moved the copy, since the mail program filed it. */
async function foundCopies(reader: Reader, submission: SubmissionRecord): Promise<MessageRecord[]> {
  return copiesIn(
    reader,
    submission,
    (mailbox, { content, flags }) =>
      isSent(mailbox) ||
      (content === submission.content && !flags.includes('\\Draft') && !isForDeletion(mailbox)),
  )
}

/** What lies in Sent and has all that was sent. */
export async function copiesOf(account: Account, submission: SubmissionRecord): Promise<MessageRecord[]> {
  return whole(account, submission, await copiesIn(account.replica.db, submission, isSent))
}

/** What lies anywhere and has all that was sent. */
export async function allCopiesOf(account: Account, submission: SubmissionRecord): Promise<MessageRecord[]> {
  return whole(account, submission, await foundCopies(account.replica.db, submission))
}

async function whole(
  account: Account,
  submission: SubmissionRecord,
  copies: readonly MessageRecord[],
): Promise<MessageRecord[]> {
  const compared = await compareWith(account, submission, copies, (copy, sent) => compareMail(sent, copy))
  return compared.filter(({ comparison }) => comparison !== 'differs').map(({ message }) => message)
}

/** Such live messages that have its Message-ID, or its bytes. */
export async function copiesIn(
  reader: Reader,
  { content: id }: SubmissionRecord,
  isSuch: (mailbox: MailboxRecord, message: MessageRecord) => boolean,
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
      if (isLive(message) && mailbox && isSuch(mailbox, message)) copies.push(message)
    }
  return copies
}

export async function areAsSeen(reader: Reader, messages: readonly MessageRecord[]): Promise<boolean> {
  for (const seen of messages) if (!(await unchanged(reader, seen))) return false
  return true
}

/** The message as it is now, unless something has been done with it since. */
export async function unchanged(
  reader: Reader,
  { guid, modseq }: MessageRecord,
): Promise<MessageRecord | undefined> {
  const message = await getMessage(reader, guid)
  return isLive(message) && message.modseq === modseq ? message : undefined
}

/** Compares what was sent with each of these messages. */
export async function compareWith(
  account: Account,
  { content: id }: SubmissionRecord,
  messages: readonly MessageRecord[],
  compare: (copy: OpenContent, sent: OpenContent) => Promise<Comparison>,
): Promise<{ readonly message: MessageRecord; readonly comparison: Comparison }[]> {
  if (messages.length === 0) return []
  const sent = await openById(account, id)
  try {
    const compared: { readonly message: MessageRecord; readonly comparison: Comparison }[] = []
    for (const message of messages) {
      const copy = message.content === id ? 'same' : await openById(account, message.content)
      try {
        const comparison = copy === 'same' ? copy : copy && sent ? await compare(copy, sent) : 'differs'
        compared.push({ message, comparison })
      } finally {
        if (copy !== 'same') await copy?.close()
      }
    }
    return compared
  } finally {
    await sent?.close()
  }
}

async function openById(account: Account, id: Guid): Promise<OpenContent | undefined> {
  const content = await getContent(account.replica.db, id)
  return content?.whole ? openContent(account, content) : undefined
}
