import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/content/contents.js'
import type {
  PictureFate,
  RecipientOutcome,
  SubmissionRecord,
  SubmissionState,
} from '../../replica/submission/submission.js'
import { listPastSubmissions, listSubmissions } from '../../replica/submission/submissions.js'
import type { Reader } from '../../store/database.js'
import { counted } from '../../told/sizes.js'

/** A mail on its way, as `packetboat outbox` shows it, for scripts too. */
export interface OutboxRow {
  readonly name: string
  /** `cancelling`: nobody knows yet whether it came in time. */
  readonly state: SubmissionState | 'held' | 'damaged' | 'cancelling'
  readonly queued: string
  readonly from: string
  readonly recipients: readonly string[]
  readonly subject: string
  readonly sizeBytes: number
  readonly urgent: boolean
  /** When it goes on at the earliest. */
  readonly notBefore?: string
  /** Until then it can be taken back; absent where it stays until it is released. */
  readonly heldUntil?: string
  /** Why it is so: what is wrong, or the words of a server. */
  readonly reason?: string
  /** Recipients that a server has said something else of than that it took the mail over. */
  readonly outcomes?: readonly RecipientOutcome[]
  /** What became of its pictures, where smaller ones were wanted. */
  readonly pictures?: readonly PictureFate[]
}

/** What a person calls it: by its name in the spool, which it keeps when it has left that. */
export function nameOfSubmission({ spooled, guid }: SubmissionRecord): string {
  return spooled ?? guid
}

/** The submission that a person calls by this name, if a sync has taken it up. */
export async function submissionCalled(reader: Reader, name: string): Promise<SubmissionRecord | undefined> {
  const isCalled = (each: SubmissionRecord): boolean => nameOfSubmission(each) === name
  return (await listSubmissions(reader)).find(isCalled) ?? (await listPastSubmissions(reader)).find(isCalled)
}

/** Mail of this client that a sync has taken up, but for what came to its end and was told. */
export async function ownSubmissions(reader: Reader): Promise<SubmissionRecord[]> {
  return (await listSubmissions(reader)).filter(({ device }) => device === undefined)
}

/** All mail of this client that a sync has taken up, oldest first. */
export async function submissionRows(reader: Reader): Promise<OutboxRow[]> {
  const own = [...(await listPastSubmissions(reader)), ...(await ownSubmissions(reader))]
  const rows: OutboxRow[] = []
  for (const submission of own.sort((a, b) => a.queuedMs - b.queuedMs))
    rows.push(await rowOfSubmission(reader, submission))
  return rows
}

export async function rowOfSubmission(reader: Reader, submission: SubmissionRecord): Promise<OutboxRow> {
  const { envelope, state, reason, recipients, cancelling, notBeforeMs, queuedMs, urgent, pictures } =
    submission
  const content = await getContent(reader, submission.content)
  const { subject } = content?.envelope ? decodeEnvelope(content.envelope) : {}
  return {
    name: nameOfSubmission(submission),
    state: cancelling && (state === 'queued' || state === 'ashore') ? 'cancelling' : state,
    queued: new Date(queuedMs).toISOString(),
    from: envelope.from,
    recipients: envelope.recipients,
    subject: subject ?? '(no subject)',
    sizeBytes: content?.sizeBytes ?? 0,
    urgent,
    ...(notBeforeMs !== undefined && { notBefore: new Date(notBeforeMs).toISOString() }),
    ...(reason !== undefined && { reason }),
    ...(recipients.length > 0 && { outcomes: recipients }),
    ...(pictures && { pictures }),
  }
}

/** How many mails are on their way, and how many aren't going anywhere. */
export interface OutboxCounts {
  readonly onTheirWay: number
  readonly notSent: number
}

export function countRows(rows: readonly OutboxRow[]): OutboxCounts {
  const over: readonly OutboxRow['state'][] = ['sent', 'cancelled']
  const failed: readonly OutboxRow['state'][] = ['refused', 'failed', 'damaged']
  const notSent = rows.filter(({ state }) => failed.includes(state)).length
  return { onTheirWay: rows.filter(({ state }) => !over.includes(state)).length - notSent, notSent }
}

/** Empty where there is nothing to say. */
export function outboxWords({ onTheirWay, notSent }: OutboxCounts): string[] {
  const words = [
    ...(onTheirWay > 0
      ? [`${counted(onTheirWay, 'mail')} on the way to ${onTheirWay === 1 ? 'its' : 'their'} recipients`]
      : []),
    ...(notSent > 0 ? [`${counted(notSent, 'mail')} could not be sent`] : []),
  ]
  return words.length === 0 ? [] : [`${words.join('; ')}. packetboat outbox lists them.`]
}
