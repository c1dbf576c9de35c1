import type { Reader, Transaction } from '../store/database.js'
import { isInRanges } from './ids/uid-ranges.js'
import type { Guid } from './model.js'
import type { Cursor, MailboxCursor, MailboxRecord, MessageRecord } from './records.js'
import { readReplicaRecord, updateReplicaRecord } from './replica.js'
import { tables } from './tables.js'

/** How far a device has come: docs/PROTOCOL.md "Cursor". */

/** How far the device has come in a mailbox. */
export function cursorOf(cursor: Cursor, mailbox: Guid): MailboxCursor {
  return cursor.mailboxes[mailbox] ?? { log: cursor.log, missing: [] }
}

/** This replica's own cursor, whole: of a thousand mailboxes each may have its exception while an account is filled. */
export async function readCursor(reader: Reader): Promise<Cursor> {
  const { cursor, earlierExceptions } = await readReplicaRecord(reader)
  const mailboxes: Record<Guid, MailboxCursor> = { ...earlierExceptions }
  for await (const { key, value } of tables.cursorOf.list(reader)) mailboxes[key[0]] = value
  return { ...cursor, mailboxes }
}

/** How far this replica has come in one mailbox. */
export async function readCursorOf(reader: Reader, mailbox: Guid): Promise<MailboxCursor> {
  const known = await tables.cursorOf.get(reader, mailbox)
  if (known) return known
  const { cursor, earlierExceptions = {} } = await readReplicaRecord(reader)
  return cursorOf({ ...cursor, mailboxes: earlierExceptions }, mailbox)
}

export async function hasExceptions(reader: Reader): Promise<boolean> {
  const { earlierExceptions } = await readReplicaRecord(reader)
  return earlierExceptions !== undefined || (await tables.cursorOf.any(reader))
}

export async function updateCursorOf(
  tx: Transaction,
  mailbox: Guid,
  change: (before: MailboxCursor) => MailboxCursor,
): Promise<void> {
  tables.cursorOf.put(tx, mailbox, change(await readCursorOf(tx, mailbox)))
}

/** The mailbox has another name than it had. Nothing where it had no exception. */
export async function renameCursorOf(tx: Transaction, from: Guid, to: Guid): Promise<void> {
  if ((await readReplicaRecord(tx)).earlierExceptions) await replaceCursor(tx, await readCursor(tx))
  const position = await tables.cursorOf.get(tx, from)
  if (!position) return
  tables.cursorOf.delete(tx, from)
  tables.cursorOf.put(tx, to, position)
}

/** The cursor is this from now on. */
export async function replaceCursor(tx: Transaction, { mailboxes, ...cursor }: Cursor): Promise<void> {
  await updateReplicaRecord(tx, ({ earlierExceptions: _, ...record }) => ({ ...record, cursor }))
  await tables.cursorOf.clear(tx)
  for (const [mailbox, position] of Object.entries(mailboxes)) tables.cursorOf.put(tx, mailbox, position)
}

/** Whether a device with this cursor has been told of a message, or made it. */
export function knowsMessage(device: Guid, cursor: Cursor, message: MessageRecord): boolean {
  const { log, missing, ashore = [] } = cursorOf(cursor, message.mailbox)
  if (isInRanges(ashore, message.number)) return false
  if (message.origin === device) return true
  if (message.hidden) return false
  return message.created <= log && !isInRanges(missing, message.number)
}

/** Whether it knows whatever has this number there. Undefined where only the message's record tells. */
export function knowsNumber(
  cursor: Cursor,
  { guid, head }: MailboxRecord,
  number: number,
): boolean | undefined {
  const { log, missing, ashore = [] } = cursorOf(cursor, guid)
  if (isInRanges(ashore, number)) return false
  // It has heard of all that has happened there.
  return head <= log && !isInRanges(missing, number) ? true : undefined
}
