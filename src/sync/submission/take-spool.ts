import { toHex } from '../../bytes/hex.js'
import { findCarried, placeholderBeside } from '../../mime/stand-in/stand-in.js'
import type { Change } from '../../replica/change.js'
import type { Guid } from '../../replica/model.js'
import { isFinal, maxReferences, type Reference } from '../../replica/submission/submission.js'
import {
  announceSubmission,
  getSubmission,
  listSubmissions,
  putSubmission,
} from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import type { OpenContent } from '../content/content-access.js'
import { standInMarking } from '../content/stand-in-key.js'
import { recordContent } from '../scan/identify-file.js'
import { holdBytes } from './hold-bytes.js'
import type { Spool, SpooledMail } from './spool.js'

/**
 * From the spool into the replica: what was handed in here goes up with the next request, and leaves the spool when the upstream has it. By its
 * name it is always the same submission, here and there, so that it goes once whatever is lost meanwhile. Waits in the spool: what a
 * person holds back, and everything while the upstream isn't known to send mail.
 */
export async function takeSpool(account: Account, spool: Spool | undefined): Promise<void> {
  if (!spool) return
  const { db } = account.replica
  const isSending = (await tables.outboxThere.get(db)) !== undefined
  for (const mail of await spool.list()) {
    const guid = guidOf(account, mail)
    const known = await getSubmission(db, guid)
    if (known && known.state !== 'queued') await spool.remove(mail.name)
    if (known || mail.held || !isSending) continue
    const open = await spool.open(mail.name)
    if (!open) continue
    try {
      const references = mail.asIs
        ? []
        : await findCarried(open, await standInMarking(account), maxReferences)
      const hole = mail.asIs ? undefined : await placeholderBeside(open, references)
      await takeIn(account, { guid, mail, references, hasHole: hole !== undefined }, open)
    } finally {
      await open.close()
    }
  }
  if (isSending) await announceWaiting(account)
}

/** Whether urgent mail has been handed in that isn't in the replica yet. */
export async function urgentWaits(account: Account, spool: Spool): Promise<boolean> {
  for (const mail of await spool.list())
    if (mail.urgent && !mail.held && !(await getSubmission(account.replica.db, guidOf(account, mail))))
      return true
  return false
}

function guidOf({ createHash }: Account, { name }: SpooledMail): Guid {
  const hash = createHash()
  hash.update(new TextEncoder().encode(name))
  return toHex(hash.digest().subarray(0, 16))
}

interface Taken {
  readonly guid: Guid
  readonly mail: SpooledMail
  readonly references: readonly Reference[]
  /** There is a placeholder in it for which nothing can be put in. */
  readonly hasHole: boolean
}

const holeReason =
  "It has a placeholder in the place of something that isn't here. Fetch that, and write the mail again."

async function takeIn(
  account: Account,
  { guid, mail, references, hasHole }: Taken,
  bytes: OpenContent,
): Promise<void> {
  const { replica } = account
  const { file, id } = await holdBytes(account, bytes, mail.queuedMs)
  await replica.db.transact(async (tx) => {
    const content = await recordContent(tx, file, id)
    const change: Change = { tx, replica, origin: { kind: 'local' } }
    const submission = putSubmission(tx, {
      guid,
      content: content.id,
      envelope: mail.envelope,
      ...(references.length > 0 && { references }),
      ...(mail.asIs && { asIs: true as const }),
      urgent: mail.urgent,
      queuedMs: mail.queuedMs,
      ...(mail.notBeforeMs !== undefined && { notBeforeMs: mail.notBeforeMs }),
      spooled: mail.name,
      ...(hasHole
        ? ({ state: 'refused', reason: holeReason, endedMs: replica.now() } as const)
        : ({ state: 'queued' } as const)),
      recipients: [],
      tries: 0,
    })
    if (!hasHole) await announceSubmission(change, submission)
  })
}

/** What came in while the upstream sent no mail, or lost its memory, is told now. */
async function announceWaiting({ replica }: Account): Promise<void> {
  await replica.db.transact(async (tx: Transaction) => {
    for (const submission of await listSubmissions(tx))
      if (!submission.told && !isFinal(submission.state) && submission.device === undefined)
        await announceSubmission({ tx, replica, origin: { kind: 'local' } }, submission)
  })
}
