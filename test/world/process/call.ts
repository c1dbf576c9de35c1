import { setTimeout } from 'node:timers/promises'
import { main } from '../../../src/cli/main.js'
import type { Shell } from '../../../src/cli/program.js'
import { describeRun, environment, type ProgramOptions, type RunResult, runProgram } from './program.js'

/** They ask the process for its name or its package's version, or go on until it is ended. */
const asProcess: ReadonlySet<string> = new Set(['--version', 'sendmail', 'serve', 'service', 'run'])

/**
 * Runs a command line to its end within this process: `main`, as `bin/packetboat` calls it, with streams and an environment of its own. A process
 * takes ten times the CPU for that. What only a process shows (how it ends and is ended, its terminal, its folder, what it leaves behind) is for
 * `runProgram`; so is an environment for the commands that settings name, which get this process's here. That every command also works as a
 * process is what test/process/package/every-command.test.ts shows.
 */
export async function callProgram(args: readonly string[], options: ProgramOptions): Promise<RunResult> {
  if (asProcess.has(args[0] ?? '')) return runProgram(args, options)
  const stop = new AbortController()
  const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  const into = (chunks: Uint8Array[]) => (text: string) => void chunks.push(Buffer.from(text))
  const shell: Shell = {
    streams: {
      stdout: into(output.stdout),
      stderr: into(output.stderr),
      bytes: async (chunk) => void output.stdout.push(Uint8Array.from(chunk)),
    },
    env: { ...environment(options.home), ...options.env },
    signal: stop.signal,
    onHangup: () => () => undefined,
    stdin: async (mostBytes = Number.POSITIVE_INFINITY) =>
      Buffer.from(options.stdin ?? '')
        .subarray(0, mostBytes)
        .toString('utf8'),
    terminal: undefined,
    keyboard: undefined,
    version: '0.0.0',
  }
  const resultOf = (code: number | undefined): RunResult => ({
    code,
    signal: undefined,
    stdout: Buffer.concat(output.stdout).toString('utf8'),
    stderr: Buffer.concat(output.stderr).toString('utf8'),
  })
  const ended = new AbortController()
  const timeoutMs = options.timeoutMs ?? 600_000
  const overdue = setTimeout(timeoutMs, undefined, { signal: ended.signal }).then(
    () => {
      stop.abort()
      throw new Error(`still running after its time:\n${describeRun(args, resultOf(undefined))}`)
    },
    () => undefined,
  )
  try {
    return resultOf((await Promise.race([main(args, shell), overdue])) ?? undefined)
  } finally {
    ended.abort()
  }
}
