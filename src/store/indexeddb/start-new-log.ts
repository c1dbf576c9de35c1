import { promisifyRequest, type UseStore } from 'idb-keyval'

/** Before each key of what fills the log. No row stays under it. */
const fillerByte = 2
/** Together more than Chromium's 4 MiB, each less than what it keeps in a file of its own. */
const [fillers, fillerBytes] = [72, 60_000]

/**
 * Makes Chromium go on in a new log, in some 50 ms. It keeps IndexedDB in a LevelDB, whose log is written on after a start. A browser that is killed
 * amid a write leaves half a record at the log's end. What is written behind that can't be read, and a log that can't be read to its end has
 * Chromium delete the database at the start after. As soon as a log is full, all of it is in tables, and it is no longer read.
 */
export async function startNewLog(use: UseStore): Promise<void> {
  const filler = new Uint8Array(fillerBytes)
  const fill = (count: number): Promise<unknown> =>
    use('readwrite', async (store) => {
      const keys = Array.from({ length: count }, (_, n) => Uint8Array.of(fillerByte, n))
      await Promise.all(
        keys.flatMap((key) => [
          promisifyRequest(store.put(filler, key)),
          promisifyRequest(store.delete(key)),
        ]),
      )
    })
  await fill(fillers)
  // The log is changed for another with the write that follows.
  await fill(1)
}
