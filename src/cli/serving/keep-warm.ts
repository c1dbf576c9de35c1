import { setTimeout } from 'node:timers/promises'

/** Changes come in bunches: a look waits for the rest of its bunch, ms. */
const bunchMs = 1000

/**
 * Looks at a mail store whenever it tells that something has changed, so that a device that asks finds it looked at. Never two looks at a
 * time, and one more after each during which something was told.
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
