import { openDatabase } from '../../src/store/open-database.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'

/** Adds one to a counter, again and again, while others do the same: `path`, how often, and a name of its own. */
const [path = '', times = '0', name = ''] = process.argv.slice(2)
const store = await openSqliteStore(path)
const db = openDatabase(store, { conflictRetries: 1000 })
for (let n = 0; n < Number(times); n++)
  await db.transact(async (tx) => {
    tx.put(['count'], ((await tx.get<number>(['count'])) ?? 0) + 1)
    tx.put(['done', name, n], true)
  })
await store.close()
