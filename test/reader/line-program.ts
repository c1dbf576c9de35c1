import { PacketboatError } from '../../src/errors/packetboat-error.js'
import { openFetchLink } from '../../src/reader/line/fetch-link.js'
import { pairBrowser, tokenOf } from '../../src/reader/line/pair-browser.js'
import type { Link } from '../../src/sync/link.js'

/** How an act in the page ended. */
export interface Ended {
  readonly value?: string | number
  readonly error?: { readonly code: string; readonly message: string }
}

/** What a test calls in the page, which is one of the endpoint's own. */
export interface LineProgram {
  pair(): Promise<Ended>
  exchange(id: number, request: readonly number[]): Promise<Ended>
  stop(id: number): void
  stats(): Link['stats']
  close(): Promise<void>
}

interface Page {
  lineProgram: LineProgram
  /** Of the test: a chunk of an answer came. */
  took(id: number, chunk: readonly number[]): Promise<void>
}

const page = globalThis as unknown as Page
const endpoint = new URL('..', location.href).href.replace(/\/$/, '')
const fetch = globalThis.fetch.bind(globalThis)
const link = openFetchLink({ endpoint, fetch, timeouts: { stallMs: 2000 } })
const stops = new Map<number, AbortController>()

async function ended(act: () => Promise<string | number>): Promise<Ended> {
  try {
    return { value: await act() }
  } catch (error) {
    const code = error instanceof PacketboatError ? error.code : 'none'
    return { error: { code, message: String(error) } }
  }
}

page.lineProgram = {
  pair: () =>
    ended(() =>
      pairBrowser(tokenOf(location.hash) ?? '', { endpoint, fetch, signal: new AbortController().signal }),
    ),
  exchange: (id, request) =>
    ended(async () => {
      const stop = new AbortController()
      stops.set(id, stop)
      let bytes = 0
      for await (const chunk of await link.exchange(Uint8Array.from(request), stop.signal)) {
        bytes += chunk.length
        await page.took(id, [...chunk])
      }
      return bytes
    }),
  stop: (id) => stops.get(id)?.abort(),
  stats: () => ({ ...link.stats }),
  close: () => link.close(),
}
