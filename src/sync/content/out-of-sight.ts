import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'

/**
 * Whether messages may have come to this mailbox, or gone from it, unnoticed: all or part of it couldn't be
 * read at the last scan, or the guard holds back what is missing from it.
 */
export async function isOutOfSight(reader: Reader, mailbox: Guid): Promise<boolean> {
  if (await tables.problem.has(reader, 'read', mailbox, '')) return true
  if (await tables.heldBack.has(reader, mailbox, 'here')) return true
  return (await tables.mailboxFile.get(reader, mailbox))?.doubted === true
}
