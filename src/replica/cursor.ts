import { isInRanges } from './ids/uid-ranges.js'
import type { Guid } from './model.js'
import type { Cursor, MailboxCursor, MailboxRecord, MessageRecord } from './records.js'

/** How far a device has come: docs/PROTOCOL.md "Cursor". */

/** How far the device has come in a mailbox. */
export function cursorOf(cursor: Cursor, mailbox: Guid): MailboxCursor {
  return cursor.mailboxes[mailbox] ?? { log: cursor.log, missing: [] }
}

/** Whether a device with this cursor has been told of a message, or made it. */
export function knowsMessage(device: Guid, cursor: Cursor, message: MessageRecord): boolean {
  const { log, missing, ashore = [] } = cursorOf(cursor, message.mailbox)
  if (isInRanges(ashore, message.number)) return false
  if (message.origin === device) return true
  if (message.hidden) return false
  return message.created <= log && !isInRanges(missing, message.number)
}

/** Whether it knows whatever has this number there, and has heard of all that has happened there: no record is read for that. */
export function knowsNumber(cursor: Cursor, { guid, head }: MailboxRecord, number: number): boolean {
  const { log, missing, ashore = [] } = cursorOf(cursor, guid)
  return head <= log && !isInRanges(missing, number) && !isInRanges(ashore, number)
}
