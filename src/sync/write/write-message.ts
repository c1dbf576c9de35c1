import { PacketboatError } from '../../errors/packetboat-error.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/content/contents.js'
import { fileOf, type PlacedFile, standsIn } from '../../replica/files.js'
import { equalFlags } from '../../replica/flags.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import {
  type ContentRecord,
  type MailboxFileRecord,
  type MailboxRecord,
  type MessageRecord,
  substituteFile,
  wholeFile,
} from '../../replica/records.js'
import { becomeCopy, liftedOf } from '../../replica/substitute.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { isShared } from '../adopt/adopt-uid.js'
import { isComplete } from '../content/content-shape.js'
import { isItOf } from '../content/recognise-message.js'
import { lostBytes } from '../lost-bytes.js'
import type { NumberingPort } from '../mail-store.js'
import { shouldSetAside } from './keep-aside.js'
import { keepContent } from './keep-content.js'
import { flagsInStore, type Outcome } from './note-outcomes.js'
import { orphanOf } from './orphan-stand-ins.js'
import { showContent } from './show-content.js'
import type { WriteRun } from './write-run.js'

/** One message that the mail store must be told of. */
interface Step {
  readonly guid: Guid
  readonly message: MessageRecord | undefined
  readonly mailbox: Guid
  readonly record: MailboxRecord | undefined
  readonly place: MailboxFileRecord | undefined
  readonly run: WriteRun
}

/** Brings the mail store in line with what the replica holds of one message. */
export async function writeMessage(account: Account, step: Step): Promise<Outcome> {
  const { db } = account.replica
  const { guid, message, mailbox, place } = step
  if (!isLive(message)) return removeMessage(account, step)
  const known = await fileOf(db, guid)
  const content = await getContent(db, message.content)
  if (!place) throw mailboxMissing(message)
  if (!content) return { message: guid, mailbox, file: known, idle: true }
  const left = known && known.mailbox !== mailbox ? known : undefined
  const file = (left ? undefined : known) ?? (await orphanOf(account, guid, mailbox))
  const live = { ...step, message, place, content }
  if (isStale(file, content)) {
    const lifted = content.substitute ? await liftedOf(db, message) : undefined
    if (lifted) return copyInstead(account, message, lifted)
    const written = await showMessage(account, live, file)
    if (written) return { ...written, ...(left && { left }) }
    if (content.whole) return { message: guid, mailbox, file, lost: content.id, idle: true }
    // A copy was to be made of it, and its last file went before that could be.
    if (!account.replica.hasUpstream && !message.hidden && !file)
      throw new PacketboatError('MESSAGE_GONE', lostBytes.reason, lostBytes.next)
  }
  if (file && !equalFlags(file.flags, flagsInStore(content, message))) return setFlags(account, live, file)
  const { numbering } = account.mailStore
  if (file && numbering && lacksUid(live, file)) return renumber(numbering, live, file)
  return { message: guid, mailbox, file, idle: true }
}

/** A step whose message is live, with what it takes to write it. */
interface LiveStep extends Step {
  readonly message: MessageRecord
  readonly place: MailboxFileRecord
  readonly content: ContentRecord
}

async function removeMessage(account: Account, { guid, message, mailbox }: Step): Promise<Outcome> {
  const { mailStore, replica } = account
  const stands = await standsIn(replica.db, guid)
  if (stands) {
    const { file, place } = stands
    if (message) await keepContent(account, message, file)
    const isIt = await isItOf(replica.db, guid, file)
    if (await shouldSetAside(account, guid, message, file))
      await mailStore.setAside(place.path, file.locator, file.flags, isIt)
    else await mailStore.remove(place.path, file.locator, file.flags, isIt)
  }
  return { message: guid, mailbox, file: undefined }
}

/** Whether more of the message is here than the mail store shows. */
function isStale(file: PlacedFile | undefined, content: ContentRecord): boolean {
  if (!file) return true
  if (file.shown === wholeFile || file.shown === substituteFile) return false
  return content.whole || isComplete(content) || file.shown < content.progress
}

