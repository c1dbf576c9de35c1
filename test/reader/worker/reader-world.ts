import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import type { Call, ReaderEvent, ReaderPort } from '../../../src/reader/port.js'
import { respond } from '../../../src/sync/responder/respond.js'
import { folderOf } from '../../link/reader/browser.js'
import { type World, worldOf } from '../../link/world.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { bundle, startChromium } from '../chromium.js'
import type { WorkerProgram } from './worker-program.js'

type InPage = { readonly program: WorkerProgram }

/** A tab with the reader's worker, which is called from here. */
export interface Tab {
  readonly page: Page
  readonly port: ReaderPort
  events(): Promise<readonly ReaderEvent[]>
}

/** An endpoint whose mail is in memory, on loopback, and which has the reader for browsers. */
export interface ReaderEndpoint {
  readonly endpoint: Side
  readonly world: World
  readonly home: string
  /** Of a link that nobody has used. */
  newToken(): Promise<string>
}

/** With a browser that has the reader from it. */
export interface ReaderWorld extends ReaderEndpoint {
  openTab(context?: BrowserContext): Promise<Tab>
}

/** The reader as it is built, with a page that has nothing but what starts the worker. */
export async function readerFiles(): Promise<Record<string, string | Uint8Array>> {
  const built = 'dist/reader'
  const files: Record<string, string | Uint8Array> = {}
  for (const name of readdirSync(built)) files[name] = readFileSync(join(built, name))
  const [, worker = ''] = /data-worker="([^"]+)"/.exec(files['index.html']?.toString() ?? '') ?? []
  const html = `<!doctype html><html lang="en" data-worker="${worker}"><title>test</title><link rel="icon" href="data:,"><script src="program.js"></script>`
  // What keeps the files keeps the test's program too.
  const keeper = (files['service-worker.js'] ?? '')
    .toString()
    .replace('"index.html",', '"index.html","program.js",')
  for (const name of ['index.html', 'service-worker.js']) delete files[`${name}.br`]
  return {
    ...files,
    'index.html': html,
    'service-worker.js': keeper,
    'program.js': await bundle('worker/worker-program.ts'),
  }
}

export async function openReaderEndpoint(
  t: TestContext,
  beside: (files: Record<string, string | Uint8Array>) => Record<string, string | Uint8Array> = () => ({}),
): Promise<ReaderEndpoint> {
  const files = await readerFiles()
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(37) })
  const world = await worldOf(t, {
    via: 'http',
    reader: folderOf(t, { ...files, ...beside(files) }),
    respond: (request, { deviceId }, signal) =>
      respond(endpoint.account, request, { signal, pairing: deviceId }),
  })
  const home = `http://127.0.0.1:${world.server.address.port}/reader/`
  let links = 0
  return {
    endpoint,
    world,
    home,
    newToken: async () =>
      (await world.devices.addReader({ account: 'me', name: `chromium ${links++}` })).token,
  }
}

export async function openReaderWorld(t: TestContext): Promise<ReaderWorld> {
  const beside = await openReaderEndpoint(t)
  const browser = await startChromium()
  t.after(() => browser.close())
  const ours = await browser.newContext()
  return {
    ...beside,
    openTab: async (context = ours) => {
      const page = await context.newPage()
      await page.goto(beside.home)
      return tabOf(page)
    },
  }
}

export function tabOf(page: Page): Tab {
  const call =
    (name: string) =>
    async (...given: unknown[]): Promise<unknown> => {
      const asked = { call: name, arguments: given } as Pick<Call, 'call' | 'arguments'>
      const { answer, failure } = await page.evaluate(async ({ call, arguments: args }) => {
        const { port } = (globalThis as unknown as InPage).program
        try {
          return { answer: await (port[call] as (...given: unknown[]) => Promise<unknown>)(...args) }
        } catch (error) {
          const { code, message } = error as { code?: string; message: string }
          return { failure: `${code}: ${message}` }
        }
      }, asked)
      if (failure !== undefined) throw new Error(failure)
      return answer
    }
  return {
    page,
    port: new Proxy({} as ReaderPort, {
      get: (_, name) => (name === 'then' ? undefined : call(String(name))),
    }),
    events: () => page.evaluate(() => (globalThis as unknown as InPage).program.events),
  }
}

/** Until something is as it should be, or for too long. */
export async function eventually(look: () => Promise<boolean>, withinMs = 120_000): Promise<void> {
  const until = performance.now() + withinMs
  while (!(await look())) {
    if (performance.now() > until) throw new Error('it has not come to that')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
