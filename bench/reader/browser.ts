import { existsSync } from 'node:fs'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { executablePath } from '../../test/reader/chromium.js'

export const whyNoBrowser = (): string | undefined =>
  existsSync(executablePath)
    ? undefined
    : `${executablePath} is not here (scripts/install-peers.sh installs it as root on Debian)`

/** Moments that a page notes by itself, in ms since it began to load. */
type Moment = 'rows' | 'text'

interface Seen {
  readonly at: Readonly<Partial<Record<Moment, number>>>
  readonly longestMs: number
}

/** Text, because what makes these programs out of TypeScript puts calls into functions that pages don't have. */
const watching = `(() => {
  const seen = (globalThis.benchSeen = { at: {}, longestMs: 0 })
  const isThere = {
    rows: () => document.querySelector('[role=option] bdi'),
    text: () => document.querySelector('article .text'),
  }
  const look = () => {
    for (const [name, is] of Object.entries(isThere)) if (!(name in seen.at) && is()) seen.at[name] = performance.now()
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longestMs = Math.max(seen.longestMs, duration)
  }).observe({ type: 'longtask', buffered: true })
})()`

/** A browser over a profile on the disk, as a person's is. */
export async function openBrowser(profile: string): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    viewport: { width: 1280, height: 800 },
    args: ['--accept-lang=en'],
  })
  await context.addInitScript(watching)
  return context
}

/** What the page has noted since it was loaded. */
export const seenBy = (page: Page): Promise<Seen> => page.evaluate('benchSeen')

/** Syncs as a person does, to the end. Returns when that began and ended, by the page's clock. */
export async function syncOnScreen(
  page: Page,
): Promise<{ readonly beganMs: number; ended: Promise<number> }> {
  const beganMs = await page.evaluate<number>(`(() => {
    benchSeen.longestMs = 0
    document.querySelector('form.sync button').click()
    return performance.now()
  })()`)
  const ended = page
    .getByText(/^Synced with /)
    .waitFor({ timeout: 1_800_000 })
    .then(() => page.evaluate<number>('performance.now()'))
  return { beganMs, ended }
}

/** What a page's worker answers to a call, and how long that took it, ms. */
export interface Asked<T> {
  readonly answer: T
  readonly ms: number
}

/** Calls the page's worker itself, as the page does, without the screen. */
export async function askWorker<T>(page: Page, call: string, ...given: unknown[]): Promise<Asked<T>> {
  const [worker] = page.workers()
  if (!worker) throw new Error('the page has no worker')
  const { failure, ...asked } = await worker.evaluate<Asked<T> & { readonly failure?: unknown }>(`(() => {
    const post = (globalThis.benchPost ??= globalThis.postMessage.bind(globalThis))
    const asked = (globalThis.benchAsked ??= new Map())
    globalThis.postMessage = (message) => (asked.get(message.id) ?? post)(message)
    const id = 1e9 + (globalThis.benchCalls = (globalThis.benchCalls ?? 0) + 1)
    return new Promise((done) => {
      const beganMs = performance.now()
      asked.set(id, (message) => {
        asked.delete(id)
        done({ answer: message.answer, failure: message.failure, ms: performance.now() - beganMs })
      })
      globalThis.onmessage({ data: ${JSON.stringify({ call, arguments: given }).slice(0, -1)}, id } })
    })
  })()`)
  if (failure !== undefined) throw new Error(`${call}: ${JSON.stringify(failure)}`)
  return asked
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
