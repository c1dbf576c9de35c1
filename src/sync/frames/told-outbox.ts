import type { Change } from '../../replica/change.js'
import {
  isFinal,
  type OutboxThereRecord,
  type SubmissionRecord,
  type SubmitTerms,
} from '../../replica/submission/submission.js'
import {
  changeStatus,
  getSubmission,
  listSubmissions,
  putSubmission,
  unannounceSubmissions,
} from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Accept } from '../../wire/response/accept-frame.js'
import { maxSubmissionsTold, type OutboxThere } from '../../wire/submissions.js'
import type { Account } from '../account.js'
import { dropSubmission } from '../content/hold-whole.js'
import { nameOfTold } from './told-problems.js'

/** How mail is sent from the responder's side, and what has become of the device's: told once for each change. */

/**
 * What the device is told of its submissions. Undefined where no mail is sent from here. `heard` names the
 * state that it was last told; submissions that had ended by then are not told again.
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
    const before = told(terms, own)
    if (nameOfTold(createHash, before) === heard) {
      const known = new Set(before[2].map(({ guid }) => guid))
      const isHeard = ({ guid, state }: SubmissionRecord): boolean => known.has(guid) && isFinal(state)
      for (const submission of own)
        if (isHeard(submission) && !submission.heard) putSubmission(tx, { ...submission, heard: true })
      // What there was no room for has its turn now.
      if (known.size === own.length || !own.some(isHeard)) return 'as-heard'
      for (const submission of own.filter(isHeard)) await dropSubmission(tx, submission)
      return nextToTell(
        terms,
        own.filter((submission) => !isHeard(submission)),
      )
    }
    const unheard: SubmissionRecord[] = []
    for (const submission of own)
      if (submission.heard) await dropSubmission(tx, submission)
      else unheard.push(submission)
    return nextToTell(terms, unheard)
  })
  function nextToTell(terms: SubmitTerms, unheard: readonly SubmissionRecord[]): OutboxThere {
    const [identities, maxBytes, submissions] = told(terms, unheard)
    const name = nameOfTold(createHash, [identities, maxBytes, submissions])
    return { name, identities, ...(maxBytes > 0 && { maxBytes }), submissions }
  }
}

/** How mail is sent from here; undefined where none is. On a relay: what its own upstream says. */
export async function termsOf(
  tx: Transaction,
  { replica, mailing }: Account,
): Promise<SubmitTerms | undefined> {
  return replica.hasUpstream ? tables.outboxThere.get(tx) : mailing?.terms
}

type Told = [SubmitTerms['identities'], number, OutboxThere['submissions']]

/** How many recipients of one mail are told by name. */
const recipientsTold = 20
/** The most bytes told: they fit in one frame, with room for what else an accept holds. */
const toldBytes = 96 * 1024

/** What has come to its end first: who has heard of that makes room for more. */
function told({ identities, maxBytes = 0 }: SubmitTerms, submissions: readonly SubmissionRecord[]): Told {
  const ended = ({ state }: SubmissionRecord): number => (isFinal(state) ? 0 : 1)
  const some: OutboxThere['submissions'][number][] = []
  let bytes = 0
  for (const submission of submissions.toSorted((a, b) => ended(a) - ended(b))) {
    const { guid, state, reason, recipients } = submission
    const strange = recipients.filter(({ outcome }) => outcome !== 'accepted').slice(0, recipientsTold)
    const status = { guid, state, ...(reason !== undefined && { reason }), recipients: strange }
    bytes += JSON.stringify(status).length
    if (bytes > toldBytes || some.length >= maxSubmissionsTold) break
    some.push(status)
  }
  return [identities, maxBytes, some]
}

/** The name under which the upstream last told of its outbox. */
export async function outboxHeard(reader: Reader): Promise<number | undefined> {
  return (await tables.outboxThere.get(reader))?.name
}

/** How mail is sent from the upstream, as far as it is known here; undefined where it sends none. */
export async function outboxTerms(reader: Reader): Promise<Omit<OutboxThereRecord, 'name'> | undefined> {
  const there = await tables.outboxThere.get(reader)
  if (!there) return undefined
  const { name: _, ...terms } = there
  return terms
}

/** Whether mail that a device hands in may have references: they are made whole here, or on the way from here. */
export async function assembles({ replica }: Account): Promise<boolean> {
  return !replica.hasUpstream || (await tables.outboxThere.get(replica.db))?.assembles === true
}

/** Takes over what the upstream says. That it says nothing means that it sends no mail: what would go waits here. */
export async function hearOutbox(
  change: Change,
  { outbox, assembles }: Pick<Accept, 'outbox' | 'assembles'>,
): Promise<void> {
  const { tx } = change
  const before = await tables.outboxThere.get(tx)
  if (!outbox) {
    if (!before) return
    tables.outboxThere.delete(tx)
    return unannounceSubmissions(change)
  }
  if (before?.assembles && !assembles)
    await unannounceSubmissions(change, ({ references }) => references !== undefined)
  if (outbox === 'as-heard') {
    if (before && before.assembles !== assembles) putHeard(tx, before, assembles)
    return
  }
  const { submissions, ...terms } = outbox
  putHeard(tx, terms, assembles)
  for (const { guid, ...status } of submissions) {
    const submission = await getSubmission(tx, guid)
    // What came of it is news only as long as it isn't known here.
    if (submission && status.state !== 'queued') await changeStatus(change, submission, status)
  }
}

function putHeard(
  tx: Transaction,
  { name, identities, maxBytes }: OutboxThereRecord,
  assembles: true | undefined,
): void {
  tables.outboxThere.put(tx, {
    name,
    identities,
    ...(maxBytes !== undefined && { maxBytes }),
    ...(assembles && { assembles }),
  })
}
