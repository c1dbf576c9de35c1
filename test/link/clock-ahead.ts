import type { TestContext } from 'node:test'

/**
 * Sets the clock that limits are measured by ahead until the test has ended: what they allow is over at once, and not before, however slow the
 * machine is.
 */
export function clockAhead(t: TestContext): (ms: number) => void {
  const now = performance.now.bind(performance)
  let aheadMs = 0
  t.mock.method(performance, 'now', () => now() + aheadMs)
  return (ms) => {
    aheadMs += ms
  }
}

/** An endpoint with these looks at its connections every 10 ms. */
export const looksOften = { crowdedMs: 40 }
