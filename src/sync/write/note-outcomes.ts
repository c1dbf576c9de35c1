import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import { type PlacedFile, placeFile, removeFile } from '../../replica/files.js'
import { equalFlags } from '../../replica/flags.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Flags, Guid } from '../../replica/model.js'
import { type ContentRecord, type MessageRecord, wholeFile } from '../../replica/records.js'
import { becomeMail, withoutSubstituteKeyword } from '../../replica/substitute.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { adoptUid, isShared } from '../adopt/adopt-uid.js'
import { noteFileGone } from '../content/content-access.js'
import { becomeWhole } from '../content/hold-whole.js'
import { isItOf } from '../content/recognise-message.js'
import { isOfOneItem } from '../error-scope.js'
import { noteTrashed } from './count-trashed.js'
import { forgetOrphan } from './orphan-stand-ins.js'
import type { WriteRun } from './write-run.js'

/** What was written to the mail store for one message, to be noted in one transaction with others. */
export interface Outcome {
  readonly message: Guid
  readonly mailbox: Guid
  readonly file: PlacedFile | undefined
  /** The place that it had until its mailbox became another one. The file there is removed when the new one is noted. */
  readonly left?: PlacedFile
  /** The message that stood for it elsewhere until it was moved here. */
  readonly vacated?: Guid
  /** The whole message stands under another name than before: whoever looks for its bytes must know that at once. */
  readonly renamed?: boolean
  /** Nothing was written: the mail store has the message already, or has lost it. */
  readonly idle?: boolean
  /** A content that was thought whole, but of which no bytes are left. */
  readonly lost?: Guid
  /** A content that the mail store now holds whole: its blobs can go. */
  readonly landed?: ContentRecord
  /** The mail store has taken it and doesn't show it. */
  readonly unseen?: boolean
}

/** Notes what was written, all of it in one transaction. */
export async function noteOutcomes(
  account: Account,
  outcomes: readonly Outcome[],
  run: WriteRun,
): Promise<void> {
  const { replica } = account
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    for (const outcome of outcomes) await noteOutcome(change, outcome, run)
  })
  run.landed()
  for (const { left } of outcomes) if (left) await removeLeft(account, left)
}

/** If somebody has changed the file meanwhile, or it can't be removed, it stays: the next scan finds a message that nobody knows. */
async function removeLeft(account: Account, file: PlacedFile): Promise<void> {
  const { message, mailbox, locator, flags } = file
  const isIt = await isItOf(account.replica.db, message, file)
  const place = await tables.mailboxFile.get(account.replica.db, mailbox)
  try {
    if (place) await account.mailStore.remove(place.path, locator, flags, isIt)
  } catch (error) {
    if (!isOfOneItem(error)) throw error
  }
}

async function noteOutcome(change: Change, outcome: Outcome, run: WriteRun): Promise<void> {
  const { tx, replica } = change
  const { message, mailbox, file, landed, lost, vacated } = outcome
  if (lost !== undefined) {
    await noteFileGone(tx, lost)
    // A file of it stands elsewhere, and was moved just now: the next scan says where it went, or that it is gone.
    // Where it can't be had from upstream, that is said.
    if (!replica.hasUpstream) return
    tables.expected.put(tx, lost, true)
    if (!(await getContent(tx, lost))?.whole) tables.todo.delete(tx, mailbox, message)
    return
  }
  const record = await getMessage(tx, message)
  if (outcome.unseen) await doubt(tx, mailbox)
  if (file) await notePlaced(change, file, vacated, run)
  else await noteRemoved(change, message, record, run)
  const current = record && (await getContent(tx, record.content))
  if (isLive(record) && current?.substitute && file?.shown === wholeFile) await becomeMail(change, record)
  if (isWritten(record, current, file)) tables.todo.delete(tx, mailbox, message)
  if (file?.uid !== undefined) {
    const place = await tables.mailboxFile.get(tx, mailbox)
    if (isShared(await getMailbox(tx, mailbox), place?.numbering)) await adoptUid(change, message, file.uid)
  }
  // Of copies that were put together in one batch the first one has said it to all others.
  if (landed && current && !current.whole) await becomeWhole(tx, current, message)
}

/** All of it is listed next time. What isn't there then, nor elsewhere, was never seen by anybody who could have deleted it. */
async function doubt(tx: Transaction, mailbox: Guid): Promise<void> {
  const place = await tables.mailboxFile.get(tx, mailbox)
  if (place) tables.mailboxFile.put(tx, mailbox, { ...place, token: '', doubted: true })
}

async function notePlaced(
  change: Change,
  file: PlacedFile,
  vacated: Guid | undefined,
  run: WriteRun,
): Promise<void> {
  const { tx } = change
  await placeFile(tx, file)
  if (vacated !== undefined) {
    const source = await getMessage(tx, vacated)
    if (source) await noteTrashed(change, source, run)
    await removeFile(tx, vacated)
  }
  await forgetOrphan(tx, file)
}

async function noteRemoved(
  change: Change,
  message: Guid,
  record: MessageRecord | undefined,
  run: WriteRun,
): Promise<void> {
  const { tx } = change
  await removeFile(tx, message)
  tables.aside.delete(tx, message)
  if (!record) return
  await noteTrashed(change, record, run)
  await noteFileGone(tx, record.content)
}

/** Whether the mail store has what the replica has by now: more may have happened to the message while its file was written. */
function isWritten(
  record: MessageRecord | undefined,
  content: ContentRecord | undefined,
  file: PlacedFile | undefined,
): boolean {
  if (!isLive(record)) return file === undefined
  if (!file) return true
  return (
    equalFlags(flagsInStore(content, record), file.flags) &&
    (!content || file.shown < 0 || file.shown >= content.progress)
  )
}

/** What is said of a text in a message's place isn't said of the message. */
export function flagsInStore(content: ContentRecord | undefined, { flags }: MessageRecord): Flags {
  return content?.substitute ? withoutSubstituteKeyword(flags) : flags
}
