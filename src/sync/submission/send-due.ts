import { readRange } from '../../bytes/source.js'
import { readHeader, withoutHidden } from '../../mime/headers/hidden-fields.js'
import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import {
  cancelledInDoubt,
  isFinal,
  type RecipientOutcome,
  type SubmissionRecord,
  type SubmissionStatus,
} from '../../replica/submission/submission.js'
import { changeStatus, getSubmission, listSubmissions } from '../../replica/submission/submissions.js'
import type { Account } from '../account.js'
import { writeIfReachable } from '../write/tolerate-outage.js'
import { deliverReport } from './deliver-report.js'
import { filedCopies, fileSent, wasFiledThere } from './file-sent.js'
import { openHeld } from './hold-bytes.js'
import { makeWhole } from './make-whole.js'
import { whyNotAs } from './may-send-as.js'
import { isAccepted, isDoubted, leftOf, statusOf, withOutcomes, withProof } from './outcomes.js'
import type { SendSettings } from './send-settings.js'
import { tidySent } from './tidy-sent.js'

/** What an endpoint does with mail that has come ashore: each try is on record before its body goes. docs/SENDING.md. */

/** After a try of which nobody knows what came of it, the server is given this long to file a copy before it is looked for, ms. */
const filingMs = 10 * 60_000

/**
 * Hands over all that is due, one after the other: urgent mail first, then small. Returns when the next mail
 * is due, in ms since 1970; undefined when none is. What a server or a line does is not an error here.
 * @param retired when it fires, the mail that is under way is the last one
 */
export async function sendDue(
  account: Account,
  settings: SendSettings,
  signal: AbortSignal,
  retired = signal,
): Promise<number | undefined> {
  const { db, now } = account.replica
  const over = AbortSignal.any([signal, retired])
  await mendBrokenTries(account, settings)
  // At once, and not when its time has come: what it forwards may be expunged by then.
  for (const each of await listSubmissions(db))
    if (each.references && each.state === 'ashore' && !isDoubted(each))
      await wholeOf(account, settings, each, signal)
  try {
    for (const submission of await dueNow(account)) {
      if (over.aborted) break
      await sendOne(account, settings, submission.guid, signal)
    }
  } finally {
    settings.submitter.end?.()
  }
  if (!over.aborted) await tidySent(account, settings, signal)
  const times = (await listSubmissions(db))
    .map((each) => dueMs(each, now()))
    .filter((due) => due !== undefined)
  return times.length === 0 ? undefined : Math.max(now(), Math.min(...times))
}

/** No try waits longer than this. */
const longestWaitMs = 24 * 3_600_000

/** When it is to be tried; undefined when it isn't. A clock that was set back puts nothing off for long. */
function dueMs({ state, nextMs, notBeforeMs = 0 }: SubmissionRecord, nowMs: number): number | undefined {
  if (state === 'ashore') return notBeforeMs
  if (nextMs === undefined || (state !== 'waits' && state !== 'uncertain')) return undefined
  // What it forwards may have been waited for, before its time.
  return Math.max(notBeforeMs, nextMs - nowMs > longestWaitMs ? nowMs : nextMs)
}

async function dueNow({ replica }: Account): Promise<SubmissionRecord[]> {
  const nowMs = replica.now()
  const due: { readonly submission: SubmissionRecord; readonly bytes: number }[] = []
  for (const submission of await listSubmissions(replica.db)) {
    if ((dueMs(submission, nowMs) ?? Number.POSITIVE_INFINITY) > nowMs) continue
    due.push({ submission, bytes: (await getContent(replica.db, submission.content))?.sizeBytes ?? 0 })
  }
  const first = (a: SubmissionRecord, b: SubmissionRecord): number => Number(b.urgent) - Number(a.urgent)
  return due
    .sort((a, b) => first(a.submission, b.submission) || a.bytes - b.bytes)
    .map(({ submission }) => submission)
}

/**
 * This process isn't handing anything over yet, so a try on record was cut off. Unless its body had begun to
 * go, nothing can have come of it; otherwise nobody knows how far it came.
 */
