import type { Page } from 'playwright-core'

/** Counts the processor time of a page's own thread, in which whatever else this machine does isn't: what was used since the last call, ms. */
export async function pageWork(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  let before = 0
  const workedMs = async (): Promise<number> => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    const now = 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
    const worked = now - before
    before = now
    return worked
  }
  await workedMs()
  return workedMs
}
