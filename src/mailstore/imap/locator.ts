import { messageGone } from '../message-errors.js'

/** A message within its mailbox: `UIDVALIDITY.UID`. Under another UIDVALIDITY the same UID is another message. */
export interface Place {
  readonly uidValidity: number
  readonly uid: number
}

export function printLocator({ uidValidity, uid }: Place): string {
  return `${uidValidity}.${uid}`
}

/** Throws MESSAGE_GONE for a locator that no IMAP server has given. */
export function parseLocator(locator: string): Place {
  const match = /^(\d{1,10})\.(\d{1,10})$/.exec(locator)
  if (!match) throw messageGone(locator)
  return { uidValidity: Number(match[1]), uid: Number(match[2]) }
}
