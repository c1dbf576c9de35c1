import type { UidRange } from './model.js'

/** Sorted, disjoint, without neighbours that touch and without empty ranges. */
export function normalizeRanges(ranges: readonly UidRange[]): UidRange[] {
  const sorted = ranges.filter((range) => range.from < range.to).sort((a, b) => a.from - b.from)
  const merged: UidRange[] = []
  for (const range of sorted) {
    const last = merged.at(-1)
    if (last && range.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    else merged.push(range)
  }
  return merged
}

/** What lies below `uid`. */
export function rangesBelow(ranges: readonly UidRange[], uid: number): UidRange[] {
  return ranges
    .filter((range) => range.from < uid)
    .map((range) => ({ from: range.from, to: Math.min(range.to, uid) }))
}

export function inRanges(ranges: readonly UidRange[], uid: number): boolean {
  return ranges.some((range) => range.from <= uid && uid < range.to)
}

/** The shortest list of ranges that holds exactly these UIDs. */
export function rangesOf(uids: readonly number[]): UidRange[] {
  return normalizeRanges(uids.map((uid) => ({ from: uid, to: uid + 1 })))
}
