import type { Reader, Transaction } from '../../store/database.js'
import type { Change } from '../change.js'
import type { Conflict, ConflictRecord } from '../conflict.js'
import { tables } from '../tables.js'

/**
 * Records a conflict for a person to look at. An unsettled one that is already recorded is not written twice;
 * it is updated to what was found last. Returns its number.
 */
export async function noteConflict(change: Change, conflict: Conflict): Promise<number> {
  const { tx, replica } = change
  const known = await lastOf(tx, conflict)
  const before = known === undefined ? undefined : await tables.conflict.get(tx, known)
  if (known !== undefined && before && before.settled === undefined) {
    await restateConflict(change, known, conflict.detail)
    return known
  }
  let number = 1
  for await (const { key } of tables.conflict.list(tx, [], { reverse: true, limit: 1 })) number = key[0] + 1
  tables.conflict.put(tx, number, { ...conflict, atMs: replica.now() })
  tables.conflictOf.put(tx, ...subjectOf(conflict), number)
  return number
}

async function lastOf(tx: Transaction, conflict: Conflict): Promise<number | undefined> {
  if (!(await tables.conflictOf.any(tx)))
    for await (const { key, value } of tables.conflict.list(tx))
      tables.conflictOf.put(tx, ...subjectOf(value), key[0])
  return tables.conflictOf.get(tx, ...subjectOf(conflict))
}

const subjectOf = ({ kind, mailbox = '', here = '', there = '' }: Conflict) =>
  [kind, mailbox, here, there] as const

/** What is known of it has changed. */
export async function restateConflict(
  { tx, replica }: Change,
  number: number,
  detail: string | undefined,
): Promise<void> {
  const before = await tables.conflict.get(tx, number)
  if (!before || detail === undefined || before.detail === detail || before.settled !== undefined) return
  tables.conflict.put(tx, number, { ...before, detail, atMs: replica.now() })
}

export async function listConflicts(
  reader: Reader,
): Promise<(ConflictRecord & { readonly number: number })[]> {
  const conflicts: (ConflictRecord & { readonly number: number })[] = []
  for await (const { key, value } of tables.conflict.list(reader))
    conflicts.push({ ...value, number: key[0] })
  return conflicts
}
