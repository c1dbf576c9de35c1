import { allMailboxes, type Envelope, type Mailbox } from '../../mime/headers/envelope.js'
import { envelopeLimits } from '../../mime/limits.js'
import type { Account } from '../../sync/account.js'
import { outboxTerms } from '../../sync/frames/told-outbox.js'
import { coversAddress } from '../../sync/submission/identities.js'
import type { Correspondent, ShownMessage } from '../port.js'
import { correspondents } from './message-rows.js'

/** More recipients of one mail than anybody writes to by hand. */
const mostRecipients = 2000

/**
 * To whom a message went, and to whom an answer goes. A list has only the first recipients; the header, once
 * it is here, has all of them.
 */
export async function addressed(
  { replica: { db } }: Account,
  { from, to, cc }: Envelope,
  header: Uint8Array | undefined,
): Promise<Pick<ShownMessage, 'to' | 'cc' | 'reply' | 'namesAll'>> {
  const all = (name: string, listed: readonly Mailbox[]): readonly Mailbox[] =>
    header ? allMailboxes(header, name) : listed
  const [allTo, allCc] = [all('to', to), all('cc', cc)]
  const [someTo, someCc] = [allTo.slice(0, mostRecipients), allCc.slice(0, mostRecipients)]
  const identities = (await outboxTerms(db))?.identities ?? []
  const isOwn = ({ address }: Mailbox): boolean => coversAddress(identities, address)
  const replyTo = all('reply-to', []).filter(({ address }) => address !== '')
  const senders = replyTo.length > 0 ? replyTo.slice(0, mostRecipients) : from
  // A reply to one's own sent mail goes to the same people again.
  const isSent = senders.every(isOwn) && someTo.length > 0
  return {
    to: correspondents(someTo),
    cc: correspondents(someCc),
    reply: isSent ? recipients(someTo, someCc, isOwn) : recipients(senders, [...someTo, ...someCc], isOwn),
    namesAll: header ? Math.max(allTo.length, allCc.length) <= mostRecipients : isAllListed(to, cc),
  }
}

/** Whether no more of them can be in the header than what is listed of it. */
function isAllListed(...fields: readonly (readonly Mailbox[])[]): boolean {
  const bytes = new TextEncoder().encode(JSON.stringify(fields)).length
  const { addresses, mailboxesBytes, nameBytes, addressBytes } = envelopeLimits
  return fields.every(({ length }) => length < addresses) && bytes < mailboxesBytes - nameBytes - addressBytes
}

function recipients(
  to: readonly Mailbox[],
  others: readonly Mailbox[],
  isOwn: (mailbox: Mailbox) => boolean,
): { readonly to: Correspondent[]; readonly cc: Correspondent[] } {
  const said = new Set([''])
  const once = ({ address }: Mailbox): boolean => {
    const name = address.toLowerCase()
    const isNew = !said.has(name)
    said.add(name)
    return isNew
  }
  return {
    to: correspondents(to.filter(once)),
    cc: correspondents(others.filter((each) => once(each) && !isOwn(each))),
  }
}
