import { hasCode } from '../errors/packetboat-error.js'
import type { Database, Transaction } from './database.js'
import { sortableKey } from './key.js'
import { OverlayTransaction } from './overlay-transaction.js'
import { createQueue } from './queue.js'
import { ReadCache } from './read-cache.js'
import { createRecordCodec, recordOf, rowOf, showRows } from './record.js'
import type { Key, KeyRange, ListOptions, Store } from './store.js'

export interface DatabaseOptions {
  /**
   * For a store that other processes write too: how often a body runs again on what they wrote before
   * STORE_CONFLICT is thrown. Such bodies must do nothing but read and write through `tx`. Default: 0.
   */
  readonly conflictRetries?: number
  /** How many bytes of records may be kept in memory to save reads. Default: 0. */
  readonly cacheBytes?: number
}

/**
 * Opens a Database over a store. All code in this process that writes to the store must share one, since only
 * then do transactions queue up.
 */
export function openDatabase(store: Store, options: DatabaseOptions = {}): Database {
  const codec = createRecordCodec()
  const reads = new ReadCache(store, options.cacheBytes ?? 0)
  const enqueue = createQueue()
  const attempt = async <T>(body: (tx: Transaction) => Promise<T>): Promise<T> => {
    const tx = new OverlayTransaction(reads, codec, await reads.since())
    let result: T
    try {
      result = await body(tx)
      await tx.learnEmpty()
    } finally {
      tx.end()
    }
    const changed = tx.batch()
    if (changed) await reads.commit(changed.batch, changed.writes)
    return result
  }
  return {
    store,
    get: <T>(key: Key): Promise<T | undefined> => {
      try {
        const found = reads.get(key, sortableKey(key))
        if (found instanceof Promise) return found.then((entry) => recordOf<T>(codec, key, entry))
        return Promise.resolve(recordOf<T>(codec, key, found))
      } catch (error) {
        return Promise.reject(error)
      }
    },
    readAhead: (keys) => reads.readAhead(keys),
    list: <T>(range: KeyRange, listOptions?: ListOptions) => {
      const begin = () => reads.known(range, listOptions)?.values() ?? reads.list(range, listOptions)
      return showRows(begin, (entry) => rowOf<T>(codec, entry))
    },
    transact: (body) =>
      enqueue(async () => {
        for (let retriesLeft = options.conflictRetries ?? 0; ; retriesLeft--) {
          try {
            return await attempt(body)
          } catch (error) {
            if (retriesLeft <= 0 || !hasCode(error, 'STORE_CONFLICT')) throw error
          }
        }
      }),
    rest: () => reads.rest(),
  }
}
