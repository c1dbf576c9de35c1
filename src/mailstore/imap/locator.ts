import { PacketboatError } from '../../errors/packetboat-error.js'

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

export const messageGone = (locator: string): PacketboatError =>
  new PacketboatError('MESSAGE_GONE', `The message ${locator} is no longer there.`, 'Sync again.')

export const messageChanged = (locator: string): PacketboatError =>
  new PacketboatError(
    'MESSAGE_CHANGED',
    `The message ${locator} was changed by another program.`,
    'Sync again.',
  )
