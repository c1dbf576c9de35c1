import { contentByDigest, getContent, putContent } from '../content/contents.js'
import type { Guid } from '../model.js'
import type { FiledOperation, SubmitOperation } from '../operation.js'
import { readReplicaRecord } from '../replica.js'
import type { SubmissionRecord } from '../submission/submission.js'
import {
  announceSubmission,
  cancelSubmission,
  changeStatus,
  getSubmission,
  putSubmission,
} from '../submission/submissions.js'
import { tables } from '../tables.js'
import type { Application } from './application.js'
import { applyAppend } from './apply-message.js'

/** Mail that devices hand in, applied. docs/SENDING.md. */

export async function applySubmit(application: Application, operation: SubmitOperation): Promise<void> {
  const { change, author } = application
  const { tx, replica } = change
  const {
    submission: guid,
    digest,
    sizeBytes,
    envelope,
    references,
    urgent,
    queuedMs,
    notBeforeMs,
  } = operation
  const known = await getSubmission(tx, guid)
  if (known) return meetAgain(application, known)
  const ended = await tables.submissionEnded.get(tx, guid)
  if (ended) {
    // It has gone, and its bytes aren't asked for again.
    const { state, endedMs } = ended
    const how = { state, endedMs, reason: 'It came to its end before.', recipients: [], tries: 0 }
    putSubmission(tx, { guid, content: guid, envelope, urgent, queuedMs, device: author.device, ...how })
    return
  }
  const content =
    (await contentByDigest(tx, digest)) ??
    putContent(tx, {
      id: guid,
      sizeBytes,
      digest,
      held: [],
      whole: false,
      progress: 0,
      upstreamHas: false,
    })
  const submission = putSubmission(tx, {
    guid,
    content: content.id,
    envelope,
    ...(references && { references }),
    urgent,
    queuedMs,
    ...(notBeforeMs !== undefined && { notBeforeMs }),
    device: author.device,
    state: 'queued',
    recipients: [],
    tries: 0,
    arrivedMs: replica.now(),
    since: (await readReplicaRecord(tx)).head,
    ...(operation.again && { again: true }),
  })
  const refusal = await author.mailer?.refuse(tx, operation)
  if (refusal !== undefined)
    await changeStatus(change, submission, { state: 'refused', reason: refusal, recipients: [] })
  // Where mail that is here has the same bytes, they are kept for this one too, before it is ashore.
  else tables.arriving.put(tx, author.device, guid, true)
}

/** Its author has lost its memory, or we had: it is told under the author's new name what becomes of it. */
async function meetAgain({ change: { tx }, author }: Application, known: SubmissionRecord): Promise<void> {
  putSubmission(tx, { ...known, device: author.device })
  if (known.state === 'queued') tables.arriving.put(tx, author.device, known.guid, true)
}

/** The whole mail is here: hands it over from here, or passes it on to our own upstream. */
export async function comeAshore(
  { change }: Pick<Application, 'change'>,
  submission: SubmissionRecord,
): Promise<void> {
  if (submission.state !== 'queued') return
  if (change.replica.hasUpstream) await announceSubmission(change, submission)
  else await changeStatus(change, submission, { state: 'ashore', recipients: [] })
}

/** The copy of a submission that its author has filed as sent. Who isn't understood sends it as what it is, a message with bytes of its own. */
export async function applyFiled(application: Application, operation: FiledOperation): Promise<void> {
  const { change, number, results } = application
  const submission = await getSubmission(change.tx, operation.submission)
  const content = submission && (await getContent(change.tx, submission.content))
  if (!submission || submission.madeWhole || content?.digest === undefined) {
    results.push({ kind: 'no-source', number, guid: operation.message })
    return
  }
  const { mailbox, message, flags } = operation
  const { digest, sizeBytes } = content
  const internalDateMs = submission.queuedMs
  const append = { mailbox, message, flags, internalDateMs, digest, sizeBytes, adopt: false } as const
  await applyAppend(application, { op: 'append', ...append })
}

export async function applyCancel({ change }: Application, guid: Guid): Promise<void> {
  const submission = await getSubmission(change.tx, guid)
  if (submission) await cancelSubmission(change, submission)
}
