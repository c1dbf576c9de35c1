import { PacketboatError } from '../errors/packetboat-error.js'

/** What any mail store says of a message that isn't as it was, so that it is looked at again. */

export const messageGone = (locator: string): PacketboatError =>
  new PacketboatError('MESSAGE_GONE', `The message ${locator} is no longer there.`, 'Sync again.')

export const messageChanged = (locator: string): PacketboatError =>
  new PacketboatError(
    'MESSAGE_CHANGED',
    `The message ${locator} was changed by another program.`,
    'Sync again.',
  )

/** The error about a message that the server lists but doesn't give. */
export const notFetched =
  (mailbox: string) =>
  (uid: number): PacketboatError =>
    new PacketboatError(
      'MESSAGE_UNREADABLE',
      `The mail server lists message ${uid} in ${mailbox} but does not show it.`,
      "packetboat tries again later. Open the message with another mail program. If that can't show it either, ask the operator of the server.",
    )
