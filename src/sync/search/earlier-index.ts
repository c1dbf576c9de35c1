import type { SearchStateRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Database } from '../../store/database.js'
import type { Key } from '../../store/store.js'
import type { Table } from '../../store/table.js'

/** Indexes as earlier versions kept them, which are replaced. */

/** Rows that go together: others wait meanwhile. */
const atOnce = 4000

interface Options {
  readonly goOn: () => boolean
  readonly signal: AbortSignal | undefined
}

export const emptyIndex: SearchStateRecord = { next: 0, head: 0, days: [], mailboxes: [] }

/** The one that didn't know where its messages lie stood where the next one will: it goes before that. Returns whether it has gone. */
export async function clearUnplacedIndex(db: Database, options: Options): Promise<boolean> {
  const state = await tables.searchIndex.get(db)
  if (!state || state.days) return true
  const { searchRun, searchPage, searchPlace, searchLack } = tables
  if (!(await clearInTurn(db, [searchRun, searchPage, searchPlace, searchLack], options))) return false
  await db.transact(async (tx) => tables.searchIndex.put(tx, emptyIndex))
  return true
}

/** The first one took four times as much. */
export async function clearFirstIndex(db: Database, options: Options): Promise<void> {
  if (!(await tables.searchState.has(db))) return
  const { searchWords, searchWord, searchContent, searchNumber, searchState } = tables
  // Its state goes last: as long as that is there, something of it is.
  await clearInTurn(db, [searchWords, searchWord, searchContent, searchNumber, searchState], options)
}

/** Returns false where it was broken off. */
async function clearInTurn(
  db: Database,
  inOrder: readonly unknown[],
  { goOn, signal }: Options,
): Promise<boolean> {
  for (const table of inOrder as readonly Table<Key, object>[]) {
    for (let isMore = true; isMore; ) {
      signal?.throwIfAborted()
      if (!goOn()) return false
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
  return true
}
