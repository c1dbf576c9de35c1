import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { StoreEntry } from '../../src/store/store.js'

/** Commits batch after batch until it is killed, and prints the number of each when the store says that it is durable. */

/** Batch `n` puts this many rows that say `n`; each replaces a row of the batch before. */
export const rowsPerBatch = 40

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path = '', first = '1'] = process.argv.slice(2)
  const store = await openSqliteStore(path)
  writeSync(1, 'open\n')
  for (let n = Number(first); ; n++) {
    const puts: StoreEntry[] = [{ key: ['batch', n], value: new Uint8Array(0) }]
    for (let row = 0; row < rowsPerBatch; row++)
      puts.push({ key: ['row', row], value: new Uint8Array(row % 10 === 0 ? 20_000 : 100).fill(n % 256) })
    await store.commit({ puts, deletes: [['batch', n - 1]] })
    writeSync(1, `${n}\n`)
  }
}
