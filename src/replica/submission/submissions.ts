import type { Reader, Transaction } from '../../store/database.js'
import { type Change, journal } from '../change.js'
import { getMessage } from '../messages.js'
import { type Guid, plausibleDateMs } from '../model.js'
import { readReplicaRecord, sentUpTo } from '../replica.js'
import { tables } from '../tables.js'
import { noteDoubt } from './note-doubt.js'
import {
  cancelledInDoubt,
  isFinal,
  nameOfCopy,
  type SubmissionRecord,
  type SubmissionStatus,
} from './submission.js'

/** Reading and changing submissions. Each function is one step of a transaction; it journals what it does. */

export async function getSubmission(reader: Reader, guid: Guid): Promise<SubmissionRecord | undefined> {
  const submission = await tables.submission.get(reader, guid)
  if (submission) return submission
  const ended = await tables.submissionEnded.get(reader, guid)
  return ended && tables.submissionPast.get(reader, ended.endedMs, guid)
}

/** All but what is past: what has come to its end, and whose author knows. */
export async function listSubmissions(reader: Reader): Promise<SubmissionRecord[]> {
  return valuesOf(tables.submission.list(reader))
}

/** What is past, by the time of its end; before `end`, where that is given. */
export async function listPastSubmissions(
  reader: Reader,
  end = Number.MAX_SAFE_INTEGER,
): Promise<SubmissionRecord[]> {
  return valuesOf(tables.submissionPast.list(reader, [], { end }))
}

async function valuesOf(
  rows: AsyncIterable<{ readonly value: SubmissionRecord }>,
): Promise<SubmissionRecord[]> {
  const submissions: SubmissionRecord[] = []
  for await (const { value } of rows) submissions.push(value)
  return submissions
}

export function putSubmission(tx: Transaction, submission: SubmissionRecord): SubmissionRecord {
  const { guid, content, device, state, heard, endedMs } = submission
  if (heard && endedMs !== undefined && device === undefined) {
    tables.submission.delete(tx, guid)
    tables.submissionPast.put(tx, endedMs, guid, submission)
    tables.submissionEnded.put(tx, guid, { state, endedMs })
  } else {
    tables.submission.put(tx, guid, submission)
    if (endedMs !== undefined) tables.submissionPast.delete(tx, endedMs, guid)
  }
  tables.submissionOf.put(tx, content, guid, true)
  return submission
}

/** Notes that the submission's references were filled in, in a new content. The caller takes care of the old content. */
export function replaceContent(tx: Transaction, submission: SubmissionRecord, content: Guid): void {
  const { references: _, ...rest } = submission
  tables.submissionOf.delete(tx, submission.content, submission.guid)
  putSubmission(tx, { ...rest, content, madeWhole: true })
}

/** Takes it out of the replica, but for how it ended. Whoever calls it looks after its content. */
export async function forgetSubmission(tx: Transaction, submission: SubmissionRecord): Promise<void> {
  const { guid, content, state, endedMs } = submission
  if (endedMs !== undefined) {
    tables.submissionEnded.put(tx, guid, { state, endedMs })
    tables.submissionPast.delete(tx, endedMs, guid)
  }
  tables.submission.delete(tx, guid)
  tables.submissionOf.delete(tx, content, guid)
  tables.upload.delete(tx, guid)
}

/** Whether mail that is on its way has this content. */
export async function isSubmitted(reader: Reader, content: Guid): Promise<boolean> {
  return tables.submissionOf.any(reader, [content])
}

/** How the copy of a mail that is on its way is called, which the mail program has filed as sent. */
export interface CopyName {
  readonly name: Guid
  /** The submission. */
  readonly of: Guid
  /** It is dated as the mail was written, which the upstream knows. */
  readonly internalDateMs: number
}

/** Given once for each submission: a copy that is put there after the first one has gone is another message. */
export async function takeCopyName(tx: Transaction, content: Guid): Promise<CopyName | undefined> {
  if (!(await tables.outboxThere.get(tx))?.numbers) return undefined
  for await (const { key } of tables.submissionOf.list(tx, [content])) {
    const of = key[1]
    const name = nameOfCopy(of)
    const submission = await getSubmission(tx, of)
    if (!submission || submission.device !== undefined || submission.references) continue
    if (isFinal(submission.state) || submission.filed !== undefined || (await getMessage(tx, name))) continue
    putSubmission(tx, { ...submission, filed: name })
    return { name, of, internalDateMs: plausibleDateMs(submission.queuedMs) }
  }
  return undefined
}

/** What became of it, and when it is tried next; an end stays an end. */
export async function changeStatus(
  change: Change,
  submission: SubmissionRecord,
  status: SubmissionStatus & Partial<Pick<SubmissionRecord, 'nextMs' | 'tries' | 'begun' | 'filed'>>,
): Promise<SubmissionRecord> {
  if (isFinal(submission.state)) return submission
  const { reason: _, nextMs: __, begun: ___, ...rest } = submission
  await noteDoubt(change, submission.guid, status)
  const ended = isFinal(status.state) && { endedMs: change.replica.now() }
  return putSubmission(change.tx, { ...rest, ...status, ...ended })
}

const notPutIn =
  "The endpoint can't put in what this mail forwards: it waits until a newer version runs there."

/**
 * Announces a submission to the upstream; its bytes follow by themselves when the upstream lacks them. Mail
 * with references is announced only to an upstream that makes it whole; until then it waits.
 */
