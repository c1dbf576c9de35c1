import { existsSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { seed } from '../../testing/seed.js'

export const executablePath = '/usr/bin/chromium'
const here = dirname(fileURLToPath(import.meta.url))

/** Why there can't be tests in a browser now; false when there can. CI never goes without. */
export const notInChromium: string | false = whyNot()

function whyNot(): string | false {
  if (!process.env['PACKETBOAT_MORE']) return 'npm run test:reader runs it'
  if (existsSync(executablePath)) return false
  const why = `${executablePath} is not here (scripts/install-peers.sh installs it as root on Debian)`
  if (process.env['CI']) throw new Error(`CI must not skip this: ${why}`)
  return why
}

/** A browser without a window, with a profile that goes with it, for somebody who prefers this language. */
export function startChromium(language = 'en', args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, args: [`--accept-lang=${language}`, ...args] })
}

/** All that a page prints from now on, and what fails in it unheard. */
export function listenTo(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  return complaints
}

/** A program for the browser out of a file in `test`, and all that it imports, with other files `instead` of some packages. */
export async function bundle(
  program: string,
  instead: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolve(here, program)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    sourcemap: 'inline',
    logLevel: 'warning',
    alias: {
      'node:test': resolve(here, 'page/node-test.ts'),
      'node:assert/strict': resolve(here, 'page/node-assert.ts'),
      ...Object.fromEntries(Object.entries(instead).map(([name, file]) => [name, resolve(here, file)])),
    },
    inject: [resolve(here, 'page/buffer.ts')],
    define: { 'process.env': JSON.stringify({ PACKETBOAT_SEED: `${seed}` }) },
  })
  return outputFiles[0]?.text ?? ''
}

export interface Origin {
  readonly url: string
  close(): Promise<void>
}

/** A site on loopback of an empty page and a program for workers of it; what else is asked for goes to `others`. */
export async function serveProgram(script: string, others?: RequestListener): Promise<Origin> {
  const server = createServer((request, response) => {
    const found = request.url === '/' ? page : request.url === '/program.js' ? script : undefined
    if (found === undefined && others) return others(request, response)
    const type = found === page ? 'text/html' : 'text/javascript'
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` })
    response.end(found)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const page =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">'
