import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'

/**
 * Whether some of a mailbox's messages may have gone from the mail store, or have come there, without that anybody could tell: it, or a part
 * of it, couldn't be looked into the last time, or what is missing there is held back.
 */
export async function isOutOfSight(reader: Reader, mailbox: Guid): Promise<boolean> {
  if (await tables.problem.has(reader, 'read', mailbox, '')) return true
  if (await tables.heldBack.has(reader, mailbox, 'here')) return true
  return (await tables.mailboxFile.get(reader, mailbox))?.doubted === true
}
