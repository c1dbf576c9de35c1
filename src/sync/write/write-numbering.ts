import { hasCode } from '../../errors/packetboat-error.js'
import { getContent } from '../../replica/content/contents.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { readCursorOf } from '../../replica/cursor.js'
import { fileOf } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { FileRecord, MailboxFileRecord, MailboxRecord, MessageRecord } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Account, DiskWork } from '../account.js'
import { isShared } from '../adopt/adopt-uid.js'
import { isComplete } from '../content/content-shape.js'
import { isOfOneItem } from '../error-scope.js'
import type { NumberingPort } from '../mail-store.js'

/** Messages and UIDs in mailboxes that a mail server beside us numbers. docs/CONFLICTS.md "UIDs". */

/**
 * Puts new messages of a shared mailbox in the order of their UIDs, since a mail server gives UIDs only in
 * ascending order: none before all older ones are known. A stand-in uses up a UID, and the whole message then
 * needs another on every replica, so nothing is shown in part while more of it is on its way.
 */
export async function orderByUid<T extends { readonly message: MessageRecord | undefined }>(
  { replica }: Account,
  steps: readonly T[],
  allArrived: boolean,
): Promise<T[]> {
  const sorted = [...steps].sort((a, b) => orderOf(a.message) - orderOf(b.message))
  const ready: T[] = []
  // What is there already may get a UID above all others in its place, so it comes after them.
  const there: T[] = []
  let waiting = false
  for (const step of sorted) {
    const { message } = step
    if (!message) continue
    if (await fileOf(replica.db, message.guid)) {
      there.push(step)
      continue
    }
    if (waiting || !replica.hasUpstream) {
      if (!waiting) ready.push(step)
      continue
    }
    const [oldestMissing] = (await readCursorOf(replica.db, message.mailbox)).missing
    if (oldestMissing && oldestMissing.from <= message.upstream) waiting = true
    const content = await getContent(replica.db, message.content)
    const whole = content && (content.whole || isComplete(content))
    if (!allArrived && (!whole || message.uid === 0)) waiting = true
    if (!waiting) ready.push(step)
  }
  return [...ready, ...there]
}

/** Messages without a UID come last. */
const orderOf = (message: MessageRecord | undefined): number => message?.uid || Number.MAX_SAFE_INTEGER

/**
 * Gives the mail server the replica's numbering of a mailbox where it has another (the mailbox is new there,
 * or its numbering was lost and made anew). UIDs that exist are given at once; elsewhere this waits until the
 * mailbox is filled, so that what arrives in any order and in part until then uses up no UIDs. Returns
 * whether that leaves more to scan and to write.
 */
export async function repairNumberings(
  account: Account,
  problems: Parameters<DiskWork['repairNumberings']>[1],
): Promise<boolean> {
  const { db } = account.replica
  const { numbering } = account.mailStore
  if (!numbering) return false
  let hasMore = false
  for await (const { key, value } of tables.mailboxFile.list(db)) {
    const mailbox = await getMailbox(db, key[0])
    if (!mailbox || mailbox.deleted || !value.numbering) continue
    try {
      if (isShared(mailbox, value.numbering)) await raise(account, numbering, mailbox, value)
      else if (await share(account, numbering, mailbox, value)) hasMore = true
    } catch (error) {
      // Somebody has just taken it away: the next scan sees that.
      if (hasCode(error, 'MAILBOX_MISSING')) continue
      if (!isOfOneItem(error)) throw error
      problems.addMailbox(mailbox, error)
    }
  }
  return hasMore
}

/** UIDs that were given elsewhere are not given here. */
async function raise(
  { replica }: Account,
  port: NumberingPort,
  mailbox: MailboxRecord,
  place: MailboxFileRecord,
): Promise<void> {
  if (replica.hasUpstream || !place.numbering || place.numbering.uidNext >= mailbox.uidNext) return
  await port.raiseUidNext(place.path, mailbox.uidNext)
  const numbering = { ...place.numbering, uidNext: mailbox.uidNext }
  await replica.db.transact(async (tx) => tables.mailboxFile.put(tx, mailbox.guid, { ...place, numbering }))
}

