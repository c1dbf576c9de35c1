import { setTimeout } from 'node:timers/promises'
import { main } from '../../../src/cli/main.js'
import type { Shell } from '../../../src/cli/program.js'
import {
  binary,
  collectOutput,
  describeRun,
  environment,
  type Program,
  type ProgramOptions,
  type RunResult,
  runProgram,
} from './program.js'
import { showIfItFails } from './show-runs.js'

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
  const called = startCall(args, options)
  const ended = new AbortController()
  const timeoutMs = options.timeoutMs ?? 600_000
  const overdue = setTimeout(timeoutMs, undefined, { signal: ended.signal }).then(
    () => {
      called.stop()
      throw new Error(`still running after its time:\n${describeRun(args, called.soFar())}`)
    },
    () => called.ended,
  )
  try {
    return await Promise.race([called.ended, overdue])
  } finally {
    ended.abort()
  }
}

/** A command line that runs within this process. */
export interface Call extends Pick<Program, 'event' | 'said' | 'ended'> {
  /** Tells it to stop, as SIGTERM tells a process. */
  stop(): Promise<RunResult>
  /** What it has printed so far, as if it had ended. */
  soFar(): RunResult
}

/** Starts a command line within this process, as `callProgram` does. */
export function startCall(args: readonly string[], options: ProgramOptions): Call {
  const stop = new AbortController()
  const output = collectOutput(args, () => ended)
  const decoder = new TextDecoder()
  const shell: Shell = {
    streams: {
      stdout: (text) => output.add('stdout', text),
      stderr: (text) => output.add('stderr', text),
      bytes: async (chunk) => output.add('stdout', decoder.decode(chunk, { stream: true })),
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
    self: [process.execPath, binary],
  }
  const resultOf = (code: number | undefined): RunResult => ({ code, signal: undefined, ...output.text() })
  const ended = main(args, shell).then(resultOf)
  // Callers that await it get the failure; none has to.
  ended.catch(() => undefined)
  showIfItFails({ args, text: output.text, ended })
  return {
    event: output.event,
    said: output.said,
    ended,
    stop: async () => {
      stop.abort()
      return ended
    },
    soFar: () => resultOf(undefined),
  }
}
