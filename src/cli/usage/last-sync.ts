import { formatAgo } from '../../told/sizes.js'
import { exitCodes } from '../exit-codes.js'
import type { UsageEntry } from './usage-entry.js'

/** A run that came to its end. */
export interface FinishedSync {
  readonly endedMs: number
  /** Not 0 where something was left out. */
  readonly exit: number
}

/** The last run that came to its end, whether or not something was left out. Combined days and months only have their beginning. */
export function lastFinished(entries: readonly UsageEntry[]): FinishedSync | undefined {
  return lastOf(entries, (entry) => isGood(entry) || entry.left !== undefined)
}

/**
 * When the last run ended that synced all that can be synced, or what its budget allowed. One odd message that is left out for months
 * makes no sync bad: each says so. Milliseconds; undefined when there was none.
 */
export function lastGoodMs(entries: readonly UsageEntry[]): number | undefined {
  return lastOf(entries, ({ left, ...entry }) => isGood(entry) || (left !== undefined && !stopping.has(left)))
    ?.endedMs
}

/** When it was, and that not all was done, for the middle of a sentence. */
export function finishedWords({ endedMs, exit }: FinishedSync, nowMs: number): string {
  // A clock that was set back since makes nothing old.
  const ago = formatAgo(Math.max(0, nowMs - endedMs))
  return exit === exitCodes.done || exit === exitCodes.budget
    ? ago
    : `${ago}, but for something that was left out (exit code ${exit})`
}

/** What keeps more than single messages away: what is new at the endpoint, or whatever comes. */
const stopping: ReadonlySet<string> = new Set(['MAILSTORE_AWAY', 'DISK_FULL'])

function lastOf(
  entries: readonly UsageEntry[],
  counts: (entry: UsageEntry) => boolean,
): FinishedSync | undefined {
  let last: FinishedSync | undefined
  for (const entry of entries) {
    if (entry.dry || !counts(entry)) continue
    const endedMs = Date.parse(entry.at) + (entry.span === 'run' ? entry.seconds * 1000 : 0)
    if (last === undefined || endedMs > last.endedMs) last = { endedMs, exit: entry.exit ?? exitCodes.done }
  }
  return last
}

function isGood({ exit, failed, runs }: UsageEntry): boolean {
  return exit === undefined ? runs > failed : exit === exitCodes.done || exit === exitCodes.budget
}
