import { exactAmount } from '../../settings/price.js'
/** One line of the account: a run, or the runs of a day or a month in one. */
export interface UsageEntry {
  /** When it began, ISO 8601 in UTC. Only shown: a boat's clock may be wrong. */
  readonly at: string
  readonly span: 'run' | 'day' | 'month'
  /** The link profile's name. */
  readonly link: string
  readonly runs: number
  /** How many of them did not end with exit code 0. */
  readonly failed: number
  /** TCP payload with TLS and HTTP, bytes. */
  readonly up: number
  readonly down: number
  readonly seconds: number
  /** Amounts by currency. */
  readonly costs: Readonly<Record<string, number>>
  /** By mailbox name. What `up` and `down` hold beyond these is the line's own: TLS, HTTP, and frames about no mailbox. */
  readonly mailboxes: Readonly<Record<string, MailboxUsage>>
  /** For a run: its exit code; null when it was killed before it could note one. */
  readonly exit?: number | null
  /** For a run that came to its end: the code of the error that says what was left out. */
  readonly left?: string
  /** For a run: deferred parts that wait. */
  readonly waits?: { readonly parts: number; readonly bytes: number }
  /** For a run: it only asked what a sync would move. */
  readonly dry?: true
}

export interface MailboxUsage {
  /** Messages that were listed. */
  readonly messages: number
  readonly up: number
  readonly down: number
}

export function encodeEntry(entry: UsageEntry): string {
  return JSON.stringify(entry)
}

/** Undefined for a line that isn't an entry: cut by a crash, or written by another program. */
export function decodeEntry(line: string): UsageEntry | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  const { at, span, link, costs, mailboxes, exit, left, waits, dry } = value
  const { runs, failed, up, down, seconds } = value
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at)) || typeof link !== 'string') return undefined
  if (span !== 'run' && span !== 'day' && span !== 'month') return undefined
  if (!areAmounts([runs, failed, up, down, seconds])) return undefined
  if (!isRecord(costs) || !areAmounts(Object.values(costs)) || !isRecord(mailboxes)) return undefined
  for (const usage of Object.values(mailboxes))
    if (!isRecord(usage) || !areAmounts([usage['messages'], usage['up'], usage['down']])) return undefined
  if (exit !== undefined && exit !== null && typeof exit !== 'number') return undefined
  if (left !== undefined && typeof left !== 'string') return undefined
  if (waits !== undefined && !(isRecord(waits) && areAmounts([waits['parts'], waits['bytes']])))
    return undefined
  if (dry !== undefined && dry !== true) return undefined
  return value as unknown as UsageEntry
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function areAmounts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'number' && Number.isFinite(value) && value >= 0)
}

/** What several entries come to. */
export type UsageSum = Pick<UsageEntry, 'runs' | 'failed' | 'up' | 'down' | 'seconds' | 'costs' | 'mailboxes'>

export function sumOf(entries: Iterable<UsageEntry>): UsageSum {
  let [runs, failed, up, down, seconds] = [0, 0, 0, 0, 0]
  // A mailbox may be called like something that every object has.
  const costs = new Map<string, number>()
  const mailboxes = new Map<string, MailboxUsage>()
  for (const entry of entries) {
    runs += entry.runs
    failed += entry.failed
    up += entry.up
    down += entry.down
    seconds += entry.seconds
    for (const [currency, amount] of Object.entries(entry.costs))
      costs.set(currency, exactAmount((costs.get(currency) ?? 0) + amount))
    for (const [name, usage] of Object.entries(entry.mailboxes)) {
      const before = mailboxes.get(name) ?? { messages: 0, up: 0, down: 0 }
      mailboxes.set(name, {
        messages: before.messages + usage.messages,
        up: before.up + usage.up,
        down: before.down + usage.down,
      })
    }
  }
  return {
    runs,
    failed,
    up,
    down,
    seconds,
    costs: Object.fromEntries(costs),
    mailboxes: Object.fromEntries(mailboxes),
  }
}
