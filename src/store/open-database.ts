import type { Database } from './database.js'
import { OverlayTransaction } from './overlay-transaction.js'
import { createQueue } from './queue.js'
import { createRecordCodec } from './record.js'
import type { Key, KeyRange, ListOptions, Store } from './store.js'

/**
 * A Database over a store. There must be one for all who write to the store in this process: only then do transactions queue up.
 * A transaction inside another's body waits for ever: hand `tx` on instead. A transaction that read what another process then
 * changed throws STORE_CONFLICT and writes nothing.
 */
export function openDatabase(store: Store): Database {
  const codec = createRecordCodec()
  const enqueue = createQueue()
  return {
    store,
    get: async <T>(key: Key) => {
      const value = await store.get(key)
      return value && codec.decode<T>(key, value)
    },
    list: async function* <T>(range: KeyRange, options?: ListOptions) {
      for await (const { key, value } of store.list(range, options))
        yield { key, value: codec.decode<T>(key, value) }
    },
    transact: (body) =>
      enqueue(async () => {
        const tx = new OverlayTransaction(store, codec)
        try {
          const result = await body(tx)
          tx.end()
          const batch = tx.batch()
          if (batch) await store.commit(batch)
          return result
        } finally {
          tx.end()
        }
      }),
  }
}
