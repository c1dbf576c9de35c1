import { messageGone } from '../../message-errors.js'

/**
 * A message within its mailbox: `UIDVALIDITY.UID`, since the same UID under another UIDVALIDITY is another
 * message. Where a server has given its UIDs anew and kept the UIDVALIDITY, a third number counts how often.
 */
export interface Place {
  readonly uidValidity: number
  readonly uid: number
  readonly generation?: number
}

export function printLocator({ uidValidity, uid, generation = 0 }: Place): string {
  return generation > 0 ? `${uidValidity}.${uid}.${generation}` : `${uidValidity}.${uid}`
}

/** Throws MESSAGE_GONE for a locator that no IMAP server has given. */
export function parseLocator(locator: string): Place {
  const place = readLocator(locator)
  if (!place) throw messageGone(locator)
  return place
}

/** Undefined for a locator that doesn't come from an IMAP server. */
export function readLocator(locator: string): Place | undefined {
  const match = /^(\d{1,10})\.(\d{1,10})(?:\.(\d{1,6}))?$/.exec(locator)
  if (!match) return undefined
  const generation = Number(match[3] ?? 0)
  return { uidValidity: Number(match[1]), uid: Number(match[2]), ...(generation > 0 && { generation }) }
}
