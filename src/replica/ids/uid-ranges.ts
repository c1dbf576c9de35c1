import type { UidRange } from '../model.js'

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

/** What of `ranges` isn't in `others`. Both are normalized. */
export function rangesWithout(ranges: readonly UidRange[], others: readonly UidRange[]): UidRange[] {
  const left: UidRange[] = []
  let next = 0
  for (const { from, to } of ranges) {
    let at = from
    while ((others[next]?.to ?? Number.POSITIVE_INFINITY) <= from) next++
    for (let i = next; i < others.length && at < to; i++) {
      const other = others[i] as UidRange
      if (other.from >= to) break
      if (other.from > at) left.push({ from: at, to: other.from })
      at = Math.max(at, other.to)
    }
    if (at < to) left.push({ from: at, to })
  }
  return left
}

/** No more ranges than that, with all that these hold: what lies in the shortest gaps is among it. They are normalized. */
export function joinNearest(ranges: readonly UidRange[], most: number): readonly UidRange[] {
  if (ranges.length <= most) return ranges
  const gaps = ranges.slice(1).map(({ from }, i) => ({ from: ranges[i]?.to ?? from, to: from }))
  gaps.sort((a, b) => a.to - a.from - (b.to - b.from))
  return normalizeRanges([...ranges, ...gaps.slice(0, ranges.length - most)])
}

/** The ranges joined over gaps that hold no message. They are normalized. */
export async function bridgeGaps(
  ranges: readonly UidRange[],
  isAnyIn: (gap: UidRange) => Promise<boolean>,
): Promise<UidRange[]> {
  const joined: UidRange[] = []
  for (const range of ranges) {
    const last = joined.at(-1)
    if (last && !(await isAnyIn({ from: last.to, to: range.from })))
      joined[joined.length - 1] = { from: last.from, to: range.to }
    else joined.push(range)
  }
  return joined
}

export function equalRanges(a: readonly UidRange[], b: readonly UidRange[]): boolean {
  return a.length === b.length && a.every(({ from, to }, i) => from === b[i]?.from && to === b[i]?.to)
}

/** What lies below `uid`. */
export function rangesBelow(ranges: readonly UidRange[], uid: number): UidRange[] {
  return ranges
    .filter((range) => range.from < uid)
    .map((range) => ({ from: range.from, to: Math.min(range.to, uid) }))
}

/** @param ranges in order, none within another. */
export function isInRanges(ranges: readonly UidRange[], uid: number): boolean {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle] as UidRange).to <= uid) low = middle + 1
    else high = middle
  }
  const range = ranges[low]
  return range !== undefined && range.from <= uid
}

/** The shortest list of ranges that holds exactly these UIDs. */
export function rangesOf(uids: readonly number[]): UidRange[] {
  return normalizeRanges(uids.map((uid) => ({ from: uid, to: uid + 1 })))
}
