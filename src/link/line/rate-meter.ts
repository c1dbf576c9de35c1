/** Too little to say anything: the beginning of a line, and what buffers held. */
const leastBytes = 4096
const leastMs = 3000

/** Finds out from what has come when how fast a line is. */
export interface RateMeter {
  /** Tells the meter how many bytes have come in all, by now. */
  came(bytes: number): void
  /** The measured rate; undefined where too little has come. */
  bitsPerSecond(): number | undefined
}

/** Over so long, bytes that come late no longer make a line look much quicker than it is. */
const steadyMs = 12_000

/**
 * Measures the rate of the best stretch: pauses in which the other side works don't count against the line.
 * It is one of at least 4 kB and 3 s, or several in a row of 12 s where so much came. `nowMs` is monotonic.
 */
export function createRateMeter(nowMs: () => number): RateMeter {
  /** Where stretches began and ended, the oldest first; the first is the last one that is 12 s old. */
  let marks: readonly { readonly ms: number; readonly bytes: number }[] = []
  let [best, bestSteady]: (number | undefined)[] = []
  return {
    came: (bytes) => {
      const now = { ms: nowMs(), bytes }
      const last = marks.at(-1)
      if (!last) {
        // Measured from the first bytes on: the time before them is the round trip's.
        if (bytes > 0) marks = [now]
        return
      }
      if (bytes - last.bytes < leastBytes || now.ms - last.ms < leastMs) return
      const rateSince = (mark: typeof now): number => ((bytes - mark.bytes) * 8000) / (now.ms - mark.ms)
      best = Math.max(best ?? 0, rateSince(last))
      const at = marks.findLastIndex(({ ms }) => now.ms - ms >= steadyMs)
      const steady = marks[at]
      if (steady) bestSteady = Math.max(bestSteady ?? 0, rateSince(steady))
      marks = [...marks.slice(Math.max(0, at)), now]
    },
    bitsPerSecond: () => bestSteady ?? best,
  }
}
