const limits = ['--max-time', '--until', '--max-cost']
const others = ['--limit-rate', '--stall', '--give-up-after', '--jitter', '--ext-exit']

/** Options of a run that its help only names. */
export const seldom: ReadonlySet<string> = new Set([...limits, ...others])

export const seldomWords = `Other limits: ${limits.join(', ')}. More: ${others.slice(0, 2).join(', ')},
${others.slice(2).join(', ')}. man packetboat explains them.`
