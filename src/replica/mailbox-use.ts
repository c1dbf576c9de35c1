/**
 * What people did in a mailbox on this replica, day by day: read, flagged, wrote, moved, opened. It
 * determines the order of mailboxes and nothing else (law 6).
 */
export interface MailboxUse {
  /** Days since 1970, UTC. */
  readonly day: number
  /** How many acts on that day, on the day before, and so on. */
  readonly acts: readonly number[]
  /** The last one, ms. */
  readonly lastMs: number
}

const dayMs = 86_400_000
/** A mailbox counts as used for so many days. */
const rememberedDays = 16
/** Half of what an act counts for is gone after so many days. */
const halfLifeDays = 4
/** A script that marks a thousand messages outweighs nobody for long. */
const mostADay = 20

/** The use with one more act at `nowMs`. */
export function withAct(use: MailboxUse | undefined, nowMs: number): MailboxUse {
  const day = dayOf(nowMs)
  const [today = 0, ...before] = actsUntil(use, day)
  return { day, acts: [Math.min(mostADay, today + 1), ...before], lastMs: nowMs }
}

/**
 * How much a mailbox is in use. `score` covers the days before today; each act counts half after four days,
 * so the order changes once a day. Undefined when nobody has used the mailbox lately.
 */
export function useAt(
  use: MailboxUse | undefined,
  nowMs: number,
): { readonly score: number; readonly acts: number; readonly agoMs: number } | undefined {
  const acts = actsUntil(use, dayOf(nowMs))
  const sum = acts.reduce((total, count) => total + count, 0)
  if (!use || sum === 0) return undefined
  const score = acts.slice(1).reduce((total, count, at) => total + count * 2 ** (-(at + 1) / halfLifeDays), 0)
  return { score, acts: sum, agoMs: Math.max(0, nowMs - use.lastMs) }
}

const dayOf = (ms: number): number => Math.floor(ms / dayMs)

/** Acts by day, `day` first. What a clock that was ahead has noted counts for nothing once that shows. */
function actsUntil(use: MailboxUse | undefined, day: number): readonly number[] {
  if (!use || use.day > day) return []
  const since = Math.min(rememberedDays, day - use.day)
  return [...Array<number>(since).fill(0), ...use.acts].slice(0, rememberedDays)
}
