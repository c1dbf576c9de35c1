import { sumOf, type UsageEntry, type UsageSum } from './usage-entry.js'
import { dayOf, grouped, monthOf } from './usage-periods.js'

export const groupings = ['day', 'month', 'link', 'mailbox', 'account'] as const
export type Grouping = (typeof groupings)[number]

/** A line of the account. `name` is a day (2026-11-25), a month (2026-11), a link or a mailbox. */
export type UsageRow = Omit<UsageSum, 'mailboxes'> & {
  readonly name: string
  /** Messages that were listed. */
  readonly messages: number
}

/** The part of the traffic that belongs to no mailbox. */
export const noMailbox = '(the line itself)'

/** Sums by day, month, link or mailbox. A mailbox has no price or time of its own. */
export function usageRows(entries: readonly UsageEntry[], by: Exclude<Grouping, 'account'>): UsageRow[] {
  if (by === 'mailbox') return mailboxRows(entries)
  const nameOf = by === 'day' ? dayOf : by === 'month' ? monthOf : ({ link }: UsageEntry) => link
  return [...grouped(entries, nameOf)].map(([name, group]) => usageRow(name, group)).sort(byName)
}

export function usageRow(name: string, entries: readonly UsageEntry[]): UsageRow {
  const { mailboxes, ...sum } = sumOf(entries)
  const messages = Object.values(mailboxes).reduce((all, mailbox) => all + mailbox.messages, 0)
  return { name, ...sum, messages }
}

function mailboxRows(entries: readonly UsageEntry[]): UsageRow[] {
  const { mailboxes, up, down } = sumOf(entries)
  const none = { runs: 0, failed: 0, seconds: 0, costs: {} }
  const rows = Object.entries(mailboxes).map(([name, usage]) => {
    const taken = entries.filter((entry) => Object.hasOwn(entry.mailboxes, name))
    const runs = taken.reduce((sum, entry) => sum + entry.runs, 0)
    return { ...none, name, ...usage, runs }
  })
  const rest = rows.reduce((left, row) => ({ up: left.up - row.up, down: left.down - row.down }), {
    up,
    down,
  })
  rows.sort((a, b) => b.up + b.down - a.up - a.down || byName(a, b))
  if (rest.up + rest.down < 1) return rows
  return [
    ...rows,
    { ...none, name: noMailbox, messages: 0, up: Math.max(0, rest.up), down: Math.max(0, rest.down) },
  ]
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : Number(a.name > b.name)
