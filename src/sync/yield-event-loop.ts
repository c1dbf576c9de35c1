/**
 * Lets everything else that waits in this process do some work.
 * @param ms how long at least: work that has held up the others gives back as much time as it took
 */
export function yieldToOthers(ms = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** For work in many small steps: called between them, it lets other work run whenever so many ms have passed. */
export function restNowAndThen(
  everyMs = 50,
  nowMs: () => number = () => performance.now(),
): () => Promise<void> {
  let restedMs = nowMs()
  return async () => {
    if (nowMs() - restedMs < everyMs) return
    await yieldToOthers()
    restedMs = nowMs()
  }
}
