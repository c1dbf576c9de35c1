/** Runs work when its turn comes. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Runs at most `most` jobs at a time, in the order in which they come. A job that still runs when `patience`
 * is over continues, and the next starts beside it, so that nobody waits for somebody else's server.
 */
export function createTurns(most: number, patience: (over: AbortSignal) => Promise<void>): Turns {
  let free = most
  const waiting: (() => void)[] = []
  const giveBack = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((begin) => waiting.push(begin))
    const over = new AbortController()
    const held = patience(over.signal).catch(() => undefined)
    void held.then(giveBack)
    try {
      return await work()
    } finally {
      over.abort()
    }
  }
}
