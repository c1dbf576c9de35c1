import { fstatSync } from 'node:fs'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { type Log, type LogLevel, logLevels } from '../../link/server/edge-log.js'
import type { Output } from '../text/output.js'
import { plainJson } from '../text/plain-text.js'

/** What a running endpoint says: lines with their time on stderr, or JSON lines on stdout. */
export interface ServeLog {
  readonly line: Log
  /** A line, or nothing for people, and an object of its own for scripts. */
  event(level: LogLevel, event: object, line?: string): void
  /** Something that an operator has to see to, whatever the level. */
  error(error: unknown, about?: string): void
  /** What is worth less is not said from now on. */
  setLevel(level: LogLevel): void
}

/**
 * Makes the endpoint's log. `form`: lines for people, or JSON, on stderr. `stamped`: lines for people begin
 * with their time. `now`: wall clock, ms.
 */
export function createServeLog(
  output: Output,
  options: {
    readonly level: LogLevel
    readonly form: 'text' | 'json'
    readonly stamped: boolean
    readonly now: () => number
  },
): ServeLog {
  let most = logLevels.indexOf(options.level)
  const time = (): string => new Date(options.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  const write = (level: LogLevel, said: object, line: string | undefined): void => {
    const stamped = { ...said, time: time() }
    if (!output.json && options.form === 'json')
      // The same as `--json` has on stdout, with the words for people.
      output.event(stamped, plainJson({ ...stamped, level, ...(line !== undefined && { line }) }))
    else output.event(stamped, line !== undefined && options.stamped ? `${time()} ${line}` : line)
  }
  const event: ServeLog['event'] = (level, said, line) => {
    if (logLevels.indexOf(level) <= most) write(level, said, line)
  }
  return {
    event,
    line: (level, line) => event(level, { event: 'log', level, line }, line),
    error(error, about) {
      const of = about === undefined ? {} : { about }
      if (output.json) return output.error(error, { ...of, time: time() })
      const { code, message, next } =
        error instanceof PacketboatError
          ? error
          : {
              code: 'BUG',
              message: error instanceof Error ? (error.stack ?? error.message) : String(error),
              next: '',
            }
      if (options.form === 'json') write('error', { event: 'error', ...of, code, message, next }, undefined)
      else event('error', {}, `${about === undefined ? '' : `${about}: `}${message} ${next}`.trimEnd())
    },
    setLevel: (level) => {
      most = logLevels.indexOf(level)
    },
  }
}

/** Whether stderr goes to systemd's journal, which has the time itself (systemd.exec(5), JOURNAL_STREAM). */
export function isJournal({ JOURNAL_STREAM: stream }: NodeJS.ProcessEnv): boolean {
  if (stream === undefined) return false
  try {
    const { dev, ino } = fstatSync(2)
    return stream === `${dev}:${ino}`
  } catch {
    return false
  }
}
