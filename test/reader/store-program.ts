import { openIndexedDbStore } from '../../src/store/indexeddb/indexeddb-store.js'
import type { Durability } from '../../src/store/indexeddb/use-indexeddb.js'
import { storeConformance } from '../../testing/store.js'
import { answerWithTests, argument } from './page/in-worker.js'

export interface StoreProgram {
  readonly durability: Durability
  /** As in a browser that is some years old. */
  readonly withoutRecords: boolean
}

const { durability, withoutRecords } = argument<StoreProgram>()
if (withoutRecords) Reflect.deleteProperty(IDBObjectStore.prototype, 'getAllRecords')
let made = 0

storeConformance('IndexedDB', async () => {
  const name = `store ${++made}`
  const open = () => openIndexedDbStore(globalThis, name, { durability })
  let store = await open()
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await open()
      return store
    },
    cleanup: async () => {
      await store.close()
      indexedDB.deleteDatabase(name)
    },
  }
})

answerWithTests()
