import { type Change, journal } from '../../replica/change.js'
import { expectRest, getContent } from '../../replica/content/contents.js'
import { eachMessageOf } from '../../replica/content/messages-of-content.js'
import { fileOf, placeFile } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { addMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { type ContentRecord, type MessageRecord, wholeFile } from '../../replica/records.js'
import { type CopyName, takeCopyName } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { StoreMessage } from '../mail-store.js'
import { isSent } from '../policy/guard.js'
import type { IdentifiedMessage } from './identified-file.js'
import type { MailboxScan } from './mailbox-scan.js'
import { hintOf, takesUids } from './uid-of-file.js'

/** What was found is a message that wasn't here: a copy of one that is known, or mail that is new. */

/** Where the file of a new message stands. */
export interface Standing {
  readonly change: Change
  readonly scan: Pick<MailboxScan, 'mailbox' | 'numbering' | 'kept'>
  readonly now: StoreMessage
}

/** A new appearance of a known content: no content has to travel. */
export async function addCopy(
  standing: Standing,
  copy: { readonly of: MessageRecord; readonly shown: number; readonly internalDateMs: number },
): Promise<MessageRecord> {
  const { change, scan, now } = standing
  const { tx, replica } = change
  const { of: source, shown, internalDateMs } = copy
  const base = (await fileOf(tx, source.guid))?.flags ?? source.flags
  const { message, told } = await addWithFile(standing, {
    guid: replica.nextGuid(),
    content: source.content,
    internalDateMs,
    shown,
    byHand: true,
  })
  await journal(change, {
    op: 'copy',
    mailbox: scan.mailbox,
    message: message.guid,
    source: source.guid,
    flags: now.flags,
    base,
    internalDateMs,
    ...told,
  })
  if (shown === wholeFile) return message
  tables.todo.put(tx, scan.mailbox, message.guid, true)
  // With its last message it was forgotten that its rest is to come.
  const content = await getContent(tx, source.content)
  if (replica.hasUpstream && content?.whole === false) expectRest(tx, content.id)
  return message
}

/** A message whose bytes the upstream may not have: they go up unless it turns out that it has them. */
export async function addNew(
  standing: Standing,
  file: IdentifiedMessage,
  content: ContentRecord,
  { name: guid, copy, adopt }: NewName & { readonly adopt: boolean },
): Promise<void> {
  const { change, scan, now } = standing
  const { tx, replica } = change
  const { internalDateMs } = copy ?? file
  const { told } = await addWithFile(standing, {
    guid,
    content: content.id,
    internalDateMs,
    shown: wholeFile,
    // Nobody looked into Sent: the mail program has filed what was sent from elsewhere.
    ...(copy && { byHand: false }),
  })
  // Whoever has an upstream reads all of a message first.
  if (!replica.hasUpstream || file.digest === undefined) return
  await journal(change, {
    op: 'append',
    mailbox: scan.mailbox,
    message: guid,
    flags: now.flags,
    internalDateMs,
    digest: file.digest,
    sizeBytes: file.skeleton.size,
    adopt,
    ...(copy && { copyOf: copy.of }),
    ...told,
  })
  tables.upload.put(tx, guid, { begun: false, waits: adopt })
}

/** Adds the message of a file, and notes that it stands there. Gives what is told of its UID. */
async function addWithFile(
  { change, scan, now }: Standing,
  added: {
    readonly guid: Guid
    readonly content: Guid
    readonly internalDateMs: number
    readonly shown: number
    readonly byHand?: boolean
  },
): Promise<{ readonly message: MessageRecord; readonly told: { readonly uid?: number } }> {
  const { tx } = change
  const { mailbox } = scan
  const { shown, ...rest } = added
  const { own, told, kept } = await hintOf(change, scan, now)
  const message = await addMessage(change, {
    ...rest,
    mailbox,
    flags: now.flags,
    uid: own,
    ...(kept && { kept }),
  })
  await placeFile(tx, { ...now, message: message.guid, mailbox, shown })
  if (takesUids(scan) && message.uid !== (now.uid ?? 0)) tables.todo.put(tx, mailbox, message.guid, true)
  return { message, told }
}

export interface NewName {
  readonly name: Guid
  readonly copy?: CopyName
}

/** What a new message is called. A copy of mail that is on its way, which the mail program has filed as sent, has its name from that. */
export async function nameOfNew(
  { tx, replica }: Change,
  { mailbox }: MailboxScan,
  content: ContentRecord,
  { known, adopt }: { readonly known: boolean; readonly adopt: boolean },
): Promise<NewName> {
  if (!known) return { name: content.id }
  const within = adopt ? undefined : await getMailbox(tx, mailbox)
  const copy = within && isSent(within) ? await takeCopyName(tx, content.id) : undefined
  // A content that was known is named after a message that may have another name by now, or be gone: nobody is to take this one for that.
  return copy ? { name: copy.name, copy } : { name: replica.nextGuid() }
}

/** A live one, if there is any. */
export async function anyMessageOf(reader: Reader, content: Guid): Promise<MessageRecord | undefined> {
  let any: MessageRecord | undefined
  for await (const message of eachMessageOf(reader, content)) {
    if (!message.expunged) return message
    any ??= message
  }
  return any
}