async function mendBrokenTries(account: Account, { uncertain }: SendSettings): Promise<void> {
  const nowMs = account.replica.now()
  const reply = 'The endpoint stopped while it handed the message over.'
  for (const { guid, state } of await listSubmissions(account.replica.db)) {
    if (state !== 'handing') continue
    await restate(account, guid, (before) => {
      const { recipients, cancelling, begun } = before
      if (!begun && cancelling) return cancelled(before)
      if (!begun) return { state: 'waits', reason: reply, recipients, nextMs: nowMs }
      const tried = leftOf(before, uncertain)?.recipients ?? []
      const handed = tried.map((recipient) => ({ recipient, outcome: 'uncertain', reply }) as const)
      return afterTry(before, { handed, nowMs, waitMs: 0, uncertain })
    })
  }
}

/** What a try came to, and what follows: another one in `waitMs` where one may follow; who is in doubt for the first time is looked for before. */
function afterTry(
  before: SubmissionRecord,
  tried: {
    readonly handed: readonly RecipientOutcome[]
    readonly nowMs: number
    readonly waitMs: number | undefined
    readonly uncertain: SendSettings['uncertain']
  },
): Restated {
  const { handed, nowMs, waitMs, uncertain } = tried
  const recipients = withOutcomes(before, handed)
  const status = statusOf(recipients, waitMs !== undefined)
  if (status.state === 'waits' && before.cancelling) return cancelled({ ...before, recipients })
  if (isFinal(status.state)) return status
  const now = new Set(handed.map(({ recipient }) => recipient))
  const isNew = recipients.some(
    ({ recipient, outcome, doubted }) => outcome === 'uncertain' && !doubted && now.has(recipient),
  )
  const pauseMs = isNew ? filingMs : leftOf({ ...before, recipients }, uncertain) && waitMs
  return { ...status, ...(pauseMs !== undefined && { nextMs: nowMs + pauseMs }) }
}

function cancelled(before: SubmissionRecord): Restated {
  const { recipients } = before
  return { state: 'cancelled', recipients, ...(isDoubted(before) && { reason: cancelledInDoubt }) }
}

/** The mail with its references filled in. If a part can't be had now, it waits; if it can't be had any more, that is told: no mail goes out with a hole. */
async function wholeOf(
  account: Account,
  settings: SendSettings,
  submission: SubmissionRecord,
  signal: AbortSignal,
): Promise<SubmissionRecord | undefined> {
  const { replica, mailing } = account
  const { guid, arrivedMs } = submission
  const not = await makeWhole(account, submission, mailing?.terms ?? {})
  if (!not) return getSubmission(replica.db, guid)
  const tries = submission.tries + 1
  const waitMs = settings.nextTryMs(tries, replica.now() - (arrivedMs ?? replica.now()))
  if ('never' in not || waitMs === undefined) {
    const reason = 'never' in not ? not.never : not.notNow
    await giveUp(account, { host: settings.host, signal }, submission, reason)
  } else
    await restate(account, guid, ({ recipients }) => {
      const nextMs = replica.now() + waitMs
      return { state: 'waits', reason: not.notNow, recipients, tries, nextMs }
    })
  return undefined
}

