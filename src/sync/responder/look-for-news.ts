import type { Guid, UidRange } from '../../replica/model.js'
import { readReplicaRecord } from '../../replica/replica.js'
import type { Account } from '../account.js'
import type { ShoreAtEnd } from '../shore/shore-at-end.js'
import { cursorWithShore } from '../shore/shore-there.js'
import { scanIfReachable } from '../write/tolerate-outage.js'
import { makePlan, type Plan, type PlanRequest } from './plan.js'
import type { LookForNews } from './stream-plan.js'

const usuallyEveryMs = 20_000

/**
 * Looks at the mail store now and then while big parts are on their way to a device, and plans what has
 * happened since the device's last position.
 */
export function lookForNews(
  account: Account,
  request: PlanRequest,
  { mailboxes }: Plan,
  shore: ShoreAtEnd,
  options: { readonly signal: AbortSignal; readonly lookEveryMs?: number },
): LookForNews {
  const { replica } = account
  const { signal, lookEveryMs = usuallyEveryMs } = options
  let lookedMs = replica.now()
  // What couldn't be listed yet is still to come.
  const unlisted = new Map<Guid, readonly UidRange[]>()
  const note = (planned: Plan['mailboxes']): void => {
    for (const each of planned) unlisted.set(each.mailbox.guid, each.unlisted)
  }
  note(mailboxes)
  return async (log) => {
    // A clock that was set back counts as time that has passed.
    if (Math.abs(replica.now() - lookedMs) < lookEveryMs) return undefined
    // A mail server that is away by now is no reason to stop: what is known goes on.
    await scanIfReachable(account, { signal })
    lookedMs = replica.now()
    const { head } = await readReplicaRecord(replica.db)
    if (head <= log) return undefined
    const exceptions = [...unlisted].filter(([, missing]) => missing.length > 0)
    const listed = {
      log,
      structure: log,
      mailboxes: Object.fromEntries(exceptions.map(([guid, missing]) => [guid, { log, missing }])),
    }
    const cursor = await cursorWithShore(replica.db, listed, shore.shore)
    const window = { nowMs: replica.now(), windowsMoved: false }
    const plan = await makePlan(replica.db, head, { ...request, cursor, wants: [], met: true, window })
    note(plan.mailboxes)
    shore.take(plan.mailboxes)
    return plan
  }
}
