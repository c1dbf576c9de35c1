/** UIDs as a server names them: `1:3,5`. Kept as ranges, since a few bytes may name four thousand million. */
export class UidSet {
  private constructor(
    /** Ascending, apart from each other. */
    private readonly ranges: readonly (readonly [first: number, last: number])[],
  ) {}

  static readonly empty = new UidSet([])

  static of(uids: Iterable<number>): UidSet {
    return UidSet.join([...uids].map((uid) => [uid, uid]))
  }

  /** What is no number or range is passed over. */
  static parse(text: string): UidSet {
    const ranges: [number, number][] = []
    for (const part of text.split(',')) {
      const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(part)
      if (!match) continue
      const [a, b] = [Number(match[1]), Number(match[2] ?? match[1])]
      ranges.push(a <= b ? [a, b] : [b, a])
    }
    return UidSet.join(ranges)
  }

  private static join(ranges: readonly (readonly [number, number])[]): UidSet {
    const joined: [number, number][] = []
    for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
      const before = joined.at(-1)
      if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
      else joined.push([first, last])
    }
    return new UidSet(joined)
  }

  union(other: UidSet): UidSet {
    return UidSet.join([...this.ranges, ...other.ranges])
  }

  has(uid: number): boolean {
    let [low, high] = [0, this.ranges.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const range = this.ranges[middle]
      if (range && range[1] < uid) low = middle + 1
      else high = middle
    }
    const range = this.ranges[low]
    return range !== undefined && range[0] <= uid
  }

  /** The lowest that fulfil a condition, `most` of them at most; no more than 2^20 are looked at. */
  first(most: number, fulfils: (uid: number) => boolean): number[] {
    const found: number[] = []
    let looked = 0
    for (const [from, to] of this.ranges)
      for (let uid = from; uid <= to; uid++) {
        if (found.length >= most || looked++ >= 2 ** 20) return found
        if (fulfils(uid)) found.push(uid)
      }
    return found
  }

  /** The highest below a bound, `most` of them at most, the highest first. */
  highest(most: number, below: number): number[] {
    const found: number[] = []
    for (const [from, to] of [...this.ranges].reverse())
      for (let uid = Math.min(to, below - 1); uid >= from; uid--) {
        if (found.length >= most) return found
        found.push(uid)
      }
    return found
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0
  }

  /** As sequence sets of at most `parts` ranges each: some servers refuse long lines. */
  *print(parts = 200): Generator<string> {
    for (let at = 0; at < this.ranges.length; at += parts)
      yield this.ranges
        .slice(at, at + parts)
        .map(([first, last]) => (first === last ? String(first) : `${first}:${last}`))
        .join()
  }
}
