import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type BrowserContext, chromium } from 'playwright-core'
import { executablePath } from './chromium.js'

/** A browser over a profile that outlives it, in a group of processes of its own. */
export interface OwnChromium {
  readonly context: BrowserContext
  /** All of its processes die at once, whatever they are at. What has ended already isn't there any more. */
  kill(): Promise<void>
  /** As a person closes it: cookies are on the disk then, which takes half a minute otherwise. */
  close(): Promise<void>
}

const flags = [
  ...['--headless', '--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'],
  ...['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...[
    '--disable-default-apps',
    '--disable-extensions',
    '--password-store=basic',
    '--remote-debugging-port=0',
  ],
]

export async function startOwnChromium(profile: string): Promise<OwnChromium> {
  const child = spawn(executablePath, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const { pid } = child
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const kill = async (): Promise<void> => {
    if (pid !== undefined && child.exitCode === null) process.kill(-pid, 'SIGKILL')
    await ended
  }
  try {
    const browser = await chromium.connectOverCDP(await debuggedAt(child.stderr))
    const [context] = browser.contexts()
    if (!context) throw new Error('Chromium has no profile')
    const close = async (): Promise<void> => {
      await (await browser.newBrowserCDPSession()).send('Browser.close')
      await ended
    }
    return { context, kill, close }
  } catch (error) {
    await kill()
    throw error
  }
}

/** Where it says that it listens. */
async function debuggedAt(stderr: NodeJS.ReadableStream): Promise<string> {
  const said: string[] = []
  for await (const line of createInterface({ input: stderr })) {
    const found = /^DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (found !== undefined) {
      stderr.resume()
      return found
    }
    said.push(line)
  }
  throw new Error(`Chromium didn't start: ${said.slice(-5).join(' ')}`)
}
