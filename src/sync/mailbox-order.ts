import { listMailboxes } from '../replica/mailboxes.js'
import type { Guid } from '../replica/model.js'
import type { MailboxRecord } from '../replica/records.js'
import type { Replica } from '../replica/replica.js'
import { isSelected } from './selection.js'

const dayMs = 86_400_000
/** A mailbox counts as used for so long after a person last did something in it here. */
const usedForMs = 14 * dayMs

export interface RankedMailbox {
  readonly mailbox: MailboxRecord
  readonly why: 'priority' | 'inbox' | 'in use' | 'name'
}

/**
 * Mailboxes in the order in which they are synced: those named in the settings, INBOX, those in use here lately, the
 * rest by name, Trash and Junk last. Use is counted by the day, so that the order, which the upstream is told, doesn't change with
 * every keystroke.
 */
export async function rankedMailboxes(
  replica: Replica,
  priority: readonly string[],
): Promise<RankedMailbox[]> {
  const now = replica.now()
  const rank = (mailbox: MailboxRecord): readonly [number, number, RankedMailbox['why']] => {
    const named = priority.findIndex((pattern) => isSelected([pattern], mailbox))
    if (named >= 0) return [0, named, 'priority']
    if (mailbox.path.length === 1 && mailbox.path[0] === 'INBOX') return [1, 0, 'inbox']
    const unused = mailbox.specialUse === '\\Trash' || mailbox.specialUse === '\\Junk'
    const agoMs = now - mailbox.usedMs
    if (mailbox.usedMs > 0 && agoMs < usedForMs && !unused) return [2, Math.floor(agoMs / dayMs), 'in use']
    return [unused ? 4 : 3, 0, 'name']
  }
  return (await listMailboxes(replica.db))
    .map((mailbox) => ({ mailbox, rank: rank(mailbox) }))
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1])
    .map(({ mailbox, rank }) => ({ mailbox, why: rank[2] }))
}

/** The mailboxes that go before the order which the upstream keeps by itself (INBOX, then by name). */
export async function openingOrder(replica: Replica, priority: readonly string[]): Promise<Guid[]> {
  const ranked = await rankedMailboxes(replica, priority)
  const own = ranked.filter(({ why }) => why === 'priority' || why === 'in use')
  if (own.length === 0) return []
  return ranked.filter(({ why }) => why !== 'name').map(({ mailbox }) => mailbox.guid)
}
