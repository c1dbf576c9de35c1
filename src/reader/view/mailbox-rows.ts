import type { Replica } from '../../replica/replica.js'
import { rankedMailboxes } from '../../sync/policy/mailbox-order.js'
import type { MailboxRow } from '../port.js'

/** Mailboxes in the order in which they are synced, and why in that. */
export async function mailboxRows(replica: Replica, priority: readonly string[]): Promise<MailboxRow[]> {
  const ranked = await rankedMailboxes(replica, priority)
  return ranked.map(({ mailbox: { guid, path, specialUse, messages, unseen }, why }) => ({
    guid,
    path,
    ...(specialUse !== undefined && { specialUse }),
    messages,
    unseen,
    why,
  }))
}
