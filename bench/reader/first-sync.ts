import type { BrowserContext, Page } from 'playwright-core'
import { pageHeapBytes, workerHeapBytes } from '../../test/reader/heap-bytes.js'
import { cpuOf, treeCpuSeconds } from '../process.js'
import type { Results } from '../report/results.js'
import { addBar } from './bars.js'
import { seenBy, syncOnScreen } from './browser.js'
import type { ReaderEndpoint } from './endpoint.js'

/** Everything of an account, over loopback: when what is to be seen, and what page and worker have in memory then. */
export async function firstSync(
  results: Results,
  endpoint: ReaderEndpoint,
  context: BrowserContext,
): Promise<Page> {
  const page = await context.newPage()
  await page.goto(await endpoint.link())
  await page.getByText('This browser is paired with the account me.').waitFor()
  // A browser that asks for the files of the page as well does so before, or in the time of the sync.
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  const beforeCpu = browserCpu(endpoint)
  const { beganMs, ended } = await syncOnScreen(page)
  await page.locator('[role=option] bdi').first().waitFor()
  await page.locator('[role=option]').first().click()
  await page.locator('article .text').first().waitFor({ timeout: 600_000 })
  const endedMs = await ended
  const cpu = browserCpu(endpoint) - beforeCpu
  const { at, longestMs } = await seenBy(page)
  const after = (ms = Number.NaN): number => (ms - beganMs) / 1000
  addBar(results, 'first sync: until the list of INBOX is shown', after(at.rows))
  addBar(results, 'first sync: until a first text is shown', after(at.text))
  addBar(
    results,
    'first sync: until all is here',
    after(endedMs),
    `${cpu.toFixed(0)} s of processor time in the browser`,
  )
  addBar(results, 'first sync: longest task of the page', longestMs / 1000)
  addBar(results, 'memory behind the first sync: page', await pageHeapBytes(page))
  addBar(results, 'memory behind the first sync: worker', await workerHeapBytes(page))
  await page.reload()
  await page.locator('[role=option] bdi').first().waitFor()
  addBar(results, 'memory after a reload: page', await pageHeapBytes(page))
  addBar(results, 'memory after a reload: worker', await workerHeapBytes(page))
  return page
}

/** Of all that we have started but the endpoint: nothing else runs meanwhile. */
const browserCpu = (endpoint: ReaderEndpoint): number =>
  treeCpuSeconds(process.pid) - cpuOf(process.pid) - endpoint.cpuSeconds()