/** Whether messages are left that have another UID there than here, or get one of the mail server's own. */
async function share(
  account: Account,
  port: NumberingPort,
  mailbox: MailboxRecord,
  place: MailboxFileRecord,
): Promise<boolean> {
  const { replica } = account
  const { db } = replica
  if (replica.hasUpstream && !(await isFilled(account, mailbox))) return false
  const files = new Map<string, FileRecord>()
  const uids = new Map<string, number>()
  const messages = new Map<string, MessageRecord>()
  for await (const { key, value } of tables.file.list(db, [mailbox.guid])) {
    const message = await getMessage(db, value.message)
    if (!isLive(message) || message.uid === 0) return false
    const locator = key[1]
    files.set(locator, value)
    messages.set(locator, message)
    // The one that it had there before the numbering was lost; if it is to get another, that comes later.
    if (value.uid !== undefined) uids.set(locator, value.uid)
  }
  const taken = new Set(uids.values())
  for (const [locator, { uid }] of messages)
    if (!uids.has(locator) && !taken.has(uid) && uid >= (mailbox.uidLost ?? 0)) {
      uids.set(locator, uid)
      taken.add(uid)
    }
  const { guid, uidValidity } = mailbox
  const given = await givenBy(account, mailbox, place)
  for (const [locator, uid] of given.uids) uids.set(locator, uid)
  const uidNext = Math.max(mailbox.uidNext, given.uidNext)
  await port.replace(place.path, { guid, uidValidity, uidNext }, uids)
  await db.transact(async (tx) => {
    const { uidLost: _, ...numbered } = (await getMailbox(tx, guid)) ?? mailbox
    tables.mailbox.put(tx, guid, numbered)
    tables.mailboxFile.put(tx, guid, { ...place, token: '', numbering: { uidValidity, uidNext, guid } })
    for (const [locator, { uid: _, ...file }] of files) {
      // What the mail server gave, the next scan takes over.
      const uid = given.uids.has(locator) ? undefined : uids.get(locator)
      tables.file.put(tx, guid, locator, { ...file, ...(uid !== undefined && { uid }) })
      if (uids.get(locator) !== messages.get(locator)?.uid) tables.todo.put(tx, guid, file.message, true)
    }
  })
  return [...messages].some(([locator, { uid }]) => uids.get(locator) !== uid)
}

/**
 * The UIDVALIDITY of a mailbox that now has another GUID can come back: what the mail server has since shown
 * under it by itself stays as it is.
 */
async function givenBy(
  { mailStore }: Account,
  { uidValidity }: MailboxRecord,
  { path, numbering }: MailboxFileRecord,
): Promise<{ readonly uids: ReadonlyMap<string, number>; readonly uidNext: number }> {
  const uids = new Map<string, number>()
  if (numbering?.uidValidity !== uidValidity) return { uids, uidNext: 0 }
  const listing = await mailStore.messages(path)
  if (listing.numbering?.uidValidity !== uidValidity) return { uids, uidNext: 0 }
  for (const { locator, uid } of listing.messages) if (uid !== undefined) uids.set(locator, uid)
  return { uids, uidNext: listing.numbering.uidNext }
}

/** Everything that the upstream has and the policy lets through is here and in the mail store. */
async function isFilled({ replica }: Account, mailbox: MailboxRecord): Promise<boolean> {
  const { db } = replica
  const { firstSyncEnded } = await readReplicaRecord(db)
  if (!firstSyncEnded || (await readCursorOf(db, mailbox.guid)).missing.length > 0) return false
  if (mailbox.untold || (await tables.todo.any(db, [mailbox.guid]))) return false
  for await (const { key } of tables.expected.list(db))
    for (const message of await messagesOf(db, key[0]))
      if (message.mailbox === mailbox.guid && isLive(message)) return false
  return true
}
