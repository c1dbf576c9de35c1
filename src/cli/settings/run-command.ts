import { spawn } from 'node:child_process'
import { type ErrorCode, PacketboatError } from '../../errors/packetboat-error.js'
import type { Command } from '../../settings/kind.js'

/** More than that is no secret and no name. */
const maxBytes = 65_536

export interface CommandRun {
  /** What the command is, for error messages: `The command for endpoint`. */
  readonly what: string
  readonly signal: AbortSignal
  /** The code of the error when it fails. Default CONFIG. */
  readonly code?: ErrorCode
  /** Its standard input. Default: nothing. */
  readonly input?: string
  /** Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv
  /** Whether its output is dropped. */
  readonly mute?: boolean
}

/**
 * Runs a command of the settings, without a shell, and returns what it prints without trailing white space.
 * At its timeout, it is stopped with everything that it has started. Throws CONFIG or `code`, INTERRUPTED.
 */
export function runCommand(
  { argv: [program, ...args], timeoutMs }: Command,
  { what, signal, code = 'CONFIG', input, env = process.env, mute = false }: CommandRun,
): Promise<string> {
  const shown = [program, ...args].join(' ')
  const failed = (how: string, next: string, cause?: unknown): PacketboatError =>
    new PacketboatError(code, `${what} (${shown}) ${how}.`, next, { cause })
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    // A group of its own, so that what it has started can be stopped with it.
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    // The command needn't read its input.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    const output: Buffer[] = []
    let size = 0
    let complaint = ''
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', interrupt)
      child.stdout.destroy()
      child.stderr.destroy()
      settle()
    }
    const stop = (error: unknown): void => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        try {
          process.kill(-child.pid, 'SIGKILL')
        } catch {
          // The process has ended meanwhile.
        }
      end(() => reject(error))
    }
    const timer = setTimeout(
      () =>
        stop(
          failed(
            `gave no answer in ${timeoutMs / 1000} s and was stopped`,
            'Run it in a terminal: it may be asking for something. timeout = "60 s" beside it gives it longer.',
          ),
        ),
      timeoutMs,
    )
    const interrupt = (): void => stop(signal.reason)
    signal.addEventListener('abort', interrupt, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      if (mute) return
      output.push(chunk)
      size += chunk.length
      if (size > maxBytes) stop(failed('printed too much', 'It should print one value and nothing else.'))
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = `${complaint}${text}`.slice(-500)
    })
    child.once('error', (cause) => stop(failed(`can't be run: ${cause.message}`, 'Check its name.', cause)))
    child.once('close', (status, killed) => {
      if (status === 0) return end(() => resolve(Buffer.concat(output).toString('utf8').trimEnd()))
      const said = complaint.trim()
      end(() =>
        reject(
          failed(
            `ended with ${killed ?? status}${said === '' ? '' : `: ${said}`}`,
            'Run it in a terminal to see what is wrong.',
          ),
        ),
      )
    })
  })
}
