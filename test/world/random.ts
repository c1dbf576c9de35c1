/** A small seeded generator (mulberry32): the same seed gives the same run on every machine. */
export interface Random {
  /** From 0 up to 1, without 1. */
  next(): number
  /** From 0 up to `below`, without it. */
  below(below: number): number
  pick<T>(items: readonly T[]): T
  bytes(size: number): Uint8Array
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => below(256)),
  }
}
