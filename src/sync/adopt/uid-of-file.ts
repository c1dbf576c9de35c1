import type { Change } from '../../replica/change.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { type KeptNumber, reserveUid } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { StoreMessage } from '../mail-store.js'
import { adoptUid, isShared } from './adopt-uid.js'
import type { MailboxScan } from './mailbox-scan.js'

/** The UIDs of files that were just found. */

/** A UID counts where the numbering is shared. */
async function sharedUid(
  { tx }: Change,
  scan: Pick<MailboxScan, 'mailbox' | 'numbering'>,
  { uid }: StoreMessage,
): Promise<number | undefined> {
  return isShared(await getMailbox(tx, scan.mailbox), scan.numbering) ? uid : undefined
}

export async function takeUidHere(
  change: Change,
  scan: MailboxScan,
  message: Guid,
  now: StoreMessage,
): Promise<void> {
  const uid = await sharedUid(change, scan, now)
  if (uid !== undefined) await adoptUid(change, message, uid)
}

/** Whether the mail server can be told which UID a message has. */
export function takesUids({ numbering }: Pick<MailboxScan, 'numbering'>): boolean {
  return numbering !== undefined && !numbering.fixed
}

/**
 * What is told of a UID that a new message has from the mail server (nothing where it can't be its UID), and what was kept for it where it is older
 * than what was read before it.
 */
export async function hintOf(
  change: Change,
  scan: Pick<MailboxScan, 'mailbox' | 'numbering' | 'kept'>,
  now: StoreMessage,
): Promise<{
  readonly own: number
  readonly told: { readonly uid?: number }
  readonly kept?: KeptNumber
}> {
  const uid = await sharedUid(change, scan, now)
  const kept = scan.kept?.take(change.tx, uid)
  const own = kept?.uid ?? (await reserveUid(change, scan.mailbox, uid))
  const mailbox = await getMailbox(change.tx, scan.mailbox)
  if (uid !== undefined && mailbox && mailbox.uidNext <= uid)
    tables.mailbox.put(change.tx, scan.mailbox, { ...mailbox, uidNext: uid + 1 })
  return { own, told: uid === undefined ? {} : { uid }, ...(kept && { kept }) }
}