export async function announceSubmission(change: Change, submission: SubmissionRecord): Promise<void> {
  const { guid, envelope, references, urgent, queuedMs, notBeforeMs, again } = submission
  const content = await tables.content.get(change.tx, submission.content)
  if (!content || content.digest === undefined) return
  const { reason: _, ...rest } = submission
  if (references && !(await tables.outboxThere.get(change.tx))?.assembles) {
    putSubmission(change.tx, { ...rest, reason: notPutIn })
    return
  }
  await journal(change, {
    op: 'submit',
    submission: guid,
    digest: content.digest,
    sizeBytes: content.sizeBytes,
    envelope,
    ...(references && { references }),
    urgent,
    queuedMs,
    ...(notBeforeMs !== undefined && { notBeforeMs }),
    again: again ?? false,
  })
  putSubmission(change.tx, { ...rest, told: true })
  tables.upload.put(change.tx, guid, { begun: false, waits: content.upstreamHas })
}

/**
 * Cancels a submission. A try that has begun goes on, and is the last; if the mail has gone up, the upstream
 * is asked to cancel it. Returns what is known of it then.
 */
export async function cancelSubmission(
  change: Change,
  submission: SubmissionRecord,
): Promise<SubmissionRecord> {
  const { tx, replica } = change
  const { guid, state, recipients } = submission
  if (isFinal(state)) return submission
  // The upstream hasn't heard of it yet. Where it has, and that was too late, a person may ask again.
  if (submission.cancelling && (await tables.journalOf.any(tx, [guid]))) return submission
  if (replica.hasUpstream && !(await withdrawSubmission(tx, guid))) {
    await journal(change, { op: 'cancel', submission: guid })
    return putSubmission(tx, { ...submission, cancelling: true })
  }
  // If this try fails, no other one follows.
  if (state === 'handing') return putSubmission(tx, { ...submission, cancelling: true })
  // It may have gone. It isn't to go once more.
  if (state === 'uncertain' && submission.nextMs !== undefined)
    return putSubmission(tx, { ...submission, cancelling: true })
  if (submission.device !== undefined) tables.arriving.delete(tx, submission.device, guid)
  const reason = state === 'uncertain' && { reason: cancelledInDoubt }
  return changeStatus(change, submission, { state: 'cancelled', recipients, ...reason })
}

/** The upstream takes no mail to be sent, or none of these: what the journal says of it is taken back, and said again when it does. */
export async function unannounceSubmissions(
  { tx }: Change,
  some: (submission: SubmissionRecord) => boolean = () => true,
): Promise<void> {
  const all = await listSubmissions(tx)
  const these = all.filter(some)
  const spared = new Set(all.filter((each) => !these.includes(each)).map(({ guid }) => guid))
  for await (const { key, value } of tables.journal.list(tx)) {
    if ((value.op !== 'submit' && value.op !== 'cancel') || spared.has(value.submission)) continue
    tables.journal.delete(tx, ...key)
    tables.journalOf.delete(tx, value.submission, key[0])
  }
  for (const submission of these) {
    const { told, ...rest } = submission
    tables.upload.delete(tx, submission.guid)
    if (told && !isFinal(submission.state)) putSubmission(tx, { ...rest, again: true })
  }
}

/** One side has lost its memory: the upstream is told anew of all that has not come to its end as far as is known here. */
export async function recallSubmissions(change: Change): Promise<void> {
  await unannounceSubmissions(change)
  for (const submission of await listSubmissions(change.tx)) {
    if (!submission.again || isFinal(submission.state)) continue
    await announceSubmission(change, submission)
    if (submission.cancelling) await journal(change, { op: 'cancel', submission: submission.guid })
  }
}

/** Takes what the journal says of it back, as far as none of that was sent. Returns whether the upstream can't have heard of it. */
export async function withdrawSubmission(tx: Transaction, guid: Guid): Promise<boolean> {
  const sent = sentUpTo(await readReplicaRecord(tx))
  const numbers: number[] = []
  for await (const { key } of tables.journalOf.list(tx, [guid])) numbers.push(key[1])
  const submission = await getSubmission(tx, guid)
  if (submission?.state !== 'queued' || numbers.some((number) => number <= sent)) return false
  if (submission.told && numbers.length === 0) return false
  for (const number of numbers) {
    tables.journal.delete(tx, number)
    tables.journalOf.delete(tx, guid, number)
  }
  tables.upload.delete(tx, guid)
  return true
}

/** Something whose content goes over the line by its GUID. */
export interface Bearer {
  readonly guid: Guid
  readonly content: Guid
  /** The mailbox, where it is about a message. */
  readonly mailbox?: Guid
  readonly kind: 'message' | 'submission'
  /** A message that is hidden or expunged, or a submission that has come to its end, isn't live. */
  readonly isLive: boolean
}

export async function getBearer(reader: Reader, guid: Guid): Promise<Bearer | undefined> {
  const message = await getMessage(reader, guid)
  if (message) {
    const { content, mailbox, hidden, expunged } = message
    return { guid, content, mailbox, kind: 'message', isLive: !hidden && !expunged }
  }
  const submission = await getSubmission(reader, guid)
  if (!submission) return undefined
  return { guid, content: submission.content, kind: 'submission', isLive: !isFinal(submission.state) }
}
