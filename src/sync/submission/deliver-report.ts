import { memorySource } from '../../bytes/source.js'
import { deliveryReport } from '../../mime/delivery-report.js'
import { headerSize } from '../../mime/headers/header-fields.js'
import { getContent } from '../../replica/content/contents.js'
import { mailboxAt } from '../../replica/mailboxes.js'
import { addMessage, announceMessage } from '../../replica/messages.js'
import type { RecipientOutcome, SubmissionRecord } from '../../replica/submission/submission.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { recordContent } from '../adopt/identified-file.js'
import { writeIfReachable } from '../write/tolerate-outage.js'
import { holdBytes, openHeld } from './hold-bytes.js'

/** How much is quoted of the header of a mail that failed. */
const quotedBytes = 16 * 1024

/** Tells the author in INBOX what didn't arrive, so that every mail program shows it (RFC 3464). Not of what has no return path. */
export async function deliverReport(
  account: Account,
  submission: SubmissionRecord,
  lost: readonly RecipientOutcome[],
  { host, signal }: { readonly host: string; readonly signal: AbortSignal },
): Promise<void> {
  const { replica } = account
  const { db } = replica
  const { from, notify, envelopeId } = submission.envelope
  if (from === '' || notify?.includes('never')) return
  const bytes = deliveryReport({
    to: from,
    host,
    nowMs: replica.now(),
    messageId: `${replica.nextGuid()}@${host}`,
    ...(envelopeId !== undefined && { envelopeId }),
    arrivedMs: submission.arrivedMs ?? submission.queuedMs,
    lost,
    header: await headerOf(account, submission),
  })
  const internalDateMs = replica.now()
  const { file, id } = await holdBytes(account, memorySource(bytes), internalDateMs)
  await db.transact(async (tx) => {
    const change = { tx, replica, origin: { kind: 'local' } } as const
    const inbox = await mailboxAt(tx, ['INBOX'])
    if (!inbox) return
    const content = await recordContent(tx, file, id)
    const message = await addMessage(change, {
      guid: replica.nextGuid(),
      mailbox: inbox.guid,
      content: content.id,
      flags: [],
      internalDateMs,
    })
    await announceMessage(change, message, content)
    // In the store until its file stands in the mail store, and everybody has heard of it.
    tables.kept.put(tx, content.id, message.modseq)
  })
  await writeIfReachable(account, signal)
}

async function headerOf(account: Account, submission: SubmissionRecord): Promise<Uint8Array> {
  const content = await getContent(account.replica.db, submission.content)
  const open = content && (await openHeld(account, content))
  if (!open) return new Uint8Array()
  try {
    const begin = await open.read(0, quotedBytes)
    return begin.subarray(0, headerSize(begin))
  } finally {
    await open.close()
  }
}
