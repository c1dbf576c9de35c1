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

/**
 * Measures the rate of the best stretch of at least 4 kB and 3 s: pauses in which the other side works don't
 * count against the line. `nowMs` is monotonic.
 */
export function createRateMeter(nowMs: () => number): RateMeter {
  let start: { readonly ms: number; readonly bytes: number } | undefined
  let best: number | undefined
  return {
    came: (bytes) => {
      const ms = nowMs()
      if (!start) {
        // Measured from the first bytes on: the time before them is the round trip's.
        if (bytes > 0) start = { ms, bytes }
        return
      }
      if (bytes - start.bytes < leastBytes || ms - start.ms < leastMs) return
      best = Math.max(best ?? 0, ((bytes - start.bytes) * 8000) / (ms - start.ms))
      start = { ms, bytes }
    },
    bitsPerSecond: () => best,
  }
}
