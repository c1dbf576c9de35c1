import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Killed after so long. */
  readonly timeoutMs?: number
  /** Every whole line on standard output, as it comes. */
  readonly onLine?: (line: string) => void
}

export interface Ran {
  /** The exit code; -1 when a signal ended it. */
  readonly code: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakBytes: number
  /** Both outputs. */
  readonly output: string
}

/** Gathers all that a process says. Returns what it has said so far. */
function listen(child: ChildProcess, { onLine }: RunOptions): () => string {
  let output = ''
  let partial = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    const lines = (partial + text).split('\n')
    partial = lines.pop() ?? ''
    if (onLine) for (const line of lines) onLine(line)
  })
  return () => output
}

/** Runs a command to its end, in a process group of its own that goes with it. Never throws for its exit code. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const startedMs = performance.now()
  const cpuBefore = childrenCpuSeconds()
  const child = start(command, options)
  const said = listen(child, options)
  let [peakBytes, overdue] = [0, false]
  // The kernel keeps the highest mark itself: only what happens in the last moment before the end is missed.
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid))
  }, 20)
  const orphan = endWithUs(child)
  const deadline = setTimeout(() => {
    overdue = true
    killGroup(child)
  }, options.timeoutMs ?? 3_600_000)
  const code = await new Promise<number>((done, reject) => {
    child.once('error', reject)
    child.once('close', (status) => done(status ?? -1))
  }).finally(() => {
    process.removeListener('exit', orphan)
    clearInterval(watch)
    clearTimeout(deadline)
  })
  const seconds = (performance.now() - startedMs) / 1000
  const output = overdue ? `${said()}\n(killed after ${seconds.toFixed(0)} s)` : said()
  return { code, seconds, cpuSeconds: childrenCpuSeconds() - cpuBefore, peakBytes, output }
}

/** As `run`, for what must succeed. */
export async function mustRun(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output } = await run(command, options)
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output.slice(-1500)}`)
  return output
}

/** A server: runs until it is stopped. */
export interface Daemon {
  readonly pid: number
  cpuSeconds(): number
  peakBytes(): number
  /** Of it and all that it has started. */
  treeCpuSeconds(): number
  /** The most that any of them, as far as they run now, has taken. */
  treePeakBytes(): number
  /** What it printed so far. */
  output(): string
  stop(): Promise<void>
}

export function startDaemon(command: readonly string[], options: RunOptions = {}): Daemon {
  const child = start(command, options)
  const said = listen(child, options)
  const closed = new Promise<void>((done) => {
    child.once('close', () => done())
    child.once('error', () => done())
  })
  const orphan = endWithUs(child)
  return {
    pid: child.pid ?? 0,
    cpuSeconds: () => cpuOf(child.pid),
    peakBytes: () => peakOf(child.pid),
    treeCpuSeconds: () => treeCpuSeconds(child.pid),
    treePeakBytes: () => Math.max(0, ...treeOf(child.pid).map(peakOf)),
    output: said,
    stop: async () => {
      process.removeListener('exit', orphan)
      child.kill('SIGTERM')
      const late = setTimeout(() => killGroup(child), 10_000)
      await closed
      clearTimeout(late)
    },
  }
}

function start([program = '', ...args]: readonly string[], { env, cwd }: RunOptions): ChildProcess {
  return spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
    ...(cwd !== undefined && { cwd }),
  })
}

/** Before what we registered earlier: nobody may write any more when the folder is cleared away. */
function endWithUs(child: ChildProcess): () => void {
  const orphan = (): void => killGroup(child)
  process.prependOnceListener('exit', orphan)
  return orphan
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/** proc_pid_stat(5): clock ticks, of which Linux has a hundred a second. */
function statOf(pid: number | 'self' | undefined): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  } catch {
    return []
  }
}

export function cpuOf(pid: number | undefined): number {
  const fields = statOf(pid)
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
}

/** Of all children that have ended: exact, since only one command runs at a time. */
const childrenCpuSeconds = (): number => reapedCpuOf('self')

function reapedCpuOf(pid: number | 'self'): number {
  const fields = statOf(pid)
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / 100
}

/** Of a process and all that it has started. */
export const treeCpuSeconds = (root: number | undefined): number =>
  treeOf(root).reduce((sum, pid) => sum + cpuOf(pid) + reapedCpuOf(pid), 0)

/** A process with all of its descendants that run now. */
function treeOf(root: number | undefined): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: Number(statOf(Number(name))[1]) }))
  const tree = root === undefined ? [] : [root]
  for (const each of tree) tree.push(...parents.filter(({ parent }) => parent === each).map(({ pid }) => pid))
  return tree
}

function peakOf(pid: number | undefined): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
