import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { concat } from '../../src/bytes/concat.js'
import { PacketboatError } from '../../src/errors/packetboat-error.js'
import type { Link } from '../../src/sync/link.js'
import { folderOf } from '../link/reader/browser.js'
import { type World, worldOf } from '../link/world.js'
import { bundle, startChromium } from './chromium.js'
import type { LineProgram } from './line-program.js'

interface InPage {
  readonly lineProgram: LineProgram
}

/** A page of an endpoint on loopback in Chromium, with `line-program.ts` in it, whose link is used from here. */
export interface PageLine {
  readonly world: World
  readonly page: Page
  readonly link: Link
  /** What the page's link pairs with. */
  pair(): ReturnType<LineProgram['pair']>
}

export async function openPageLine(
  t: TestContext,
  options: Parameters<typeof worldOf>[1] = {},
): Promise<PageLine> {
  const html = '<!doctype html><html lang="en"><title>test</title><script src="program.js"></script>'
  const reader = folderOf(t, { 'index.html': html, 'program.js': await bundle('line-program.ts') })
  const world = await worldOf(t, { via: 'http', reader, ...options })
  const { token } = await world.devices.addReader({ account: 'me', name: 'chromium' })
  const browser = await startChromium()
  t.after(() => browser.close())
  const page = await (await browser.newContext()).newPage()
  const chunks = new Map<number, (chunk: Uint8Array) => Promise<void>>()
  await page.exposeFunction('took', (id: number, chunk: readonly number[]) =>
    chunks.get(id)?.(Uint8Array.from(chunk)),
  )
  await page.goto(`http://127.0.0.1:${world.server.address.port}/reader/#pair=${token}`)
  const pair = () => page.evaluate(() => (globalThis as unknown as InPage).lineProgram.pair())
  let next = 0
  let stats = { up: 0, down: 0 }

  async function* ask(request: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const id = next++
    let wake = (): void => undefined
    const queue: { readonly chunk: Uint8Array; readonly taken: () => void }[] = []
    chunks.set(
      id,
      (chunk) =>
        new Promise((taken) => {
          queue.push({ chunk, taken: () => taken() })
          wake()
        }),
    )
    const stop = (): void =>
      void page.evaluate((id) => (globalThis as unknown as InPage).lineProgram.stop(id), id)
    signal?.addEventListener('abort', stop, { once: true })
    let over = false
    const ended = page
      .evaluate(({ id, request }) => (globalThis as unknown as InPage).lineProgram.exchange(id, request), {
        id,
        request: [...request],
      })
      .finally(() => {
        over = true
        wake()
      })
    try {
      while (!over || queue.length > 0) {
        const first = queue.shift()
        if (first) {
          yield first.chunk
          first.taken()
        } else
          await new Promise<void>((resolve) => {
            wake = resolve
            if (over) resolve()
          })
      }
      const { error } = await ended
      if (error) throw new PacketboatError(error.code as 'LINK_FAILED', error.message, '')
    } finally {
      stop()
      stats = await page.evaluate(() => (globalThis as unknown as InPage).lineProgram.stats())
    }
  }

  const link: Link = {
    async exchange(request, signal) {
      if (request instanceof Uint8Array) return ask(request, signal)
      const parts: Uint8Array[] = []
      for await (const part of request) parts.push(part)
      return ask(concat(parts), signal)
    },
    get stats() {
      return stats
    },
    close: () => page.evaluate(() => (globalThis as unknown as InPage).lineProgram.close()),
  }
  return { world, page, link, pair }
}
