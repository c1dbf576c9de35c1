import type { LineClock } from '../pace.js'

/** What a line of the log is worth: something to see to; something odd; what happens; what happens in detail. */
export const logLevels = ['error', 'warning', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** Takes one line, without a line end. */
export type Log = (level: LogLevel, line: string) => void

/** Lines of one kind in a minute; the rest is counted. */
export const linesPerMinute = 20
const minuteMs = 60_000

/** What strangers make an endpoint say. They can't fill its log: of each kind it has so many lines a minute, and then one with the number of the others. */
export interface EdgeLog {
  /** `kind` is one of a few that the program names: each has its own count. */
  stranger(kind: string, line: string): void
  /** Says what was only counted so far. */
  close(): void
}

export function createEdgeLog(log: Log, clock: LineClock): EdgeLog {
  const kinds = new Map<string, { lines: number; untold: number }>()
  function end(kind: string): void {
    const untold = kinds.get(kind)?.untold ?? 0
    kinds.delete(kind)
    if (untold > 0) log('warning', `${kind}: … and ${untold} more in the last minute`)
  }
  return {
    stranger(kind, line) {
      let count = kinds.get(kind)
      if (!count) {
        count = { lines: 0, untold: 0 }
        kinds.set(kind, count)
        clock.after(minuteMs, () => end(kind))
      }
      if (count.lines < linesPerMinute) {
        count.lines++
        log('warning', line)
      } else count.untold++
    },
    close() {
      for (const kind of [...kinds.keys()]) end(kind)
    },
  }
}
