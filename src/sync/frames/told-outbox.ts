import type { Change } from '../../replica/change.js'
import { isFinal, type SubmissionRecord, type SubmitTerms } from '../../replica/submission/submission.js'
import {
  changeStatus,
  getSubmission,
  listSubmissions,
  putSubmission,
  unannounceSubmissions,
} from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import { maxSubmissionsTold, type OutboxThere } from '../../wire/submissions.js'
import type { Account } from '../account.js'
import { dropSubmission } from '../content/hold-whole.js'
import { nameOfTold } from './told-problems.js'

/** How mail is sent from the responder's side, and what has become of the device's: told once for each change. */

/**
 * What a device is told; undefined where no mail is sent from here. `heard` is the name under which it heard of it last: what had come to
 * its end in that needs telling no more.
 */
export async function outboxToTell(
  account: Account,
  device: string,
  heard: number | undefined,
): Promise<OutboxThere | 'as-heard' | undefined> {
  const { replica, createHash } = account
  return replica.db.transact(async (tx) => {
    const terms = await termsOf(tx, account)
    if (!terms) return undefined
    const own = (await listSubmissions(tx)).filter((submission) => submission.device === device)
    const before = nameOfTold(createHash, told(terms, own))
    if (before === heard) {
      for (const submission of own)
        if (isFinal(submission.state) && !submission.heard) putSubmission(tx, { ...submission, heard: true })
      return 'as-heard'
    }
    const unheard: SubmissionRecord[] = []
    for (const submission of own)
      if (submission.heard) await dropSubmission(tx, submission)
      else unheard.push(submission)
    const [identities, maxBytes, submissions] = told(terms, unheard)
    const name = nameOfTold(createHash, [identities, maxBytes, submissions])
    return { name, identities, ...(maxBytes > 0 && { maxBytes }), submissions }
  })
}

/** On a relay: what its own upstream says. */
async function termsOf(tx: Transaction, { replica, mailing }: Account): Promise<SubmitTerms | undefined> {
  return replica.hasUpstream ? tables.outboxThere.get(tx) : mailing?.terms
}

type Told = [SubmitTerms['identities'], number, OutboxThere['submissions']]

function told({ identities, maxBytes = 0 }: SubmitTerms, submissions: readonly SubmissionRecord[]): Told {
  const some = submissions.slice(0, maxSubmissionsTold)
  return [
    identities,
    maxBytes,
    some.map(({ guid, state, reason, recipients }) => ({
      guid,
      state,
      ...(reason !== undefined && { reason }),
      recipients: recipients.filter(({ outcome }) => outcome !== 'accepted'),
    })),
  ]
}

/** The name under which the upstream last told of its outbox. */
export async function outboxHeard(reader: Reader): Promise<number | undefined> {
  return (await tables.outboxThere.get(reader))?.name
}

/** How mail is sent from the upstream, as far as it is known here; undefined where it sends none. */
export async function outboxTerms(reader: Reader): Promise<SubmitTerms | undefined> {
  const there = await tables.outboxThere.get(reader)
  if (!there) return undefined
  const { name: _, ...terms } = there
  return terms
}

/** Takes over what the upstream says. That it says nothing means that it sends no mail: what would go waits here. */
export async function hearOutbox(
  change: Change,
  outbox: OutboxThere | 'as-heard' | undefined,
): Promise<void> {
  const { tx } = change
  if (outbox === 'as-heard') return
  if (!outbox) {
    if (!(await tables.outboxThere.get(tx))) return
    tables.outboxThere.delete(tx)
    return unannounceSubmissions(change)
  }
  const { name, identities, maxBytes, submissions } = outbox
  tables.outboxThere.put(tx, { name, identities, ...(maxBytes !== undefined && { maxBytes }) })
  for (const { guid, ...status } of submissions) {
    const submission = await getSubmission(tx, guid)
    // What came of it is news only as long as it isn't known here.
    if (submission && status.state !== 'queued') changeStatus(change, submission, status)
  }
}
