import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Line, LineStats } from './line.js'

/** Why no line can be emulated here; undefined when it can. */
export function whyNotEmulated(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux'
  if (process.getuid?.() !== 0) return 'this is not run as root, so there are no network namespaces'
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun'
  for (const [program, ...args] of [
    ['ip', '-V'],
    ['python3', '--version'],
  ])
    try {
      execFileSync(program ?? '', args, { stdio: 'ignore' })
    } catch {
      return `${program} is not installed`
    }
  return undefined
}

/** Two namespaces of our own with `link.py` between them. `root` takes its control socket. */
export async function startEmulatedLine(root: string): Promise<Line> {
  const names = { server: `boatbench${process.pid}s`, client: `boatbench${process.pid}c` }
  const socket = join(root, 'line.sock')
  const script = join(import.meta.dirname, 'link.py')
  // Its standard input is our life: when we are gone, it takes the namespaces down.
  const child = spawn('python3', [script, names.server, names.client, socket], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await ready(child)
  const command = async <T = LineStats>(words: string): Promise<T> => {
    const answer = (await ask(socket, words)) as T & { error?: string }
    if (answer.error !== undefined) throw new Error(`The line didn't take "${words}": ${answer.error}`)
    return answer
  }
  const just = async (words: string): Promise<void> => void (await command(words))
  return {
    counts: 'ip',
    serverHost: '10.77.0.1',
    dial: async (port) => `10.77.0.1:${port}`,
    on: (side, words) => ['ip', 'netns', 'exec', names[side], ...words],
    profile: (name) => just(`profile ${name}`),
    reset: () => just('reset'),
    stats: () => command('stats'),
    at: (payloadDown) => command(`at ${Math.round(payloadDown)}`),
    cut: () => just('cut rst'),
    mend: () => just('up'),
    close: async () => {
      const gone = new Promise((done) => child.once('close', done))
      child.stdin.end()
      await gone
    },
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve())
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`link.py ended with ${code}`)))
  })
}

function ask(socket: string, words: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    let answer = ''
    connection.setEncoding('utf8')
    connection.on('data', (text: string) => {
      answer += text
    })
    connection.once('error', reject)
    connection.once('end', () => resolve(JSON.parse(answer)))
    connection.write(words)
  })
}
