import { useAt } from '../../replica/mailbox-use.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord } from '../../replica/records.js'
import type { Replica } from '../../replica/replica.js'
import { isSelected } from './selection.js'

export interface RankedMailbox {
  readonly mailbox: MailboxRecord
  readonly why: 'priority' | 'inbox' | 'in use' | 'name' | 'last'
  /** What people did there lately, whatever its rank comes from. */
  readonly use?: { readonly acts: number; readonly agoMs: number }
}

/**
 * The order in which mailboxes are synced: those named in the settings; INBOX; those in use here on the days
 * before (one first used today comes after them); the rest by name; Trash and Junk last. Today's use is left
 * out so that the order, which the upstream is told, doesn't change with every keystroke.
 */
export async function rankedMailboxes(
  replica: Replica,
  priority: readonly string[],
): Promise<RankedMailbox[]> {
  const now = replica.now()
  const ranked = (await listMailboxes(replica.db)).map((mailbox) => {
    const use = useAt(mailbox.use, now)
    return { mailbox, use, ...rankOf(mailbox, priority, use?.score) }
  })
  return ranked
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1])
    .map(({ mailbox, why, use }) => ({
      mailbox,
      why,
      ...(use && { use: { acts: use.acts, agoMs: use.agoMs } }),
    }))
}

function rankOf(
  mailbox: MailboxRecord,
  priority: readonly string[],
  score: number | undefined,
): { readonly rank: readonly [number, number]; readonly why: RankedMailbox['why'] } {
  const named = priority.findIndex((pattern) => isSelected([pattern], mailbox))
  if (named >= 0) return { rank: [0, named], why: 'priority' }
  if (mailbox.path.length === 1 && mailbox.path[0] === 'INBOX') return { rank: [1, 0], why: 'inbox' }
  const unused = mailbox.specialUse === '\\Trash' || mailbox.specialUse === '\\Junk'
  if (score !== undefined && !unused) return { rank: [2, -score], why: 'in use' }
  return unused ? { rank: [4, 0], why: 'last' } : { rank: [3, 0], why: 'name' }
}

/** The mailboxes that go before the order which the upstream keeps by itself (INBOX, then by name). */
export async function openingOrder(replica: Replica, priority: readonly string[]): Promise<Guid[]> {
  const ranked = await rankedMailboxes(replica, priority)
  const own = ranked.filter(({ why }) => why === 'priority' || why === 'in use')
  if (own.length === 0) return []
  return ranked.filter(({ why }) => why !== 'name' && why !== 'last').map(({ mailbox }) => mailbox.guid)
}
