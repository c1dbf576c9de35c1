import { promisifyRequest } from 'idb-keyval'
import { logName } from './start-new-log.js'

/** Deletes all that a store has in a browser. Who has it open lets it go, and every further use of it throws STORE_CORRUPT. */
export async function deleteIndexedDbStore(indexedDB: IDBFactory, name: string): Promise<void> {
  for (const each of [name, logName(name)]) await promisifyRequest(indexedDB.deleteDatabase(each))
}
