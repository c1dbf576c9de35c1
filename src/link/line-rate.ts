/** Over which the rate of a line is taken, ms. */
const windowMs = 2000
/** Fewer bytes say nothing of a line: they may have waited for the other side's work. */
const tellingBytes = 4000

/**
 * Bytes a second below which text goes by codec 2: 100 kbit/s. A processor of 2020 codes some 170 kB of text a second, which is 25 kB
 * on the line; half of that is left for busy or older ones. A run that the coder has slowed down is faster than this all the same,
 * so the next one goes without it.
 */
export const slowBytesPerSecond = 12_500

/** How fast a line is, by what it brought. */
export interface RateMeter {
  /** To be called a few times a second while bytes may come, with their number so far. */
  moved(bytes: number): void
  /** The most that came in two seconds, as bytes a second. Undefined while that tells nothing. */
  bytesPerSecond(): number | undefined
}

/** @param now ms, from any start. */
export function createRateMeter(now: () => number): RateMeter {
  let samples: { readonly atMs: number; readonly bytes: number }[] = []
  let first: { readonly atMs: number; readonly bytes: number } | undefined
  let lastMs = 0
  let bytes = 0
  let most = 0
  return {
    moved(total) {
      const atMs = now()
      if (total === bytes && first) return
      first ??= { atMs, bytes: total }
      bytes = total
      lastMs = atMs
      samples.push({ atMs, bytes: total })
      samples = samples.filter((sample) => atMs - sample.atMs <= windowMs)
      most = Math.max(most, total - (samples[0]?.bytes ?? total))
    },
    bytesPerSecond() {
      const rate = (most * 1000) / windowMs
      const lasted = first && lastMs - first.atMs >= windowMs && bytes - first.bytes >= tellingBytes
      return lasted || rate >= slowBytesPerSecond ? rate : undefined
    },
  }
}
