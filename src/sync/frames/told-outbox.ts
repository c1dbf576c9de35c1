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
import type { Hello } from '../../wire/request-frames.js'
import type { Accept } from '../../wire/response/accept-frame.js'
import { maxSubmissionsTold, type OutboxThere } from '../../wire/submissions.js'
import type { Account } from '../account.js'
import { dropSubmission } from '../content/hold-whole.js'
import { nameOfTold } from './told-problems.js'

/** How mail is sent from the responder's side, and what has become of the device's: told once for each change. */

/** What an accept says of sending: nothing where no mail is sent from here. */
export async function sendingToTell(
  account: Account,
  { replica: device, outbox: heard }: Pick<Hello, 'replica' | 'outbox'>,
): Promise<Pick<Accept, 'outbox' | 'assembles' | 'numbers'>> {
  const outbox = await outboxToTell(account, device, heard)
  if (!outbox) return {}
  return { outbox, numbers: true, ...((await assembles(account)) && { assembles: true }) }
}

/**
 * What the device is told of its submissions. Undefined where no mail is sent from here. `heard` names the
 * state that it was last told; submissions that had ended by then are not told again.
 */
async function outboxToTell(
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
    const known = new Set(before[2].map(({ guid }) => guid))
    const isAsHeard = nameOfTold(createHash, before) === heard
    const isOver = ({ guid, state, heard: wasHeard }: SubmissionRecord): boolean =>
      isAsHeard ? known.has(guid) && isFinal(state) : wasHeard === true
    const over = own.filter(isOver)
    if (isAsHeard) {
      for (const submission of over) if (!submission.heard) putSubmission(tx, { ...submission, heard: true })
      // What there was no room for has its turn now.
      if (known.size === own.length || over.length === 0) return 'as-heard'
    }
    for (const submission of over) await dropSubmission(tx, submission)
    const rest = told(
      terms,
      own.filter((submission) => !isOver(submission)),
    )
    const [identities, maxBytes, submissions] = rest
    const name = nameOfTold(createHash, rest)
    return { name, identities, ...(maxBytes > 0 && { maxBytes }), submissions }
  })
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
async function assembles({ replica }: Account): Promise<boolean> {
  return !replica.hasUpstream || (await tables.outboxThere.get(replica.db))?.assembles === true
}

/** Takes over what the upstream says. That it says nothing means that it sends no mail: what would go waits here. */
export async function hearOutbox(
  change: Change,
  { outbox, assembles, numbers }: Pick<Accept, 'outbox' | 'assembles' | 'numbers'>,
): Promise<void> {
  const { tx } = change
  const knows = { ...(assembles && { assembles }), ...(numbers && { numbers }) }
  const before = await tables.outboxThere.get(tx)
  if (!outbox) {
    if (!before) return
    tables.outboxThere.delete(tx)
    return unannounceSubmissions(change)
  }
  if (before?.assembles && !assembles)
    await unannounceSubmissions(change, ({ references }) => references !== undefined)
  if (outbox === 'as-heard') {
    if (before && (before.assembles !== assembles || before.numbers !== numbers)) putHeard(tx, before, knows)
    return
  }
  const { submissions, ...terms } = outbox
  putHeard(tx, terms, knows)
  for (const { guid, ...status } of submissions) {
    const submission = await getSubmission(tx, guid)
    // What came of it is news only as long as it isn't known here.
    if (submission && status.state !== 'queued') await changeStatus(change, submission, status)
  }
}

function putHeard(
  tx: Transaction,
  { name, identities, maxBytes }: OutboxThereRecord,
  knows: Pick<Accept, 'assembles' | 'numbers'>,
): void {
  tables.outboxThere.put(tx, {
    name,
    identities,
    ...(maxBytes !== undefined && { maxBytes }),
    ...knows,
  })
}
