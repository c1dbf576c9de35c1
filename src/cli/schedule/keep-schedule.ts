import { nextRun, type Timed } from './next-runs.js'

export interface Clock {
  /** Milliseconds since 1970, as the machine has it: it may jump. */
  readonly now: () => number
  /** Settles after so long; rejects when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Never slept longer in one go: timers stand still while a machine is suspended, and its clock may be set. */
const longestSleepMs = 60_000

/** A clock that goes back by more than this was set: what has been done by the old time counts for nothing. */
const setBackMs = 60_000

/**
 * Runs each rule when its time comes, one at a time, in the order given, until the signal fires. A rule that
 * was missed (the machine was asleep, another run took long) runs once, however many times were missed.
 * `onIdle` is told when the next one is due. Returns when no rule will ever be due; rejects with what `sleep`
 * or `run` reject with.
 */
export async function keepSchedule<R extends Timed>(
  rules: readonly R[],
  options: Clock & {
    readonly signal: AbortSignal
    readonly run: (rule: R, missed: boolean) => Promise<void>
    readonly onIdle?: (nextMs: number) => void
  },
): Promise<void> {
  const { now, sleep, signal, run, onIdle } = options
  /** The time up to which each rule has been handled. */
  const doneMs = new Map(rules.map((rule) => [rule, now()]))
  let told: number | undefined
  for (;;) {
    const nowMs = now()
    const due: { readonly rule: R; readonly ms: number }[] = []
    let nextMs: number | undefined
    for (const rule of rules) {
      const doneUpTo = doneMs.get(rule) ?? nowMs
      const fromMs = nowMs < doneUpTo - setBackMs ? nowMs : doneUpTo
      doneMs.set(rule, fromMs)
      const ms = nextRun(rule, fromMs)
      if (ms === undefined) continue
      if (ms <= nowMs) due.push({ rule, ms })
      else nextMs = Math.min(nextMs ?? ms, ms)
    }
    for (const { rule, ms } of due) {
      signal.throwIfAborted()
      doneMs.set(rule, now())
      await run(rule, now() - ms > longestSleepMs)
    }
    if (due.length > 0) continue
    if (nextMs === undefined) return
    if (nextMs !== told) onIdle?.(nextMs)
    told = nextMs
    await sleep(Math.min(nextMs - nowMs, longestSleepMs), signal)
  }
}
