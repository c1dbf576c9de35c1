import { promisifyRequest } from 'idb-keyval'

/** The name of the other database that it takes for one. */
export const logName = (name: string): string => `${name} log`

/**
 * Makes Chromium go on in a new log. It keeps all of a site's databases in one LevelDB, whose log is written on after a start. A browser that is
 * killed amid a write leaves half a record at the log's end; what is written behind that can't be read, and a log that can't be read to its end has
 * Chromium delete all of it at the start after. When a database is deleted, LevelDB compacts what was there: all of the log goes into tables, and
 * isn't read any more some milliseconds later, or seconds later on a machine that has much to do: Chromium does it when nothing else waits. It
 * takes another database, with nothing in it: no more than what says so is written into the old log.
 */
export async function startNewLog(indexedDB: IDBFactory, name: string): Promise<void> {
  const make = async (): Promise<void> => (await promisifyRequest(indexedDB.open(name))).close()
  // From the last time, as a rule: it is made again behind, where it is written into the new log.
  await make()
  await promisifyRequest(indexedDB.deleteDatabase(name))
  await make()
}
