/** Options of a run that its help names at its end; `packetboat help sync` explains them. */
export const seldom: ReadonlySet<string> = new Set([
  '--max-time',
  '--until',
  '--max-cost',
  '--limit-rate',
  '--stall',
  '--give-up-after',
  '--jitter',
  '--ext-exit',
])