/** Writes the message, or a stand-in for it. Undefined when nothing of it can be shown. */
async function showMessage(
  account: Account,
  { guid, message, mailbox, record, place, content, run }: LiveStep,
  file: PlacedFile | undefined,
): Promise<Outcome | undefined> {
  const { internalDateMs, uid } = message
  const flags = flagsInStore(content, message)
  const shared = isShared(record, place.numbering)
  // A UID's bytes never change: what takes a stand-in's place gets one that is next here and upstream.
  const next = (await getMailbox(account.replica.db, mailbox))?.uidNext ?? 0
  const fresh = { guid, flags, internalDateMs, ...(shared && { uid: !file && uid > 0 ? uid : next }) }
  const to = { path: place.path, replaces: file, twins: run.twins }
  const shown = await showContent(account, content, message, fresh, to)
  if (!shown) return undefined
  const { landed, vacated, unseen, uid: given, uidValidity, ...written } = shown
  const placed: PlacedFile = {
    message: guid,
    mailbox,
    flags,
    ...written,
    ...(shared && isOf(record, uidValidity) && given !== undefined && { uid: given }),
  }
  return {
    message: guid,
    mailbox,
    file: placed,
    ...(landed && { landed }),
    ...(unseen && { unseen }),
    ...(vacated !== undefined && { vacated, renamed: true }),
  }
}

async function setFlags(
  account: Account,
  { guid, message, mailbox, place, content }: LiveStep,
  file: PlacedFile,
): Promise<Outcome> {
  const flags = flagsInStore(content, message)
  const isIt = await isItOf(account.replica.db, guid, file)
  await account.mailStore.setFlags(place.path, file.locator, file.flags, flags, isIt)
  // In a Maildir, only what has no flags is new mail.
  const { recent: _, ...rest } = file
  return { message: guid, mailbox, file: { ...rest, flags } }
}

function lacksUid({ message, record, place }: LiveStep, file: PlacedFile): boolean {
  return isShared(record, place.numbering) && (file.uid ?? 0) < message.uid
}

/** A numbering that was made anew since the last listing gives UIDs that mean something else. */
const isOf = (record: MailboxRecord | undefined, uidValidity: number | undefined): boolean =>
  uidValidity === undefined || uidValidity === record?.uidValidity

async function renumber(
  numbering: NumberingPort,
  { guid, message, mailbox, record, place }: LiveStep,
  file: PlacedFile,
): Promise<Outcome> {
  const wanted = [{ locator: file.locator, guid, uid: message.uid }]
  const numbered = (await numbering.renumber(place.path, wanted)).get(file.locator)
  // It isn't there now: the next scan says what became of it.
  if (!numbered) return { message: guid, mailbox, file, idle: true }
  const { uid: given, uidValidity, ...placed } = numbered
  const uid = isOf(record, uidValidity) ? given : file.uid
  return {
    message: guid,
    mailbox,
    file: { ...file, ...placed, ...(uid !== undefined && { uid }) },
    renamed: true,
  }
}

/** A text in a message's place that has no file, when the message itself can be read by now. */
async function copyInstead(
  { replica }: Account,
  copy: MessageRecord,
  message: MessageRecord,
): Promise<Outcome> {
  await replica.db.transact((tx) => becomeCopy({ tx, replica, origin: { kind: 'local' } }, copy, message))
  return { message: copy.guid, mailbox: copy.mailbox, file: undefined }
}

/** The subject by which a person knows a message. */
export async function subjectOf(reader: Reader, message: MessageRecord | undefined): Promise<string> {
  const content = message && (await getContent(reader, message.content))
  return (content?.envelope && decodeEnvelope(content.envelope).subject) || message?.guid || ''
}

/** Somebody has taken the mailbox away since it was made: the next round makes it again, or learns that it was deleted. */
function mailboxMissing(message: MessageRecord): PacketboatError {
  return new PacketboatError(
    'MAILBOX_MISSING',
    `The mailbox of message ${message.guid} is not in the mail store.`,
    'Run packetboat sync again. It creates the mailbox there first.',
  )
}
