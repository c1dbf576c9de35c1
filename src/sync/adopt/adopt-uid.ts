import { type Change, journal } from '../../replica/change.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive, renumberMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Numbering } from '../mail-store.js'

/**
 * Whether a mailbox shares its numbering with the mail server beside this replica: while its UIDVALIDITY
 * there is the replica's, every UID means the same message on all replicas. docs/CONFLICTS.md "UIDs".
 */
export function isShared(mailbox: MailboxRecord | undefined, numbering: Numbering | undefined): boolean {
  if (!mailbox || !numbering || numbering.uidValidity !== mailbox.uidValidity) return false
  return numbering.guid === undefined || numbering.guid === mailbox.guid
}

/**
 * Whether a mailbox that nobody has been shown may take over the mail server's numbering: only if it really
 * is this mailbox's. With another mailbox's UIDVALIDITY but without its UIDs, which aren't shared, UIDs that
 * the mail server has already shown would be given again.
 */
export function isAdoptable(
  { replica }: Pick<Change, 'replica'>,
  mailbox: MailboxRecord | undefined,
  { guid }: Numbering,
): boolean {
  if (!mailbox || replica.hasUpstream || mailbox.uidShown > 0) return false
  return guid === undefined || guid === mailbox.guid
}

/**
 * When a mail server has lost its numbering, nobody knows how many UIDs it has given since the last look. It
 * gets back the UIDVALIDITY and the known UIDs, and later messages are numbered so far above them that those
 * UIDs can't have been given.
 */
const lossMargin = 2 ** 16

/**
 * Compares the numberings before the messages of a numbered mailbox are taken over. If nobody has been shown
 * a UID yet, the replica takes the mail server's UIDVALIDITY; otherwise the replica's stands, and the mail
 * server gets it back.
 */
export async function compareNumbering(change: Change, guid: Guid, numbering: Numbering): Promise<void> {
  const { tx } = change
  const mailbox = await getMailbox(tx, guid)
  const file = await tables.mailboxFile.get(tx, guid)
  if (!mailbox || !file) return
  if (isShared(mailbox, numbering)) {
    // It has got its numbering back, and its answer was lost: what was to be told of UIDs is told.
    const wasShared = !file.numbering || isShared(mailbox, file.numbering)
    if (!wasShared && !numbering.fixed) await tellUids(tx, guid)
    return
  }
  const adopts = isAdoptable(change, mailbox, numbering)
  // Also under a GUID that the mailbox had before: what was shown under its UIDVALIDITY was given.
  if (!adopts && file.numbering?.uidValidity !== mailbox.uidValidity) return
  // If the mail server loses it before its UIDs are taken over, that has to be seen.
  tables.mailboxFile.put(tx, guid, { ...file, numbering })
  if (adopts) {
    tables.mailbox.put(tx, guid, { ...mailbox, uidValidity: numbering.uidValidity })
    return
  }
  const { uidNext } = forgetNumbering(change, mailbox)
  await journal(change, { op: 'uid-next', mailbox: guid, uidNext })
}

/** Messages that have another UID than the mail server is known to show. */
async function tellUids(tx: Transaction, mailbox: Guid): Promise<void> {
  for await (const { value } of tables.file.list(tx, [mailbox])) {
    const message = await getMessage(tx, value.message)
    if (isLive(message) && message.uid !== value.uid) tables.todo.put(tx, mailbox, message.guid, true)
  }
}

/** The mail server no longer has the numbering that was shared, or the whole mailbox has gone from it. */
export function forgetNumbering({ tx }: Change, mailbox: MailboxRecord): MailboxRecord {
  const uidNext = mailbox.uidNext + lossMargin
  const without = { ...mailbox, uidNext, uidLost: uidNext }
  tables.mailbox.put(tx, mailbox.guid, without)
  return without
}

/** Afterwards: no UID that the mail server has given is given again, here or upstream. */
export async function adoptNumbering(change: Change, guid: Guid, numbering: Numbering): Promise<void> {
  const mailbox = await getMailbox(change.tx, guid)
  if (!mailbox || !isShared(mailbox, numbering) || numbering.uidNext <= mailbox.uidNext) return
  tables.mailbox.put(change.tx, guid, { ...mailbox, uidNext: numbering.uidNext })
  await journal(change, { op: 'uid-next', mailbox: guid, uidNext: numbering.uidNext })
}

/** A message has got this UID from the mail server, in a mailbox whose numbering is shared. */
export async function adoptUid(change: Change, message: Guid, uid: number): Promise<void> {
  const { tx, replica } = change
  const record = await getMessage(tx, message)
  if (!isLive(record) || record.uid === uid) return
  if (uid < record.uid) {
    // It has a later one by now: the mail server hears of that, where UIDs aren't its alone to give.
    const place = await tables.mailboxFile.get(tx, record.mailbox)
    if (!place?.numbering?.fixed) tables.todo.put(tx, record.mailbox, message, true)
    return
  }
  if (!replica.hasUpstream) {
    const { uid: given } = await renumberMessage(change, record, uid)
    if (given !== uid) tables.todo.put(tx, record.mailbox, message, true)
    return
  }
  await journal(change, { op: 'renumber', message, uid })
  const mailbox = await getMailbox(tx, record.mailbox)
  if (mailbox && mailbox.uidNext <= uid)
    tables.mailbox.put(tx, mailbox.guid, { ...mailbox, uidNext: uid + 1 })
}
