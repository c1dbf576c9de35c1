import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { WebSocket } from 'undici'
import { notInChromium } from './chromium.js'

const executablePath = '/usr/bin/firefox-esr'

/** Why there can't be tests in Firefox now; false when there can. */
export const notInFirefox: string | false =
  notInChromium || (existsSync(executablePath) ? false : `${executablePath} is not here`)

/** A page in Debian's Firefox without a window, driven by WebDriver BiDi. */
export interface FirefoxPage {
  goto(url: string): Promise<void>
  /** What an expression comes to, as JSON. */
  evaluate(expression: string): Promise<unknown>
  kill(): Promise<void>
}

interface Answer {
  readonly id: number
  readonly type: string
  readonly message?: string
  readonly result: {
    readonly contexts?: readonly { readonly context: string }[]
    readonly result?: { readonly value?: string }
  }
}

export async function startFirefox(profile: string): Promise<FirefoxPage> {
  const flags = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0']
  const env = { ...process.env, HOME: profile }
  const child = spawn(executablePath, flags, { detached: true, stdio: ['ignore', 'ignore', 'pipe'], env })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await listensAt(child.stderr)
  const socket = new WebSocket(`${url}/session`)
  const waiting = new Map<number, (answer: Answer) => void>()
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  let asked = 0
  const send = async (method: string, params: object): Promise<Answer['result']> => {
    const id = ++asked
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params }))
    })
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message}`)
    return answer.result
  }
  await send('session.new', { capabilities: {} })
  const context = (await send('browsingContext.getTree', {})).contexts?.[0]?.context
  return {
    goto: async (page) =>
      void (await send('browsingContext.navigate', { context, url: page, wait: 'complete' })),
    evaluate: async (expression) => {
      const said = `(async () => JSON.stringify({ value: await (${expression}) }))().catch(String)`
      const params = { expression: said, target: { context }, awaitPromise: true }
      const value = (await send('script.evaluate', params)).result?.value ?? ''
      if (!value.startsWith('{')) throw new Error(value)
      return JSON.parse(value).value
    },
    kill: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await ended
    },
  }
}

async function listensAt(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const found = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1]
    if (found === undefined) continue
    stderr.resume()
    return found
  }
  throw new Error("Firefox didn't start")
}
