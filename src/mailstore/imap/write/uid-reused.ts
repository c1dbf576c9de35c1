import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'

/** The server has given a UID to another message, and kept the mailbox's UIDVALIDITY, which RFC 9051 2.3.1.1 forbids. */
export class UidReused extends PacketboatError {
  constructor(
    path: MailboxPath,
    readonly locator: string,
  ) {
    super(
      'MESSAGE_CHANGED',
      `The IMAP server has another message under the UID of ${locator} in ${pathText(path)} than before.`,
      'Nothing was done to it. The mailbox is compared anew.',
    )
  }
}
