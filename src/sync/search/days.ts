import type { SearchStateRecord } from '../../replica/records.js'

/** Days since 1970 on which messages arrived: of a content in the index, and of whole blocks of it. */

/** When the messages that show a content arrived. */
export interface Days {
  readonly day: number
  /** Another one arrived before that day, which is the last one. */
  readonly earlier: boolean
}

export interface Between {
  readonly afterMs: number
  readonly beforeMs: number
}

export interface BlockDays {
  readonly block: number
  /** What it has arrived from then on, and until then. */
  readonly first: number
  readonly last: number
}

const dayMs = 86_400_000
/** In September 2059. */
export const lastDay = 0x7fff

export const dayOf = (ms: number): number => Math.min(Math.max(Math.floor(ms / dayMs), 0), lastDay)

/** Whether anything that arrived from this day to that may lie between these times. */
export function mayLieBetween(first: number, last: number, { afterMs, beforeMs }: Between): boolean {
  const isAfter = last === lastDay || (last + 1) * dayMs > afterMs
  return isAfter && (first === 0 || first * dayMs < beforeMs)
}

/** Whether everything that arrived on this day lies between these times. */
export function liesBetween(day: number, { afterMs, beforeMs }: Between): boolean {
  return day > 0 && day < lastDay && day * dayMs >= afterMs && (day + 1) * dayMs <= beforeMs
}

export function blockDays(state: SearchStateRecord | undefined): BlockDays[] {
  const days = state?.days ?? []
  return Array.from({ length: Math.floor(days.length / 2) }, (_, block) => {
    const [first = lastDay, last = 0] = days.slice(2 * block, 2 * block + 2)
    return { block, first, last }
  }).filter(({ first, last }) => first <= last)
}

/** The same days, with one more in this block. They never become fewer: whoever asks for too many finds nothing there. */
export function widenDays(days: readonly number[], block: number, first: number, last: number): number[] {
  const widened = [...days]
  while (widened.length < 2 * (block + 1)) widened.push(lastDay, 0)
  widened[2 * block] = Math.min(widened[2 * block] ?? lastDay, first)
  widened[2 * block + 1] = Math.max(widened[2 * block + 1] ?? 0, last)
  return widened
}
