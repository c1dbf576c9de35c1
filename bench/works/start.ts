import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Bench } from '../bench.js'
import { layOutAccount } from '../mail/account.js'
import { mustRun, type Ran, run, startDaemon } from '../process.js'

/** Where `npm run test:nodes` keeps other versions of Node. */
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/packetboat-nodes')

/** What a command takes before it does anything, against `node -e 0` of the same Node, in processor time. */
export async function start(bench: Bench): Promise<void> {
  if (!bench.wants('start')) return
  const root = join(bench.root, 'start')
  mkdirSync(root)
  const account = join(root, 'Maildir')
  layOutAccount(account, bench.corpus, { messages: 100, seed: 5, scale: 0.1 })
  const options = { env: { HOME: root, XDG_CACHE_HOME: join(root, 'cache') }, timeoutMs: 120_000 }
  const packetboat = (node: string, words: readonly string[]): string[] => [node, bench.program, ...words]
  const [endpoint, device] = [join(root, 'endpoint'), join(root, 'device')]
  const served = [
    '--data',
    endpoint,
    '--listen',
    '127.0.0.1:0',
    '--account',
    `me=maildir:${account}`,
    '--json',
  ]
  let found: (address: string) => void = () => undefined
  const listening = new Promise<string>((done) => {
    found = done
  })
  const daemon = startDaemon(packetboat(process.execPath, ['serve', ...served]), {
    ...options,
    onLine: (line) => {
      const address = /"address":"([^"]+)"/.exec(line)?.[1]
      if (address !== undefined && line.includes('"listening"')) found(address)
    },
  })
  try {
    const add = ['device', 'add', 'me', 'bench', '--data', endpoint, '--address', await listening]
    const pairing = (await mustRun(packetboat(process.execPath, add), options)).trim()
    const init = ['init', pairing, '--data', device, '--maildir', join(root, 'mail')]
    await mustRun(packetboat(process.execPath, init), options)
    // What is queued stays there, beside the device whose syncs are to find nothing.
    const sender = join(root, 'sender')
    const initSender = ['init', pairing, '--data', sender, '--maildir', join(root, 'sender-mail')]
    await mustRun(packetboat(process.execPath, initSender), options)
    const letter = join(root, 'letter')
    writeFileSync(letter, 'From: me@example.org\nTo: bob@example.net\nSubject: harbour fees\n\nPaid.\n')
    const works: Readonly<Record<string, readonly string[]>> = {
      help: ['--help'],
      version: ['--version'],
      status: ['status', '--data', device],
      sync: ['sync', '--data', device],
    }
    for (const node of [process.execPath, ...otherNodes()]) {
      const version = (await mustRun([node, '--version'])).trim()
      const commands = {
        node: [node, '-e', '0'],
        ...Object.fromEntries(
          Object.entries(works).map(([name, words]) => [name, packetboat(node, words)] as const),
        ),
        sendmail: [
          ...['sh', '-c', 'letter=$1; shift; exec "$@" <"$letter"', 'sh', letter],
          ...packetboat(node, ['sendmail', '--data', sender, 'bob@example.net']),
        ],
      }
      const { cpu, peak } = await inTurn(commands, bench.quick ? 3 : 40, (command) => run(command, options))
      const ratio = (name: string): number => (cpu[name] ?? 0) / (cpu['node'] ?? 0)
      bench.results.add({
        work: 'start',
        peer: 'packetboat',
        variant: version,
        figures: {
          nodeCpu: cpu['node'],
          ...Object.fromEntries([...Object.keys(works), 'sendmail'].map((name) => [name, ratio(name)])),
          syncPeak: peak['sync'],
        },
      })
    }
  } finally {
    await daemon.stop()
  }
}

function otherNodes(): string[] {
  if (!existsSync(cache)) return []
  const name = `node-${process.platform}-${process.arch}`
  return readdirSync(cache)
    .sort()
    .map((version) => join(cache, version, 'node_modules', name, 'bin/node'))
    .filter((path) => existsSync(path))
}

/**
 * Each command once in turn, so many times, so that what else the machine does touches all alike: the mean of their CPU, which is counted in
 * hundredths of a second, and the highest peak. The first rounds fill caches, which takes a command three runs.
 */
export async function inTurn(
  commands: Readonly<Record<string, readonly string[]>>,
  rounds: number,
  runOnce: (command: readonly string[]) => Promise<Ran>,
): Promise<{ cpu: Record<string, number>; peak: Record<string, number> }> {
  const cpu: Record<string, number> = {}
  const peak: Record<string, number> = {}
  for (let round = -4; round < rounds; round++)
    for (const [name, command] of Object.entries(commands)) {
      const { code, cpuSeconds, peakBytes, output } = await runOnce(command)
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output.slice(-1500)}`)
      if (round < 0) continue
      cpu[name] = (cpu[name] ?? 0) + cpuSeconds / rounds
      peak[name] = Math.max(peak[name] ?? 0, peakBytes)
    }
  return { cpu, peak }
}
