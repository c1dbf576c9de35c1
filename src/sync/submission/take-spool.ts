import { toHex } from '../../bytes/hex.js'
import { hasCode } from '../../errors/packetboat-error.js'
import type { Change } from '../../replica/change.js'
import type { Guid } from '../../replica/model.js'
import { type FoundProblem, problemOf, replaceProblems } from '../../replica/problems.js'
import { isFinal, type SubmissionRecord } from '../../replica/submission/submission.js'
import {
  announceSubmission,
  getSubmission,
  listSubmissions,
  putSubmission,
} from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { recordContent } from '../adopt/identified-file.js'
import { holdBytes } from './hold-bytes.js'
import type { PictureSettings } from './pictures.js'
import { type PreparedMail, prepareMail } from './prepare-mail.js'
import type { Spool, SpooledMail } from './spool.js'

export interface TakeOptions {
  readonly spool?: Spool | undefined
  readonly pictures?: PictureSettings | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Moves mail from the spool into the replica: it goes up with the next request, and leaves the spool once the
 * upstream has it. Its name makes it the same submission here and there, so that it goes once, whatever is
 * lost meanwhile. What a person holds back stays in the spool; so does everything while the upstream isn't
 * known to send mail. A spool that can't be read or written is a problem, and holds up nothing else of the
 * run.
 */
export async function takeSpool(account: Account, options: TakeOptions): Promise<void> {
  const { spool } = options
  if (!spool) return
  const found: FoundProblem[] = []
  try {
    await takeAll(account, spool, options)
  } catch (error) {
    if (!isOfSpool(error)) throw error
    found.push({ mailbox: '', item: 'outbox', problem: problemOf(error, { mailbox: 'the outbox' }) })
  }
  const { db, now } = account.replica
  if (found.length > 0 || (await tables.problem.any(db, ['spool'])))
    await db.transact((tx) => replaceProblems(tx, 'spool', found, { nowMs: now(), keeps: () => false }))
}

/** Whether an error is of the place in which mail waits, and of nothing else. */
function isOfSpool(error: unknown): boolean {
  return hasCode(error, 'MAILBOX_UNREADABLE') || hasCode(error, 'READ_ONLY')
}

async function takeAll(
  account: Account,
  spool: Spool,
  { pictures, signal }: Omit<TakeOptions, 'spool'>,
): Promise<void> {
  const { db } = account.replica
  const isSending = (await tables.outboxThere.get(db)) !== undefined
  for (const mail of await spool.list()) {
    const guid = guidOf(account, mail)
    const known = await getSubmission(db, guid)
    if (known && known.state !== 'queued')
      await (isShrunk(known) ? spool.setAside(mail.name) : spool.remove(mail.name))
    if (known || mail.held || !isSending) continue
    const open = await spool.open(mail.name)
    if (!open) continue
    try {
      // Before anything of it is in the replica: what is broken off here begins anew. References are places in what goes.
      const prepared = await prepareMail(account, mail, open, pictures, signal)
      await takeIn(account, { guid, mail, ...prepared })
    } finally {
      await open.close()
    }
  }
  if (isSending) await announceWaiting(account)
}

/** Whether urgent mail has been handed in that isn't in the replica yet. Where that can't be read, nothing is broken off for it. */
export async function urgentWaits(account: Account, spool: Spool): Promise<boolean> {
  for (const mail of await listReadable(spool))
    if (mail.urgent && !mail.held && !(await getSubmission(account.replica.db, guidOf(account, mail))))
      return true
  return false
}

/** Mail that waits. None where the spool can't be read: that is noted when a sync takes what it holds. */
export async function listReadable(spool: Spool): Promise<readonly SpooledMail[]> {
  try {
    return await spool.list()
  } catch (error) {
    if (!isOfSpool(error)) throw error
    return []
  }
}

function guidOf({ createHash }: Account, { name }: SpooledMail): Guid {
  const hash = createHash()
  hash.update(new TextEncoder().encode(name))
  return toHex(hash.digest().subarray(0, 16))
}

const isShrunk = ({ pictures = [] }: SubmissionRecord): boolean =>
  pictures.some(({ beforeBytes, afterBytes }) => afterBytes < beforeBytes)

interface Taken extends PreparedMail {
  readonly guid: Guid
  readonly mail: SpooledMail
}

async function takeIn(
  account: Account,
  { guid, mail, source, references, fates, refusal }: Taken,
): Promise<void> {
  const { replica } = account
  const { file, id } = await holdBytes(account, source, mail.queuedMs)
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
      ...(fates.length > 0 && { pictures: fates }),
      ...(refusal === undefined
        ? ({ state: 'queued' } as const)
        : ({ state: 'refused', reason: refusal, endedMs: replica.now() } as const)),
      recipients: [],
      tries: 0,
    })
    if (refusal === undefined) await announceSubmission(change, submission)
  })
}

/** What came in while the upstream sent no mail, or lost its memory, is told now. */
async function announceWaiting({ replica }: Account): Promise<void> {
  await replica.db.transact(async (tx: Transaction) => {
    for (const submission of await listSubmissions(tx)) {
      const { guid, device, state, told } = submission
      // A device's whose bytes are still on their way is told when they are here.
      const arrives = device !== undefined && (await tables.arriving.has(tx, device, guid))
      if (!told && !isFinal(state) && !arrives)
        await announceSubmission({ tx, replica, origin: { kind: 'local' } }, submission)
    }
  })
}
