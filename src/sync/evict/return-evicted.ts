import { fileOf } from '../../replica/files.js'
import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import { encodeNote } from './eviction-note.js'
import { readKnownNote, rememberNote } from './known-note.js'

/**
 * Replaces the note before evicted files are written again. A person who later restores the mail from a time
 * when they were gone must not be taken to have deleted them. Returns whether the note was replaced.
 */
export async function noteReturn(account: Account, guids: Iterable<Guid>): Promise<boolean> {
  const { mailStore, replica } = account
  const { evictions } = mailStore
  if (!evictions || !(await tables.evicted.any(replica.db)) || !(await isAnyBack(account, guids)))
    return false
  try {
    const before = await readKnownNote(account, evictions)
    if (!before) return false
    const note = { ...before, generation: before.generation + 1 }
    await evictions.writeNote(encodeNote(note))
    await replica.db.transact((tx) => rememberNote(tx, note))
    return true
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return false
  }
}

async function isAnyBack({ replica: { db } }: Account, guids: Iterable<Guid>): Promise<boolean> {
  for (const guid of guids)
    if ((await tables.evicted.has(db, guid)) && (await fileOf(db, guid)) === undefined) return true
  return false
}
