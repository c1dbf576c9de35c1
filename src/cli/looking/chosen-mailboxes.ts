import { PacketboatError } from '../../errors/packetboat-error.js'
import { pathText } from '../../replica/model.js'
import type { MailboxRecord } from '../../replica/records.js'
import { nearestName } from '../../settings/nearest-name.js'
import { isSelected } from '../../sync/policy/selection.js'

/** The mailboxes that a pattern names. Throws NOT_FOUND. */
export function chosenMailboxes(
  mailboxes: readonly MailboxRecord[],
  pattern: string,
): readonly MailboxRecord[] {
  const chosen = mailboxes.filter((each) => isSelected([pattern], each))
  if (chosen.length === 0)
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no mailbox "${pattern}".`,
      nextMailbox(pattern, mailboxes),
    )
  return chosen
}

/** What somebody does who has named a mailbox that isn't there. */
export function nextMailbox(wrong: string, mailboxes: readonly MailboxRecord[]): string {
  const nearest = nearestName(
    wrong,
    mailboxes.map(({ path }) => pathText(path)),
  )
  return `${nearest === undefined ? '' : `Did you mean "${nearest}"? `}packetboat mailboxes lists them.`
}
