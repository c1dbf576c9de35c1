import { tables } from '../../replica/tables.js'
import type { Database } from '../../store/database.js'
import type { Key } from '../../store/store.js'
import type { Table } from '../../store/table.js'

/** An index as earlier versions kept it. It took four times as much; where one is, another is made in its place. */

/** Rows that go together: others wait meanwhile. */
const atOnce = 4000

/** Its state goes last: as long as that is there, something of it is. */
const inOrder = [
  tables.searchWords,
  tables.searchWord,
  tables.searchContent,
  tables.searchNumber,
  tables.searchState,
] as readonly unknown[] as readonly Table<Key, object>[]

export async function clearFirstIndex(
  db: Database,
  options: { readonly goOn: () => boolean; readonly signal: AbortSignal | undefined },
): Promise<void> {
  if (!(await tables.searchState.has(db))) return
  for (const table of inOrder) {
    for (let isMore = true; isMore; ) {
      options.signal?.throwIfAborted()
      if (!options.goOn()) return
      isMore = await db.transact(async (tx) => {
        let rows = 0
        for await (const { key } of table.list(tx, [], { limit: atOnce })) {
          table.delete(tx, ...key)
          rows++
        }
        return rows === atOnce
      })
    }
  }
}
