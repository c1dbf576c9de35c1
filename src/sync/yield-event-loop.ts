/**
 * Lets everything else that waits in this process do a piece of its work.
 *
 * @param ms how long at the least: whoever has held up everybody gives back what that took.
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
