import type { ExchangeTally } from '../sync/initiator/exchange-tally.js'

/** What has moved in a run so far, over all its connections. */
export interface LineTally {
  /** Bytes on the line. */
  readonly up: number
  readonly down: number
  /** One for each exchange that has brought anything. */
  readonly exchanges: ReadonlySet<ExchangeTally>
}

const counters = ['listed', 'changed', 'structured', 'uploaded', 'matched', 'texts', 'contents'] as const

export type RunCounts = Readonly<Record<(typeof counters)[number], number>>

export function countsOf({ exchanges }: Pick<LineTally, 'exchanges'>): RunCounts {
  const counts = { listed: 0, changed: 0, structured: 0, uploaded: 0, matched: 0, texts: 0, contents: 0 }
  for (const received of exchanges) for (const name of counters) counts[name] += received[name]
  return counts
}
