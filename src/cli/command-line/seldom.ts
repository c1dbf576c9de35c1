/** Options of a run that its help only names. */
export const seldom: ReadonlySet<string> = new Set([
  '--jitter',
  '--ext-exit',
  '--limit-rate',
  '--stall',
  '--give-up-after',
  '--max-time',
  '--until',
  '--max-cost',
])
