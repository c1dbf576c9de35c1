import { equalSources } from '../../bytes/source.js'
import type { FolderSpool } from '../../outbox/spool.js'
import { isFinal, type SubmissionRecord } from '../../replica/submission/submission.js'
import { getSubmission } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { OpenContent } from '../../sync/content/content-access.js'

/**
 * The recipients of a mail who haven't got it, and don't get it by another mail with the same bytes: whoever
 * asks twice for a mail to be sent again means one.
 */
export async function recipientsLeft(
  reader: Reader,
  spool: FolderSpool,
  submission: SubmissionRecord,
  content: OpenContent,
): Promise<string[]> {
  const served = new Set([...takenBy(submission), ...(await servedFromSpool(spool, submission, content))])
  for await (const { key } of tables.submissionOf.list(reader, [submission.content])) {
    const other = await getSubmission(reader, key[1])
    if (!other || other.guid === submission.guid || other.device !== undefined) continue
    for (const each of takenBy(other)) served.add(each)
    if (!isFinal(other.state) && other.state !== 'uncertain' && !other.cancelling)
      for (const each of other.envelope.recipients) served.add(each)
  }
  return submission.envelope.recipients.filter((recipient) => !served.has(recipient))
}

function takenBy({ recipients }: SubmissionRecord): string[] {
  return recipients
    .filter(({ outcome }) => outcome === 'accepted' || outcome === 'repeated')
    .map(({ recipient }) => recipient)
}

/** Its own file goes with the next sync, without being sent. */
async function servedFromSpool(
  spool: FolderSpool,
  { spooled }: SubmissionRecord,
  content: OpenContent,
): Promise<string[]> {
  const served: string[] = []
  for (const { name, envelope, sizeBytes } of await spool.list())
    if (name !== spooled && sizeBytes === content.size && (await holdsSame(spool, name, content)))
      served.push(...envelope.recipients)
  return served
}

/** Damaged mail holds nothing that goes. */
async function holdsSame(spool: FolderSpool, name: string, content: OpenContent): Promise<boolean> {
  const other = await spool.read(name).catch(() => undefined)
  if (!other) return false
  try {
    return await equalSources(content, other)
  } finally {
    await other.close()
  }
}
