import { fstatSync } from 'node:fs'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { type Log, type LogLevel, logLevels } from '../../link/server/edge-log.js'
import type { Output } from '../text/output.js'

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

/** `stamped`: lines for people begin with their time. `now`: wall clock, ms. */
export function createServeLog(
  output: Output,
  options: { readonly level: LogLevel; readonly stamped: boolean; readonly now: () => number },
): ServeLog {
  let most = logLevels.indexOf(options.level)
  const time = (): string => new Date(options.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  const event: ServeLog['event'] = (level, said, line) => {
    if (logLevels.indexOf(level) > most) return
    const text = line !== undefined && options.stamped ? `${time()} ${line}` : line
    output.event({ ...said, time: time() }, text)
  }
  return {
    event,
    line: (level, line) => event(level, { event: 'log', level, line }, line),
    error(error, about) {
      if (output.json) return output.error(error)
      const { message, next } =
        error instanceof PacketboatError
          ? error
          : { message: error instanceof Error ? (error.stack ?? error.message) : String(error), next: '' }
      event('error', {}, `${about === undefined ? '' : `${about}: `}${message} ${next}`.trimEnd())
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
