/**
 * Calls `onStall` once when `moved` has given the same count for `stallMs` (a quarter more at most). A line
 * on which even a single byte moves is alive: at 300 bit/s, a packet takes 40 s. Returns what stops the
 * watch.
 */
export function watchStall(options: {
  readonly moved: () => number
  readonly stallMs: number
  readonly onStall: () => void
}): () => void {
  let last = options.moved()
  let still = 0
  const timer = setInterval(() => {
    const now = options.moved()
    still = now === last ? still + 1 : 0
    last = now
    if (still < 4) return
    clearInterval(timer)
    options.onStall()
  }, options.stallMs / 4)
  return () => clearInterval(timer)
}
