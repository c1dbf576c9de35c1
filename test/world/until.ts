import { setTimeout } from 'node:timers/promises'

/** Waits for what comes by itself. What never comes fails after minutes that no busy machine needs, instead of holding up the whole run. */
export async function until(
  done: () => boolean | Promise<boolean>,
  what: () => string = () => String(done),
): Promise<void> {
  const latest = performance.now() + mostMs
  while (!(await done())) {
    if (performance.now() > latest) throw new Error(`not seen within ${mostMs / 1000} s: ${what()}`)
    await setTimeout(50)
  }
}

const mostMs = 300_000
