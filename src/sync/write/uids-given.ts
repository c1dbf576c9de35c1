import type { Guid } from '../../replica/model.js'
import type { JournalEntry, UidNextOperation } from '../../replica/operation.js'

/**
 * By the number of its entry, what has to be said of the UIDs that a mail server gave to messages which are left out: with its mailbox it
 * forgets them, and whoever gives UIDs would give them again. Nothing where a later one of the mailbox goes up.
 */
export function uidsGiven(
  entries: readonly JournalEntry[],
  dropped: ReadonlySet<Guid>,
): ReadonlyMap<number, UidNextOperation> {
  const homes = new Map<Guid, Guid>()
  const highest = new Map<Guid, { readonly uid: number; readonly number: number; readonly goesUp: boolean }>()
  for (const { number, operation } of entries) {
    if (operation.op === 'append' || operation.op === 'copy') homes.set(operation.message, operation.mailbox)
    if (!('message' in operation) || !('uid' in operation) || operation.uid === undefined) continue
    const mailbox = homes.get(operation.message)
    if (mailbox === undefined || operation.uid < (highest.get(mailbox)?.uid ?? 0)) continue
    highest.set(mailbox, { uid: operation.uid, number, goesUp: !dropped.has(operation.message) })
  }
  return new Map(
    [...highest]
      .filter(([, { goesUp }]) => !goesUp)
      .map(([mailbox, { uid, number }]) => [number, { op: 'uid-next', mailbox, uidNext: uid + 1 }]),
  )
}
