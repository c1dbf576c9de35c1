import { type MailboxUsage, sumOf, type UsageEntry } from './usage-entry.js'
import { dayOf, grouped, monthOf } from './usage-periods.js'

const dayMs = 86_400_000
/** Mailboxes that a folded entry names; the smaller ones go together under `others`. */
const namedMailboxes = 50
const others = '(others)'

/**
 * Shortens the usage account: runs older than `keep.runs` days are combined by day and link, and anything
 * older than `keep.days` by month and link.
 */
export function foldEntries(
  entries: readonly UsageEntry[],
  keep: { readonly runs: number; readonly days: number },
  nowMs: number,
): UsageEntry[] {
  const spanOf = (entry: UsageEntry): UsageEntry['span'] => {
    const ageDays = (nowMs - Date.parse(entry.at)) / dayMs
    if (entry.span === 'month' || ageDays > keep.days) return 'month'
    return entry.span === 'day' || ageDays > keep.runs ? 'day' : 'run'
  }
  let run = 0
  const groups = grouped(entries, (entry) => {
    const span = spanOf(entry)
    if (span === 'run') return String(run++)
    return JSON.stringify([span, span === 'day' ? dayOf(entry) : monthOf(entry), entry.link])
  })
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const span = spanOf(first)
    if (span === first.span && group.length === 1) return [first]
    const sum = sumOf(group)
    return [{ at: first.at, span, link: first.link, ...sum, mailboxes: biggest(sum.mailboxes) }]
  })
}

function biggest(mailboxes: Readonly<Record<string, MailboxUsage>>): Record<string, MailboxUsage> {
  const sorted = Object.entries(mailboxes).sort(([, a], [, b]) => b.up + b.down - a.up - a.down)
  const rest = sorted.slice(namedMailboxes)
  const named = Object.fromEntries(sorted.slice(0, namedMailboxes))
  if (rest.length === 0) return named
  const sum = { messages: 0, up: 0, down: 0, ...named[others] }
  for (const [, { messages, up, down }] of rest) {
    sum.messages += messages
    sum.up += up
    sum.down += down
  }
  return { ...named, [others]: sum }
}