async function sendOne(
  account: Account,
  settings: SendSettings,
  guid: Guid,
  signal: AbortSignal,
): Promise<void> {
  const { replica } = account
  const { db } = replica
  const found = await getSubmission(db, guid)
  const due = found && dueMs(found, replica.now())
  if (!found || due === undefined || due > replica.now()) return
  if (isDoubted(found)) {
    if (await wasFiledThere(account, found)) {
      await restate(account, guid, (before) => {
        const recipients = withProof(before, 'The mail server has filed it as sent.')
        const status = statusOf(recipients, true)
        if (status.state === 'waits' && before.cancelling) return cancelled({ ...before, recipients })
        return { ...status, ...(!isFinal(status.state) && { nextMs: replica.now() }) }
      })
      return
    }
    if (found.cancelling) {
      await restate(account, guid, cancelled)
      return
    }
  }
  const envelope = leftOf(found, settings.uncertain)
  if (!envelope) {
    // A person decides now.
    await restate(account, guid, ({ recipients }) => statusOf(recipients, true))
    return
  }
  const submission = found.references ? await wholeOf(account, settings, found, signal) : found
  if (!submission) return
  const content = await getContent(db, submission.content)
  const open = content && (await openHeld(account, content))
  const telling = { host: settings.host, signal }
  try {
    const header = open && (await readHeader(open))
    if (!header) return await giveUp(account, telling, submission, unreadable)
    const refusal = whyNotAs(settings.identities, submission.envelope.from, header)
    if (refusal !== undefined) return await giveUp(account, telling, submission, refusal)
    await restate(account, guid, ({ recipients, tries }) => ({
      state: 'handing',
      recipients,
      tries: tries + 1,
    }))
    const outgoing = withoutHidden(open, header)
    const mail = {
      sizeBytes: outgoing.size,
      async *read() {
        await restate(account, guid, ({ state, recipients }) => ({ state, recipients, begun: true }))
        yield* readRange(outgoing)
      },
    }
    const handed = await settings.submitter.submit(envelope, mail, signal, true)
    await takeOutcome(account, settings, { guid, handed, signal })
  } finally {
    await open?.close()
  }
}

const unreadable = "Its text isn't at the endpoint any more, or its header is too long."

/** Notes what came of a try. When a server takes the mail over for the first time, it is filed in Sent in the same transaction, so exactly once. */
async function takeOutcome(
  account: Account,
  settings: SendSettings,
  {
    guid,
    handed,
    signal,
  }: {
    readonly guid: Guid
    readonly handed: readonly RecipientOutcome[]
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { replica } = account
  const found = await getSubmission(replica.db, guid)
  // What goes once more may have been filed the first time.
  const mayBeThere = found !== undefined && (settings.sent === 'auto' || isDoubted(found))
  const copies = mayBeThere ? await filedCopies(account, found) : []
  let files = false
  const submission = await restate(account, guid, async (before, change) => {
    // Not since it arrived, where it was to wait.
    const begunMs = Math.max(before.arrivedMs ?? replica.now(), before.notBeforeMs ?? 0)
    const waitMs = settings.nextTryMs(before.tries, replica.now() - begunMs)
    const status = afterTry(before, { handed, nowMs: replica.now(), waitMs, uncertain: settings.uncertain })
    files = isAccepted(status.recipients) && !isAccepted(before.recipients) && settings.sent !== 'never'
    const both = settings.sent === 'always'
    const filed = files ? await fileSent(change, before, copies, { both }) : undefined
    return { ...status, ...(filed !== undefined && { filed }) }
  })
  if (files) await writeIfReachable(account, signal)
  if (!submission || !isFinal(submission.state)) return
  const lost = submission.recipients.filter(({ outcome }) => outcome === 'refused' || outcome === 'later')
  if (lost.length > 0) await deliverReport(account, submission, lost, { host: settings.host, signal })
}

/** Ends a mail that can't or may not be handed over. */
async function giveUp(
  account: Account,
  telling: { readonly host: string; readonly signal: AbortSignal },
  submission: SubmissionRecord,
  reason: string,
): Promise<void> {
  const lost = (leftOf(submission)?.recipients ?? []).map(
    (recipient): RecipientOutcome => ({ recipient, outcome: 'refused', reply: reason }),
  )
  const recipients = [...submission.recipients, ...lost]
  await restate(account, submission.guid, () => ({ state: 'refused', reason, recipients }))
  await deliverReport(account, submission, lost, telling)
}

type Restated = SubmissionStatus & Partial<Pick<SubmissionRecord, 'nextMs' | 'tries' | 'begun' | 'filed'>>

/** Returns it as it is then; undefined where nothing was to be changed any more. */
async function restate(
  { replica }: Account,
  guid: Guid,
  to: (submission: SubmissionRecord, change: Change) => Restated | Promise<Restated>,
): Promise<SubmissionRecord | undefined> {
  return replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'local' } }
    const submission = await getSubmission(tx, guid)
    if (!submission || isFinal(submission.state)) return undefined
    return changeStatus(change, submission, await to(submission, change))
  })
}
