import { compareMail } from '../../mime/headers/compare-mail.js'
import type { Change } from '../../replica/change.js'
import { fileOf } from '../../replica/files.js'
import { expungeMessage, getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { type MessageRecord, wholeFile } from '../../replica/records.js'
import type { SubmissionRecord } from '../../replica/submission/submission.js'
import { getSubmission, listSubmissions, putSubmission } from '../../replica/submission/submissions.js'
import type { Account } from '../account.js'
import { isDrafts } from '../policy/guard.js'
import { writeIfReachable } from '../write/tolerate-outage.js'
import { allCopiesOf, areAsSeen, compareWith, copiesIn, copiesOf, unchanged } from './file-sent.js'
import { isTakenByAll } from './outcomes.js'
import type { SendSettings } from './send-settings.js'

/**
 * Removes what is there twice once mail has been handed over: its draft, and the copy that was filed here if
 * the mail program brings its own. Both may come ashore later than the mail itself, so they are looked for
 * until its author has heard of its end, and once more after that. A copy that differs in anything a person
 * wrote stays.
 */
export async function tidySent(
  account: Account,
  settings: Pick<SendSettings, 'sent' | 'drafts'>,
  signal: AbortSignal,
): Promise<void> {
  const { replica } = account
  let expunged = 0
  for (const submission of await listSubmissions(replica.db)) {
    const { guid, state, tidied, heard } = submission
    if (state !== 'sent' || tidied === 'all') continue
    const drafts = settings.drafts === 'remove' && !tidied ? await draftsOf(account, submission) : []
    const copies = drafts.length > 0 ? await allCopiesOf(account, submission) : []
    const filed = settings.sent === 'auto' ? await copiesOf(account, submission) : []
    const goes = [
      ...(settings.sent === 'never' || copies.length > 0 ? drafts : []),
      ...(await surplusOf(account, submission, filed)),
    ]
    if (goes.length === 0 && !heard) continue
    expunged += await replica.db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'local' } }
      // A person may have moved or removed meanwhile what would have stayed.
      const stays = await areAsSeen(change.tx, [...copies, ...filed])
      const gone = stays ? await expungeAll(change, goes) : []
      if (!stays && !heard) return 0
      const current = await getSubmission(tx, guid)
      // A draft that a person takes back out of what was expunged stays.
      const now = heard ? 'all' : drafts.length > 0 ? 'drafts' : tidied
      if (current && now) putSubmission(tx, { ...current, tidied: now })
      return gone.length
    })
  }
  if (expunged > 0) await writeIfReachable(account, signal)
}

/** Returns which of them were still there. */
async function expungeAll(change: Change, messages: readonly MessageRecord[]): Promise<Guid[]> {
  const gone: Guid[] = []
  for (const seen of messages) {
    const message = await unchanged(change.tx, seen)
    if (!message) continue
    await expungeMessage(change, message, { base: message.flags })
    gone.push(message.guid)
  }
  return gone
}

/**
 * Drafts that say nothing but what was sent: not those that were edited since, and none while anybody lacks the mail. What
 * came into Drafts after it without \Draft is a copy of it that somebody has put there.
 */
async function draftsOf(account: Account, submission: SubmissionRecord): Promise<MessageRecord[]> {
  if (!isTakenByAll(submission)) return []
  const { since = Number.POSITIVE_INFINITY } = submission
  const drafts = await copiesIn(
    account.replica.db,
    submission,
    (mailbox, { flags, created }) => isDrafts(mailbox) && (flags.includes('\\Draft') || created <= since),
  )
  const compared = await compareWith(account, submission, drafts, (draft, sent) => compareMail(draft, sent))
  return compared.filter(({ comparison }) => comparison === 'same').map(({ message }) => message)
}

/**
 * The copy that was filed here, if nobody has done anything with it and another copy with all of it stands in
 * the mail store. A server that shows both as one message, as Gmail does, has them in the other one's place
 * by now, and the filed one has none that could be removed.
 */
async function surplusOf(
  { replica: { db } }: Account,
  submission: SubmissionRecord,
  copies: readonly MessageRecord[],
): Promise<MessageRecord[]> {
  const filed = submission.filed === undefined ? undefined : await getMessage(db, submission.filed)
  if (!isLive(filed) || filed.flags.some((flag) => flag !== '\\Seen')) return []
  for (const { guid } of copies)
    if (guid !== filed.guid && (await fileOf(db, guid))?.shown === wholeFile) return [filed]
  return []
}
