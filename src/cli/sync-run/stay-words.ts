import type { StayReason, Stays } from '../../sync/evict/stays.js'
import { counted } from '../../told/sizes.js'

const reasons: Readonly<Record<StayReason, string>> = {
  marked: 'flagged, drafts or marked as deleted',
  unread: 'unread',
  answered: 'answered by newer mail',
  read: 'read lately',
  taken: 'asked for with search --take, or put back from a backup',
  foreign: 'put here by another program',
  busy: 'not in step with the endpoint yet',
  unreadable: 'unreadable here: packetboat problems says why',
  torn: 'in a mailbox of which too many pieces have left, with mail that stays between them',
  later: 'not old enough for evict yet',
  note: 'held up: packetboat-evicted in the Maildir was damaged or replaced. The next run makes it anew',
  unnoted: "held up: packetboat-evicted in the Maildir can't be written",
  unvouched: 'not seen as old, or not held whole, by the endpoint',
}

/** What is older than `keep` says and stays on this disk, by the reason. */
export function stayLines(stays: Stays): string[] {
  const all = Object.keys(reasons) as StayReason[]
  const rows = all.map((reason) => ({ count: stays[reason] ?? 0, reason })).filter(({ count }) => count > 0)
  const total = rows.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return []
  const width = String(Math.max(...rows.map(({ count }) => count))).length
  return [
    `${counted(total, 'message')} older than keep says ${total === 1 ? 'stays' : 'stay'} on this disk:`,
    ...rows.map(({ count, reason }) => `  ${String(count).padStart(width)}  ${reasons[reason]}`),
  ]
}
