import { existsSync, readFileSync } from 'node:fs'

/** The longest turns of a process's event loop, in seconds: by processor time, and by the clock, which others on the machine lengthen. */
export interface Turns {
  readonly cpu: number
  readonly clock: number
}

/** The environment of a process of Node that is to note its turns in a file. */
export function notingTurns(file: string): Readonly<Record<string, string>> {
  const probe = new URL('turns.mjs', import.meta.url)
  return { NODE_OPTIONS: `--import=${probe}`, PACKETBOAT_BENCH_TURNS: file }
}

/** Of those that ended since then (ms since 1970); 0 where none was worth noting. */
export function longestTurns(file: string, sinceMs: number): Turns {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  const turns = lines.map((line) => line.split(' ').map(Number)).filter(([ended = 0]) => ended > sinceMs)
  const longest = (at: number): number => Math.max(0, ...turns.map((turn) => turn[at] ?? 0)) / 1000
  return { cpu: longest(1), clock: longest(2) }
}
