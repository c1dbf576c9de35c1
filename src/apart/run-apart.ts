import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface ApartOptions {
  /** What starts the process, and its arguments. */
  readonly argv: readonly [string, ...string[]]
  /** The input of the process, which needn't read all of it. */
  readonly input: Uint8Array
  /** The most bytes that the process may write. */
  readonly mostBytes: number
  /** So much processor time it may take, ms. Where others on this machine keep it from that, it is waited for up to six times as long. */
  readonly timeoutMs: number
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** What the process wrote, or why that is of no use. A process that runs out of memory is killed by the system. */
export type ApartEnd = Uint8Array | 'not-started' | 'too-slow' | 'too-much' | 'killed' | 'failed'

/**
 * Handles hostile bytes in a process of its own, which may crash, hang or grow. It gets nothing of this
 * process's environment, which may hold secrets.
 */
export function runApart(options: ApartOptions): Promise<ApartEnd> {
  const { argv, input, mostBytes, timeoutMs, env, signal } = options
  const [program, ...args] = argv
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const child = start(program, args, env)
    if (!child) return resolve('not-started')
    const output: Buffer[] = []
    let size = 0
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
      child.kill('SIGKILL')
      child.stdout?.destroy()
      settle()
    }
    const latestMs = performance.now() + mostWaits * timeoutMs
    const look = (): void => {
      const leftMs = Math.min(timeoutMs - workedMs(child), latestMs - performance.now())
      if (leftMs <= 0) end(() => resolve('too-slow'))
      else timer = setTimeout(look, leftMs)
    }
    let timer = setTimeout(look, timeoutMs)
    const interrupt = (): void => end(() => reject(signal?.reason))
    signal?.addEventListener('abort', interrupt, { once: true })
    child.stdout?.on('data', (chunk: Buffer) => {
      output.push(chunk)
      size += chunk.length
      if (size > mostBytes) end(() => resolve('too-much'))
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    child.once('error', () => end(() => resolve('not-started')))
    child.once('close', (status, killed) =>
      end(() => resolve(status === 0 ? Buffer.concat(output) : killed === 'SIGKILL' ? 'killed' : 'failed')),
    )
  })
}

const mostWaits = 6

/** The processor time that it has taken, ms; Infinity where the system doesn't say. */
function workedMs({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const hundredths = Number(fields[11]) + Number(fields[12])
    return Number.isFinite(hundredths) ? 10 * hundredths : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** Starts the process. Undefined where it can't be started. If there are no more files for pipes, it starts without them and soon reports that it hasn't begun. */
function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess | undefined {
  try {
    return spawn(program, args, {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      // An interrupt from the terminal is for this process.
      detached: true,
    })
  } catch {
    // No memory for it, or a list of words that is too long.
    return undefined
  }
}
