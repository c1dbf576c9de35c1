import type { Change, Origin } from '../../../src/replica/change.js'
import { openReplica, type Replica } from '../../../src/replica/replica.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import { seededRandom } from '../../world/random.js'

export interface Opened {
  readonly replica: Replica
  /** One transaction, by the mail store unless said otherwise. */
  change<T>(act: (change: Change) => Promise<T>, origin?: Origin): Promise<T>
  /** What the replica's clock says. */
  nowMs: number
}

/** A replica in memory. `store`: the store of an earlier one, to open it again. */
export async function open({ hasUpstream = false, store = new MemoryStore() } = {}): Promise<Opened> {
  const { bytes: randomBytes } = seededRandom(1)
  const opened: Opened = {
    nowMs: 1000,
    replica: await openReplica({
      db: openDatabase(store),
      hasUpstream,
      now: () => opened.nowMs,
      randomBytes,
    }),
    change: (act, origin = { kind: 'mail-store' }) =>
      opened.replica.db.transact((tx) => act({ tx, replica: opened.replica, origin })),
  }
  return opened
}

export async function rowsOf<T>(list: AsyncIterable<T>): Promise<T[]> {
  const rows: T[] = []
  for await (const row of list) rows.push(row)
  return rows
}
