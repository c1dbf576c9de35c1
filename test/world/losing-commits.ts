import { createMemoryMailStore, type MemoryMailStore } from '../../src/mailstore/memory/memory-mail-store.js'
import type { MemorySnapshot } from '../../src/store/memory-store.js'
import type { Store } from '../../src/store/store.js'

/** What lasts of a store that has mail and records in one, as browsers have, and writes them to its disk behind whoever commits. */
export interface LosingCommits {
  /** The store, in which all that was committed lasts as soon as somebody asks for that. */
  durable(store: Store): Store
  /** Something was committed. */
  note(): void
  /** All of it lasts from now on. */
  settle(): void
  /** How many commits don't last yet. */
  unsettled(): number
  /** The state after a crash that lost the last commits: the mail goes back with the records. */
  afterCrash(): MemorySnapshot
}

interface Point {
  readonly records: MemorySnapshot
  readonly mail: MemoryMailStore
}

/** @param of `lost`: how many commits a crash takes, as far as they weren't durable. Who is dead asks for nothing. */
export function losingCommits(
  mail: MemoryMailStore,
  of: {
    readonly records: () => MemorySnapshot
    readonly lost: () => number
    readonly isDead: () => boolean
  },
): LosingCommits {
  let points: Point[] = []
  const here = (): Point => {
    const copy = createMemoryMailStore({ randomBytes: (size) => new Uint8Array(size) })
    copy.copyFrom(mail)
    return { records: of.records(), mail: copy }
  }
  const settle = (): void => {
    points = [here()]
  }
  return {
    durable: (store) => ({
      get: (key) => store.get(key),
      getMany: (keys) => store.getMany(keys),
      list: (range, options) => store.list(range, options),
      generation: () => store.generation(),
      close: () => store.close(),
      commit: (batch) => store.commit(batch),
      flush: async () => {
        if (!of.isDead()) settle()
      },
    }),
    note: () => void points.push(here()),
    settle,
    unsettled: () => Math.max(0, points.length - 1),
    afterCrash: () => {
      const point = points[Math.max(0, points.length - 1 - of.lost())] ?? here()
      mail.copyFrom(point.mail)
      return point.records
    },
  }
}
