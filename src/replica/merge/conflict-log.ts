import type { Reader } from '../../store/database.js'
import type { Change } from '../change.js'
import type { Conflict, ConflictRecord } from '../conflict.js'
import { tables } from '../tables.js'

/**
 * Keeps a conflict for the person who may want to look at it. One that stands already, unsettled, is not written twice, but says what was
 * found last. Returns its number.
 */
export async function noteConflict(change: Change, conflict: Conflict): Promise<number> {
  const { tx, replica } = change
  let last = 0
  for await (const { key, value } of tables.conflict.list(tx)) {
    last = key[0]
    if (value.settled !== undefined || !sameConflict(value, conflict)) continue
    await restateConflict(change, last, conflict.detail)
    return last
  }
  tables.conflict.put(tx, last + 1, { ...conflict, atMs: replica.now() })
  return last + 1
}

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

function sameConflict(a: Conflict, b: Conflict): boolean {
  return a.kind === b.kind && a.mailbox === b.mailbox && a.here === b.here && a.there === b.there
}

export async function listConflicts(
  reader: Reader,
): Promise<(ConflictRecord & { readonly number: number })[]> {
  const conflicts: (ConflictRecord & { readonly number: number })[] = []
  for await (const { key, value } of tables.conflict.list(reader))
    conflicts.push({ ...value, number: key[0] })
  return conflicts
}
