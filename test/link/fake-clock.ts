import type { LineClock } from '../../src/link/pace.js'

/** A clock that stands until it is moved: what is due runs in its order, each at its time. */
export interface FakeClock extends LineClock {
  /** Lets so much time pass; between what is due, whatever else waits may run. */
  pass(ms: number): Promise<void>
}

export function fakeClock(lateMs: () => number = () => 0): FakeClock {
  let now = 0
  const due: { readonly ms: number; readonly run: () => void }[] = []
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    now: () => now,
    after: (ms, run) => void due.push({ ms: now + ms + lateMs(), run }),
    pass: async (ms) => {
      const end = now + ms
      await settle()
      for (;;) {
        due.sort((a, b) => a.ms - b.ms)
        const next = due[0]
        if (!next || next.ms > end) break
        due.shift()
        now = Math.max(now, next.ms)
        next.run()
        await settle()
      }
      now = end
    },
  }
}
