import type { Store } from '../../src/store/store.js'

/** Counts the rows that are read of a store. */
export function counting(rows: { read: number }): (store: Store) => Store {
  return (store) => ({
    get: (key) => {
      rows.read++
      return store.get(key)
    },
    getMany: (keys) => {
      rows.read += keys.length
      return store.getMany(keys)
    },
    async *list(range, options) {
      for await (const row of store.list(range, options)) {
        rows.read++
        yield row
      }
    },
    generation: () => store.generation(),
    commit: (batch) => store.commit(batch),
    close: () => store.close(),
  })
}
