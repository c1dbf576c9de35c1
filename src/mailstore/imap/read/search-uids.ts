import { numberOf, textOf } from '../session/imap-response.js'
import {
  atom,
  type ImapArgument,
  type ImapSession,
  type Selected,
  sequence,
} from '../session/imap-session.js'
import { UidSet } from '../session/uid-set.js'

/** The UIDs of `within` (all, when undefined) that exist in the selected mailbox. */
export async function searchUids(
  session: ImapSession,
  { exists }: Pick<Selected, 'exists'>,
  within: UidSet | undefined,
): Promise<UidSet> {
  if (exists === 0) return UidSet.empty
  let found = UidSet.empty
  for (const set of within ? within.print() : [undefined])
    found = found.union(
      await uidsFitting(session, set === undefined ? [atom('ALL')] : [atom('UID'), sequence(set)]),
    )
  return found
}

/** The UIDs of messages in the selected mailbox that fit these search keys (RFC 9051 6.4.4), with their charset before them where they need one. */
export async function uidsFitting(session: ImapSession, keys: readonly ImapArgument[]): Promise<UidSet> {
  const compact = session.offers('ESEARCH')
  let found = UidSet.empty
  const numbers: number[] = []
  await session.command('UID SEARCH', [...(compact ? [atom('RETURN'), [atom('ALL')]] : []), ...keys], {
    SEARCH: ({ numbers: some = [], attributes = [] }) => {
      for (const each of some) numbers.push(each)
      for (const each of attributes) numbers.push(numberOf(each) ?? 0)
    },
    ESEARCH: ({ attributes = [] }) => {
      const at = attributes.findIndex((node) => textOf(node)?.toUpperCase() === 'ALL')
      if (at >= 0) found = found.union(UidSet.parse(textOf(attributes[at + 1]) ?? ''))
    },
  })
  return found.union(UidSet.of(numbers))
}
