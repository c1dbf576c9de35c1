import type { EvictionStateRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import type { EvictionsPort } from '../mail-store.js'
import { type EvictionNote, readNote } from './eviction-note.js'

/** Which note this database knows. */

type KnownNote = NonNullable<EvictionStateRecord['note']>

/** The note, if it is the one that is known. Else none is known any more: the next scan doubts, and writes another one. */
export async function readKnownNote(
  { replica: { db } }: Account,
  evictions: EvictionsPort,
): Promise<EvictionNote | undefined> {
  const known = (await tables.evictionState.get(db))?.note
  const note = await readNote(evictions)
  if (note && note.id === known?.id && note.generation === known.generation) return note
  if (known)
    await db.transact(async (tx) => {
      const { note: _, ...rest } = (await tables.evictionState.get(tx)) ?? {}
      tables.evictionState.put(tx, rest)
    })
  return undefined
}

export async function rememberNote(tx: Transaction, { id, generation }: KnownNote): Promise<void> {
  tables.evictionState.put(tx, { ...(await tables.evictionState.get(tx)), note: { id, generation } })
}
