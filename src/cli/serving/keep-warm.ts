import { setTimeout } from 'node:timers/promises'

/** Changes come in bunches: a look waits for the rest of its bunch, ms. */
const bunchMs = 1000

/**
 * Scans a mail store whenever it reports a change, so that it is up to date when a device asks. Runs one scan
 * at a time, and one more after each during which a change was reported.
 */
export async function keepWarm(
  watch: (changed: () => void, signal: AbortSignal) => Promise<void>,
  look: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let told = false
  let wake = (): void => {}
  const watching = watch(() => {
    told = true
    wake()
  }, signal).finally(() => wake())
  while (!signal.aborted) {
    if (!told) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), watching])
    await setTimeout(bunchMs, undefined, { signal, ref: false }).catch(() => undefined)
    if (signal.aborted) break
    told = false
    await look()
  }
  await watching
}
