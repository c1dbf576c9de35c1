import type { Change } from '../../replica/change.js'
import type { Settlement } from '../../replica/conflict.js'
import { noteConflict, restateConflict } from '../../replica/merge/conflict-log.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import { exceeds, type Guard, holdsBack, isAllowed } from '../policy/guard.js'

export interface Missing {
  readonly mailbox: MailboxRecord
  /** Where the messages are missing: in the mail store here, or at the upstream. */
  readonly where: 'here' | 'upstream'
  readonly gone: number
  readonly of: number
  /** The whole side is empty. */
  readonly emptied?: boolean
  /** The folder is another one than it was. */
  readonly replaced?: boolean
  /** Counted for a mailbox that may be emptied: what the upstream had moved there, out of all mail. */
  readonly trashed?: boolean
}

/**
 * Whether what is missing from a mailbox may be expunged. Once held back, it stays so until somebody confirms
 * it by the mailbox's name, or all of it is there again: new mail makes the missing share smaller, but
 * decides nothing.
 */
export async function judgeMissing(
  change: Change,
  guard: Guard,
  { mailbox, where, gone, of, emptied = false, replaced = false, trashed = false }: Missing,
  allow: readonly string[],
): Promise<HeldBack | undefined> {
  const { tx } = change
  const before = await tables.heldBack.get(tx, mailbox.guid, where)
  const allowed = isAllowed(mailbox, allow)
  const tooMany = trashed
    ? exceeds(guard, { gone, of })
    : holdsBack(guard, mailbox, { gone, of, replaced }, allow)
  const held = before !== undefined || emptied || tooMany
  if (gone === 0 || allowed || !held) {
    const outcome = gone === 0 ? 'both' : where === 'here' ? 'here' : 'there'
    if (before !== undefined) await endHeldBack(change, mailbox.guid, where, outcome)
    return undefined
  }
  const detail = `${gone} of ${of} ${where === 'here' ? 'gone here' : 'gone upstream'}`
  if (before !== undefined) await restateConflict(change, before, detail)
  else {
    const number = await noteConflict(change, { kind: 'held-back', mailbox: mailbox.guid, detail })
    tables.heldBack.put(tx, mailbox.guid, where, number)
  }
  return { mailbox: mailbox.guid, gone, of }
}

/** Ends what was held back there, and logs what became of it. */
export async function endHeldBack(
  { tx }: Pick<Change, 'tx'>,
  mailbox: Guid,
  where: Missing['where'],
  settled: Settlement,
): Promise<void> {
  const number = await tables.heldBack.get(tx, mailbox, where)
  if (number === undefined) return
  tables.heldBack.delete(tx, mailbox, where)
  const conflict = await tables.conflict.get(tx, number)
  if (conflict && conflict.settled === undefined) tables.conflict.put(tx, number, { ...conflict, settled })
}
