import type { BrowserContext, Page } from 'playwright-core'
import type { Results } from '../report/results.js'
import { addBar } from './bars.js'
import { median, seenBy } from './browser.js'
import type { ReaderEndpoint } from './endpoint.js'

/** How long a page takes that is opened while the endpoint is away. */
export async function openWithoutLine(
  results: Results,
  endpoint: ReaderEndpoint,
  page: Page,
  rounds: number,
): Promise<void> {
  await endpoint.stop()
  const [paints, rows]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    await page.reload()
    await page.locator('[role=option] bdi').first().waitFor()
    paints.push(
      await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime`),
    )
    rows.push((await seenBy(page)).at.rows ?? Number.NaN)
  }
  await endpoint.start()
  const note = `median of ${rounds}`
  addBar(results, 'opened without a line: first paint', median(paints) / 1000, note)
  addBar(results, 'opened without a line: until 50 rows are here', median(rows) / 1000, note)
}

/** What a person sees who scrolls through INBOX. */
export async function scroll(results: Results, page: Page, seconds: number): Promise<void> {
  await page.locator('[role=option] bdi').first().waitFor()
  const { frames, blank, elements, total } = await page.evaluate<Scrolled>(`(async () => {
    const box = document.querySelector('[role=listbox]')
    const total = Number(box.querySelector('[role=option]').ariaSetSize)
    const frames = []
    let [blank, elements] = [0, 0]
    const frame = () => new Promise(requestAnimationFrame)
    const beganMs = await frame()
    for (let beforeMs = beganMs; beforeMs - beganMs < ${seconds} * 1000; ) {
      const nowMs = await frame()
      frames.push(nowMs - beforeMs)
      beforeMs = nowMs
      box.scrollTop = ((nowMs - beganMs) * 3000) / 1000
      // What is drawn now: rows with something in them, of those that are to be seen.
      const drawn = new Set([...box.querySelectorAll('[role=option]:has(bdi)')].map(({ ariaPosInSet }) => ariaPosInSet - 1))
      const last = Math.min(total, Math.ceil((box.scrollTop + box.clientHeight) / 56))
      let lacking = 0
      for (let row = Math.floor(box.scrollTop / 56); row < last; row++) if (!drawn.has(row)) lacking++
      blank = Math.max(blank, lacking)
      elements = Math.max(elements, box.querySelectorAll('*').length)
    }
    box.scrollTop = 0
    return { frames, blank, elements, total }
  })()`)
  const late = frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? Number.NaN
  const note = `${seconds} s in a list of ${total}`
  addBar(results, 'scrolling 3,000 px/s: a frame, 95 of 100', late / 1000, note)
  addBar(results, 'scrolling 3,000 px/s: blank rows', blank, 'most at once')
  addBar(results, 'scrolling 3,000 px/s: elements of the list', elements, 'most at once')
}

interface Scrolled {
  readonly frames: readonly number[]
  readonly blank: number
  readonly elements: number
  readonly total: number
}

/** What two tabs see of each other. The first one leads, and crashes in the end. Returns the other. */
export async function twoTabs(
  results: Results,
  context: BrowserContext,
  first: Page,
  rounds: number,
): Promise<Page> {
  const second = await context.newPage()
  await second.goto(first.url())
  await second.locator('[role=option] bdi').first().waitFor()
  await second.getByText('Another tab of this browser has the mail').waitFor()
  const row = '[role=option][aria-posinset="3"]'
  for (const tab of [first, second]) {
    await tab.locator(row).click()
    await tab.locator('article').first().waitFor()
  }
  const shownMs: number[] = []
  for (let round = 0; round < rounds; round++)
    for (const [acts, looks] of [
      [first, second],
      [second, first],
    ] as const) {
      // Both have drawn what was done before.
      await acts.waitForTimeout(700)
      const before = await looks.locator(row).textContent()
      const seen = until(looks, `document.querySelector('${row}').textContent !== ${JSON.stringify(before)}`)
      const beganMs = await acts.evaluate<number>(`(() => {
        const beganMs = Date.now()
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 's', bubbles: true }))
        return beganMs
      })()`)
      shownMs.push((await seen) - beganMs)
    }
  addBar(
    results,
    'two tabs: until what one does shows in the other',
    median(shownMs) / 1000,
    `median of ${shownMs.length}`,
  )
  const leads = until(second, `!document.querySelector('.notices').textContent.includes('Another tab')`)
  const devtools = await context.newCDPSession(first)
  const crashedMs = Date.now()
  void devtools.send('Page.crash').catch(() => undefined)
  addBar(results, 'two tabs: until the other leads when one crashes', ((await leads) - crashedMs) / 1000)
  return second
}

/** When a page comes to show something, by the clock that all tabs have. */
const until = (page: Page, condition: string): Promise<number> =>
  page.evaluate<number>(`new Promise((done, fail) => {
    const watch = new MutationObserver(() => ${condition} && (watch.disconnect(), done(Date.now())))
    watch.observe(document, { childList: true, subtree: true, characterData: true })
    setTimeout(() => fail(new Error('the page never showed it')), 60_000)
  })`)
