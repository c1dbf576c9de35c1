import { randomGuid } from '../../replica/ids/guid.js'
import type { Guid } from '../../replica/model.js'
import type { FoundProblem } from '../../replica/problems.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import type { EvictionsPort } from '../mail-store.js'
import { encodeNote, readNote } from './eviction-note.js'
import { type Heeded, noteProblem } from './heed-note.js'
import { rememberNote } from './known-note.js'

/**
 * Called once missing messages have been judged in the mailboxes that could be `seen`. If the note wasn't the
 * one this database knows, writes a new one, and leaves only the mailboxes that were out of sight in doubt.
 * Returns what prevents that.
 */
export async function settleDoubt(
  account: Account,
  { doubt, doubted, problems }: Heeded,
  seen: Pick<ReadonlySet<Guid>, 'has'>,
): Promise<readonly FoundProblem[]> {
  const { evictions } = account.mailStore
  const { db } = account.replica
  if (!evictions || problems.length > 0 || (doubt === 'none' && doubted.size === 0)) return problems
  const still: Guid[] = []
  for await (const { key } of tables.mailboxFile.list(db))
    if (!seen.has(key[0]) && (doubt !== 'none' || doubted.has(key[0]))) still.push(key[0])
  if (doubt === 'none') {
    await db.transact((tx) => rememberDoubted(tx, still))
    return []
  }
  try {
    await renewNote(account, evictions, still)
    return []
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return [noteProblem(error)]
  }
}

/** Writes the note anew, under an id that no other database knows. */
async function renewNote(
  { replica: { db, randomBytes } }: Account,
  evictions: EvictionsPort,
  doubted: readonly Guid[],
): Promise<void> {
  const before = await readNote(evictions)
  const id = randomGuid(randomBytes)
  const generation = (before?.generation ?? 0) + 1
  await evictions.writeNote(encodeNote({ id, generation, evicted: before?.evicted ?? new Map() }))
  await db.transact(async (tx) => {
    await rememberNote(tx, { id, generation })
    await rememberDoubted(tx, doubted)
  })
}

async function rememberDoubted(tx: Transaction, all: readonly Guid[]): Promise<void> {
  const { doubted: _, ...rest } = (await tables.evictionState.get(tx)) ?? {}
  tables.evictionState.put(tx, all.length === 0 ? rest : { ...rest, doubted: all })
}
