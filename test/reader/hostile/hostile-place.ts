import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { bundle } from '../chromium.js'
import { eventually } from '../worker/reader-world.js'
import { type HostilePage, hostilePages } from './hostile-pages.js'
import type { HostileProgram, Wall } from './hostile-program.js'

/** The hostile pages, and what proves that they have had their chance. */
export interface HostilePlace {
  /** For a page around them that is from `home`. */
  pages(home: string): readonly HostilePage[]
  /** What they have asked for so far, after the address that they were given. */
  asked(): string[]
  /**
   * Shows the same pages in another tab of the browser without any protection, until they have asked for all
   * that they want. What was shown before that has had the time for it too.
   */
  showFree(pages: readonly HostilePage[]): Promise<void>
}

export async function openHostilePlace(t: TestContext, browser: Browser): Promise<HostilePlace> {
  const all: string[] = []
  const url = await serve(t, ({ url = '' }, response) => {
    all.push(url)
    response.end()
  })
  const under = (path: string): string[] =>
    all.filter((each) => each.startsWith(path)).map((each) => each.slice(path.length))
  const unprotected = await serveFiles(t, await programFiles())
  const tab = await browser.newPage()
  await tab.goto(`${unprotected}/`)
  return {
    pages: (home) => hostilePages(`${url}/held`, home),
    asked: () => under('/held'),
    showFree: async (pages) => {
      const names = new Set(pages.map(({ what }) => what))
      const twins = hostilePages(`${url}/free`, `${url}/free`).filter(({ what }) => names.has(what))
      await showBehind(tab, twins, 'nothing')
      const missing = (): string[] => {
        const asked = new Set(under('/free'))
        return twins.flatMap(({ asks }) => asks).filter((each) => !asked.has(each))
      }
      await eventually(async () => missing().length === 0).catch(() => undefined)
      assert.deepEqual(missing(), [], 'what nothing holds has not asked for it')
    },
  }
}

/** A page with the program that shows hostile pages. */
export async function programFiles(): Promise<Record<string, string>> {
  return {
    'index.html':
      '<!doctype html><html lang="en"><title>test</title><link rel="icon" href="data:,"><body><script src="program.js"></script></body></html>',
    'reader.css': 'p { color: red }',
    'program.js': await bundle('hostile/hostile-program.ts'),
  }
}

export function showBehind(page: Page, pages: readonly HostilePage[], wall: Wall): Promise<void> {
  return page.evaluate(([pages, wall]) => (globalThis as unknown as HostileProgram).show(pages, wall), [
    pages,
    wall,
  ] as const)
}

/** Serves files without any policy. */
export function serveFiles(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  return serve(t, ({ url = '' }, response) => {
    const [name] = (url.slice(1) || 'index.html').split('?')
    const types: Record<string, string> = { html: 'text/html', css: 'text/css', js: 'text/javascript' }
    response.setHeader('content-type', types[name?.split('.').at(-1) ?? ''] ?? 'text/plain')
    response.end(files[name ?? ''])
  })
}

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
