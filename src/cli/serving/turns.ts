/** Runs work when its turn comes. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

/**
 * At most `most` pieces of work at a time, in the order in which they come. One that is still at it when `patience` is over keeps on, and
 * the next has its turn beside it: so nobody waits for somebody else's server.
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
