import { exitCodes } from '../exit-codes.js'
import type { UsageEntry } from './usage-entry.js'

/**
 * When the last run ended that completed: everything was done, or everything that its budget allowed.
 * Milliseconds; undefined when there was none. Combined days and months only have their beginning.
 */
export function lastGoodMs(entries: readonly UsageEntry[]): number | undefined {
  const ends = entries
    .filter(isGood)
    .map(({ at, span, seconds }) => Date.parse(at) + (span === 'run' ? seconds * 1000 : 0))
  return ends.length === 0 ? undefined : ends.reduce((a, b) => Math.max(a, b))
}

function isGood({ exit, failed, runs, dry }: UsageEntry): boolean {
  if (dry) return false
  return exit === undefined ? runs > failed : exit === exitCodes.done || exit === exitCodes.budget
}
