import { openIndexedDbStore } from '../../src/store/indexeddb/indexeddb-store.js'
import type { Durability } from '../../src/store/indexeddb/use-indexeddb.js'
import { ResidentStore } from '../../src/store/resident/resident-store.js'
import { storeConformance } from '../../testing/store.js'
import { answerWithTests, argument } from './page/in-worker.js'

export interface StoreProgram {
  readonly durability: Durability
  /** As in a browser that is some years old. */
  readonly withoutRecords: boolean
  /** As the reader has it: records in memory, the disk behind, and a new log for each life. */
  readonly isResident: boolean
}

const { durability, withoutRecords, isResident } = argument<StoreProgram>()
if (withoutRecords) Reflect.deleteProperty(IDBObjectStore.prototype, 'getAllRecords')
let made = 0

storeConformance('IndexedDB', async () => {
  const name = `store ${++made}`
  const open = async () => {
    const disk = await openIndexedDbStore(globalThis, name, { durability, reusesLogs: isResident })
    return isResident ? ResidentStore.open(disk) : disk
  }
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
