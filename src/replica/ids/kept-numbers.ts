import type { Transaction } from '../../store/database.js'
import { getMailbox } from '../mailboxes.js'
import type { KeptNumber } from '../messages.js'
import type { Guid } from '../model.js'
import type { UnreadRecord } from '../records.js'
import { tables } from '../tables.js'

/**
 * Numbers for mail that is read later than what came after it: docs/DESIGN-NOTES.md "Reading in slices". What is new to a device is listed from the
 * highest number down, and its window counts by them, so that the order of numbers has to be that of the mail.
 */
export class KeptNumbers {
  constructor(
    private readonly mailbox: Guid,
    private left: UnreadRecord,
  ) {}

  /** The highest that is left. @param given the UID that the mail server has given the message */
  take(tx: Transaction, given: number | undefined): KeptNumber | undefined {
    const { from, to, uid, uidEnd, given: isGiven } = this.left
    if (to <= from) return undefined
    const number = to - 1
    this.left = { ...this.left, to: number }
    tables.unread.put(tx, this.mailbox, this.left)
    const own = isGiven ? (given ?? uidEnd) : uid + (number - from)
    // The mail server has given another one since, or none yet.
    return own >= uid && own < uidEnd ? { number, uid: own } : { number }
  }
}

/**
 * Keeps a number for each of so many messages of a mailbox, and a UID.
 * @param given above all UIDs that a mail server has given them, where it has
 */
export async function keepNumbers(
  tx: Transaction,
  mailbox: Guid,
  count: number,
  given: number | undefined,
): Promise<UnreadRecord> {
  const record = await getMailbox(tx, mailbox)
  const { numberNext = 1, uidNext = 1 } = record ?? {}
  const to = numberNext + count
  const uidEnd = given === undefined ? uidNext + count : Math.max(uidNext, given)
  const unread = {
    from: numberNext,
    to,
    uid: uidNext,
    uidEnd,
    ...(given !== undefined && { given: true as const }),
  }
  if (record) tables.mailbox.put(tx, mailbox, { ...record, numberNext: to, uidNext: uidEnd })
  tables.unread.put(tx, mailbox, unread)
  return unread
}
