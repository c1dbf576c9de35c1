import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { ReaderEvent } from '../../../src/reader/port.js'
import { folderOf } from '../../link/reader/browser.js'
import { worldOf } from '../../link/world.js'
import { bundle, startChromium } from '../chromium.js'
import type { MadeAccount, StandIn } from './standing-in.js'

export interface Ui {
  readonly browser: Browser
  /** The address of the page. */
  readonly home: string
  /** A new page with this mail. */
  open(account: MadeAccount, options?: BrowserContextOptions): Promise<UiTab>
}

export interface UiTab {
  readonly page: Page
  /** What the browser complained of. */
  readonly complaints: string[]
  /** What was answered to it, by anybody. What a policy has stopped isn't among it. */
  readonly answered: string[]
  calls(name: string): Promise<unknown[][]>
  /** As if the worker had said it. */
  tell(event: ReaderEvent): Promise<void>
}

/** The reader's screen over a stand-in for its worker, served by an endpoint under its policy. */
export async function openUi(
  t: TestContext,
  { instead = {} }: { readonly instead?: Readonly<Record<string, string>> } = {},
): Promise<Ui> {
  const css = readFileSync('src/reader/page/reader.css', 'utf8')
  const html = readFileSync('src/reader/page/index.html', 'utf8').replace(
    '<script type="module" src="main.js">',
    '<script defer src="program.js">',
  )
  const reader = folderOf(t, {
    'index.html': html,
    'reader.css': css,
    'frame.html': readFileSync('src/reader/page/frame.html', 'utf8'),
    'program.js': await bundle('screen/ui-program.ts', instead),
  })
  const { server } = await worldOf(t, { via: 'http', reader })
  const home = `http://127.0.0.1:${server.address.port}/reader/`
  const browser = await startChromium()
  t.after(() => browser.close())
  return {
    browser,
    home,
    open: async (account, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      const page = await context.newPage()
      const complaints: string[] = []
      const answered: string[] = []
      page.on('console', (message) => {
        if (/error|warning/.test(message.type())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('response', (response) => answered.push(response.url()))
      await page.addInitScript((made) => {
        ;(globalThis as unknown as { account: unknown }).account = made
      }, account)
      await page.goto(home)
      await page.locator('.app').waitFor()
      return {
        page,
        complaints,
        answered,
        tell: (event) =>
          page.evaluate((told) => (globalThis as unknown as { standIn: StandIn }).standIn.tell(told), event),
        calls: async (name) => {
          const all = await page.evaluate(() => (globalThis as unknown as { standIn: StandIn }).standIn.calls)
          return all
            .filter((each) => each.startsWith(`${name} `))
            .map((each) => JSON.parse(each.slice(name.length + 1)) as unknown[])
        },
      }
    },
  }
}
