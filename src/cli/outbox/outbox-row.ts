import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/contents.js'
import type {
  RecipientOutcome,
  SubmissionRecord,
  SubmissionState,
} from '../../replica/submission/submission.js'
import { listSubmissions } from '../../replica/submission/submissions.js'
import type { Reader } from '../../store/database.js'

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
}

/** What a person calls it: by its name in the spool, which it keeps when it has left that. */
export function nameOfSubmission({ spooled, guid }: SubmissionRecord): string {
  return spooled ?? guid
}

/** Mail of this client that a sync has taken up, oldest first. */
export async function submissionRows(reader: Reader): Promise<OutboxRow[]> {
  const own = (await listSubmissions(reader)).filter(({ device }) => device === undefined)
  const rows: OutboxRow[] = []
  for (const submission of own.sort((a, b) => a.queuedMs - b.queuedMs))
    rows.push(await rowOf(reader, submission))
  return rows
}

async function rowOf(reader: Reader, submission: SubmissionRecord): Promise<OutboxRow> {
  const { envelope, state, reason, recipients, cancelling, notBeforeMs, queuedMs, urgent } = submission
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
  }
}
