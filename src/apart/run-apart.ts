import { type ChildProcess, spawn } from 'node:child_process'

export interface ApartOptions {
  /** What starts the process, and its arguments. */
  readonly argv: readonly [string, ...string[]]
  /** What it reads; it needn't read all of it. */
  readonly input: Uint8Array
  /** It may write no more than this. */
  readonly mostBytes: number
  /** Longer than that nobody waits for it, ms. */
  readonly timeoutMs: number
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** What it wrote; or why that is of no use. Where memory runs out, the system kills. */
export type ApartEnd = Uint8Array | 'not-started' | 'too-slow' | 'too-much' | 'killed' | 'failed'

/**
 * Has a process of its own deal with bytes that are anybody's: it may crash, hang or grow. It gets nothing of this process's environment, in
 * which there may be secrets.
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
    const timer = setTimeout(() => end(() => resolve('too-slow')), timeoutMs)
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

/** Without pipes where there are no more files to be had: then it says soon that it hasn't begun. Undefined where that shows at once. */
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
