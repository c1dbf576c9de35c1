import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { showIfItFails } from './show-runs.js'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
export const binary = join(repository, 'bin/packetboat')

export interface ProgramOptions {
  /** The child's home: HOME, every XDG folder and TMPDIR lie below it. */
  readonly home: string
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** After so long the child is killed and the run fails, so that nothing hangs for ever. Default 120,000. */
  readonly timeoutMs?: number
}

export interface RunResult {
  /** The exit code; undefined when a signal ended it. */
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A `bin/packetboat` that runs. */
export interface Program {
  readonly pid: number
  readonly args: readonly string[]
  /** When it has ended, however it did. */
  readonly ended: Promise<RunResult>
  /** The first JSON line on stdout with this `event`. Fails, with all that was printed, when it ends without one. */
  event(name: string): Promise<JsonEvent>
  /** The first match in what it says on stderr. Fails likewise. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<RunResult>
}

/** The children that run: one listener ends them all with us. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
// What the runner sends a file that takes too long would end this process without that.
process.once('SIGTERM', () => process.exit(143))

export type JsonEvent = { readonly event: string } & Readonly<Record<string, unknown>>

/** Starts the built program as a process of its own. */
export function startProgram(args: readonly string[], options: ProgramOptions): Program {
  if (!existsSync(join(repository, 'dist/program/start.js')))
    throw new Error('The program is not built: run npm run build, then the tests again.')
  const child = spawn(process.execPath, [binary, ...args], {
    cwd: options.home,
    env: { ...environment(options.home), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const output = collectOutput(args, () => ended)
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => output.add(stream, text))
  let overdue = false
  const deadline = setTimeout(() => {
    overdue = true
    child.kill('SIGKILL')
  }, options.timeoutMs ?? 600_000)
  const ended = new Promise<RunResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(deadline)
      running.delete(child)
      const result = { code: code ?? undefined, signal: signal ?? undefined, ...output.text() }
      if (overdue) reject(new Error(`still running after its time:\n${describeRun(args, result)}`))
      else resolve(result)
    })
  })
  // Callers that await it get the failure; none has to.
  ended.catch(() => undefined)
  showIfItFails({ args, text: output.text, ended })
  // A child that ends without reading closes the pipe.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  return {
    pid: child.pid ?? 0,
    args,
    ended,
    event: output.event,
    said: output.said,
    kill: (signal) => {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[], options: ProgramOptions): Promise<RunResult> {
  return startProgram(args, options).ended
}

/** The JSON lines of a run with `--json`. */
export function eventsOf(stdout: string): JsonEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonEvent)
}

/** The last JSON line of a run with `--json`: its result. */
export function lastEvent(result: RunResult): JsonEvent {
  const last = eventsOf(result.stdout).at(-1)
  if (!last) throw new Error(`no event in: ${result.stdout}\nstderr: ${result.stderr}`)
  return last
}

/** A failed run as a person wants to see it. */
export function describeRun(args: readonly string[], { code, signal, stdout, stderr }: RunResult): string {
  return `packetboat ${args.join(' ')}\nended with ${signal ?? code}\nstdout: ${stdout}\nstderr: ${stderr}`
}

/** Of a program whose home this is. */
export function environment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_RUNTIME_DIR: join(home, 'run'),
    TMPDIR: join(home, 'tmp'),
  }
}

/** The events of whole lines. */
const stdoutEvents = (stdout: string): JsonEvent[] => eventsOf(stdout.slice(0, stdout.lastIndexOf('\n') + 1))

interface OutputText {
  readonly stdout: string
  readonly stderr: string
}

/** What a program has printed so far, and waiting for what it prints. */
export interface Printed {
  add(stream: 'stdout' | 'stderr', text: string): void
  text(): OutputText
  event(name: string): Promise<JsonEvent>
  said(pattern: RegExp): Promise<RegExpExecArray>
}

/** Of a program with these arguments. What waits fails when the program `ended` without it. */
export function collectOutput(args: readonly string[], ended: () => Promise<RunResult>): Printed {
  const output = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  /** What `find` finds first in the output so far. */
  const wait = <T>(find: (output: OutputText) => T | undefined, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          const found = find(output)
          if (found === undefined) return
          listeners.delete(look)
          resolve(found)
        } catch (error) {
          reject(error)
        }
      }
      listeners.add(look)
      look()
      ended().then((result) => {
        look()
        reject(new Error(`no "${what}" came:\n${describeRun(args, result)}`))
      }, reject)
    })
  return {
    add: (stream, text) => {
      output[stream] += text
      for (const listener of listeners) listener()
    },
    text: () => ({ ...output }),
    event: (name) => wait(({ stdout }) => stdoutEvents(stdout).find(({ event }) => event === name), name),
    said: (pattern) => wait(({ stderr }) => pattern.exec(stderr) ?? undefined, String(pattern)),
  }
}
