import { hasCode, PacketboatError } from '../errors/packetboat-error.js'
import { getContent, putContent } from '../replica/contents.js'
import { fileOf, type PlacedFile, placeFile, removeFile } from '../replica/files.js'
import { equalFlags } from '../replica/flags.js'
import { getMessage, isLive, messagesOf } from '../replica/messages.js'
import type { Guid } from '../replica/model.js'
import {
  type ContentRecord,
  keys,
  type MailboxFileRecord,
  type MessageRecord,
  wholeFile,
} from '../replica/records.js'
import { deleteBlob } from '../store/blob.js'
import type { Account } from './account.js'
import { noteFileGone } from './content-access.js'
import { blobsOf, isComplete, keepContent, showContent } from './content-shape.js'
import { pullNow } from './pull.js'
import { pushMailboxes, removeMailboxes } from './push-mailboxes.js'

/** Files written before their records are committed together: bounds what a crash leaves to be found again. */
const batchSize = 64

/** What was written to the mail store for one message, to be noted in one transaction with others. */
interface Outcome {
  readonly message: Guid
  readonly mailbox: Guid
  readonly file: PlacedFile | undefined
  /** This content was thought whole, and no bytes of it are left. */
  readonly lost?: Guid
  /** This content is now in the mail store as a whole: its blobs have done their work. */
  readonly landed?: ContentRecord
}

/**
 * Brings the mail store in line with the replica: every message that the to-do list names gets its file, its flags, or its
 * end. What a mail program does meanwhile is taken over first and never overwritten: a file that isn't as expected
 * is looked at again, and its change becomes one of the replica's.
 */
export async function push(
  account: Account,
  options: { readonly signal?: AbortSignal } = {},
): Promise<number> {
  return account.exclusive(async () => {
    let written = 0
    for (let round = 0; round < 5; round++) {
      await pushMailboxes(account)
      const result = await pushMessages(account, options.signal)
      written += result.written
      await removeMailboxes(account)
      if (!result.surprised) break
      await pullNow(account, options)
    }
    return written
  })
}

async function pushMessages(
  account: Account,
  signal: AbortSignal | undefined,
): Promise<{ written: number; surprised: boolean }> {
  const { db } = account.replica
  let written = 0
  let surprised = false
  let outcomes: Outcome[] = []
  const land = async (): Promise<void> => {
    await account.mailStore.settle()
    await noteOutcomes(account, outcomes)
    written += outcomes.length
    outcomes = []
  }
  // New appearances before removals, so that a moved message's bytes are linked and not lost.
  for (const removing of [false, true]) {
    for await (const { key } of db.list({ prefix: ['todo'] })) {
      signal?.throwIfAborted()
      const [, mailbox, guid] = key
      const message = await getMessage(db, String(guid))
      if (isLive(message) === removing) continue
      try {
        outcomes.push(await pushMessage(account, message, String(guid), String(mailbox)))
      } catch (error) {
        if (!isSurprise(error)) {
          await land()
          throw error
        }
        surprised = true
      }
      if (outcomes.length >= batchSize) await land()
    }
    await land()
  }
  return { written, surprised }
}

/** Somebody else has changed the mail store: no failure, but something to look at. */
function isSurprise(error: unknown): boolean {
  return (['MESSAGE_GONE', 'MESSAGE_CHANGED', 'MAILBOX_MISSING'] as const).some((code) =>
    hasCode(error, code),
  )
}

async function pushMessage(
  account: Account,
  message: MessageRecord | undefined,
  guid: Guid,
  mailbox: Guid,
): Promise<Outcome> {
  const { db } = account.replica
  const file = await fileOf(db, guid)
  const place = await db.get<MailboxFileRecord>(keys.mailboxFile(mailbox))
  if (!isLive(message)) {
    if (file && place) {
      if (message) await keepContent(account, message, file)
      await account.mailStore.remove(place.path, file.locator, file.flags)
    }
    return { message: guid, mailbox, file: undefined }
  }
  const content = await getContent(db, message.content)
  if (!place) throw mailboxMissing(message)
  if (!content) return { message: guid, mailbox, file }
  const fresh = { guid, flags: message.flags, internalDateMs: message.internalDateMs }
  const stale =
    !file ||
    (file.shown !== wholeFile && (content.whole || isComplete(content) || file.shown < content.progress))
  if (stale) {
    const shown = await showContent(account, content, fresh, place.path, file)
    if (shown) {
      const { locator, landed } = shown
      const placed: PlacedFile = { message: guid, mailbox, locator, flags: message.flags, shown: shown.shown }
      return { message: guid, mailbox, file: placed, ...(landed && { landed }) }
    }
    if (content.whole) return { message: guid, mailbox, file, lost: content.id }
  }
  if (file && !equalFlags(file.flags, message.flags)) {
    await account.mailStore.setFlags(place.path, file.locator, file.flags, message.flags)
    return { message: guid, mailbox, file: { ...file, flags: message.flags } }
  }
  return { message: guid, mailbox, file }
}

async function noteOutcomes(account: Account, outcomes: readonly Outcome[]): Promise<void> {
  if (outcomes.length === 0) return
  const { db } = account.replica
  await db.transact(async (tx) => {
    for (const { message, mailbox, file, landed, lost } of outcomes) {
      if (lost !== undefined) {
        await noteFileGone(tx, lost)
        if (account.replica.hasUpstream) tx.put(keys.expected(lost), true)
        tx.delete(keys.todo(mailbox, message))
        continue
      }
      if (file) await placeFile(tx, file)
      else await removeFile(tx, message)
      const record = await getMessage(tx, message)
      if (record && !file) await noteFileGone(tx, record.content)
      const current = record && (await getContent(tx, record.content))
      const settled = !isLive(record) || !file || equalFlags(record.flags, file.flags)
      const shown =
        !isLive(record) || !current || !file || file.shown === wholeFile || file.shown >= current.progress
      if (settled && shown) tx.delete(keys.todo(mailbox, message))
      if (!landed || !current) continue
      putContent(tx, { ...current, whole: true, held: [] })
      tx.delete(keys.expected(current.id))
      for await (const { key } of tx.list({ prefix: ['wanted', current.id] })) tx.delete(key)
      for (const blob of blobsOf(current)) await deleteBlob(tx, blob)
      // Other messages of the same content can now show it whole too.
      for (const twin of await messagesOf(tx, current.id))
        if (twin.guid !== message && isLive(twin)) tx.put(keys.todo(twin.mailbox, twin.guid), true)
    }
  })
}

/** Somebody has taken the mailbox away since it was made: the next round makes it again, or learns that it was deleted. */
function mailboxMissing(message: MessageRecord): PacketboatError {
  return new PacketboatError(
    'MAILBOX_MISSING',
    `The mailbox of message ${message.guid} is not in the mail store.`,
    'Run packetboat sync again: it is made there first.',
  )
}
