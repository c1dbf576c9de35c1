import type { Change } from '../../replica/change.js'
import { KeptNumbers, keepNumbers } from '../../replica/ids/kept-numbers.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { type MailboxPath, pathText } from '../../replica/model.js'
import { type FoundProblem, problemOf } from '../../replica/problems.js'
import type { UnreadRecord } from '../../replica/records.js'
import { substituteFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { adoptFile } from '../adopt/adopt-file.js'
import { isShared } from '../adopt/adopt-uid.js'
import { isFetchAsked, takeFetchKeyword, withoutFetchKeyword } from '../adopt/fetch-keyword.js'
import { type IdentifiedFile, noteContentId } from '../adopt/identified-file.js'
import type { MailboxScan, Share } from '../adopt/mailbox-scan.js'
import type { Movements } from '../adopt/movements.js'
import { takeRewritten } from '../adopt/rewritten.js'
import { liftSubstitute, putSubstitute, type Substitute, writeSubstitute } from '../adopt/substitute.js'
import { Unfiled } from '../adopt/unfiled.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import type { StoreMessage } from '../mail-store.js'
import { type IdentifyOptions, identifyFile } from './identify-file.js'
import type { TriedMessages } from './tried-messages.js'

/** Files are taken over this many at a time: bounds what a crash repeats and how long a transaction lasts. */
const batchSize = 64

export interface TakeOptions {
  readonly signal?: AbortSignal
  readonly tried?: TriedMessages | undefined
  /** Hears how many have been taken over. */
  readonly onTaken: (messages: number) => void
}

/** Takes over the share of a mailbox's new files that was chosen. */
export async function takeFresh(
  account: Account,
  scan: MailboxScan,
  movements: Movements,
  options: TakeOptions,
): Promise<void> {
  const { share } = scan
  if (!share) return
  // Files that we wrote before we died: once noted, a power cut that takes them back would look like somebody removing them.
  const ours = [...share.again, ...share.arrived, ...share.older].filter(({ guid }) => guid !== undefined)
  if (ours.length > 0 && !(await flushOrReport(account, scan))) return
  await takeFiles(account, scan, movements, [...share.again, ...share.arrived], options)
  if (share.kept) scan.kept = share.kept
  await takeFiles(account, scan, movements, share.older, options)
  delete scan.kept
  if (share.kept && share.left === 0)
    await account.replica.db.transact(async (tx) => tables.unread.delete(tx, scan.mailbox))
}

async function takeFiles(
  account: Account,
  scan: MailboxScan,
  movements: Movements,
  files: readonly StoreMessage[],
  options: TakeOptions,
): Promise<void> {
  const { replica } = account
  const unfiled = new Unfiled(scan.mailbox)
  for (let at = 0; at < files.length; at += batchSize) {
    options.signal?.throwIfAborted()
    const {
      identified: batch,
      failed,
      changed,
    } = await identifyFiles(account, scan.path, files.slice(at, at + batchSize), {
      ...(options.signal && { signal: options.signal }),
    })
    // Where a program wrote into a file its folder looks as it did: the mailbox is looked at again all the same.
    if (changed.length > 0) scan.waits = true
    for (const { locator } of changed) options.tried?.add(scan.mailbox, locator)
    const substitutes: Substitute[] = []
    for (const { message, error } of failed) {
      const found = messageProblem(scan, message, error)
      scan.problems.push(found)
      options.tried?.add(scan.mailbox, message.locator)
      const written = await writeSubstitute(account, scan, message, found.problem)
      if (written) substitutes.push(written)
    }
    if (batch.length + substitutes.length === 0) continue
    await replica.db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
      for (const each of substitutes) await putSubstitute(change, scan, each)
      await unfiled.catchUp(tx)
      for (const { message, file } of batch) {
        const asked = isFetchAsked(account, message)
        // Of a stand-in of which nothing is known yet it is kept until the upstream says what it stands for.
        const now = asked && file.kind !== 'unknown-stand-in' ? withoutFetchKeyword(message) : message
        const before = await tables.file.get(tx, scan.mailbox, message.locator)
        const arrival = { change, scan, movements, unfiled, now }
        if (before?.shown === substituteFile) await liftSubstitute(arrival, file, before)
        else if (before) await takeRewritten(arrival, file, before)
        else await adoptFile(arrival, file)
        if (asked) await takeFetchKeyword(change, scan.mailbox, message)
        await noteContentId(tx, scan.mailbox, message)
      }
    })
    options.onTaken(batch.length)
  }
}

/** Makes durable what an earlier run wrote there. Where that can't be done, the mailbox waits: its files aren't noted. */
async function flushOrReport({ mailStore }: Account, scan: MailboxScan): Promise<boolean> {
  try {
    await mailStore.flush([scan.path])
    return true
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    for (const message of [...scan.again, ...scan.fresh])
      scan.problems.push(messageProblem(scan, message, error))
    return false
  }
}

function messageProblem(
  { mailbox, path }: MailboxScan,
  { locator }: StoreMessage,
  error: unknown,
): FoundProblem {
  const problem = problemOf(error, { mailbox: pathText(path), item: locator })
  return { mailbox, item: locator, problem }
}

interface Identified {
  readonly message: StoreMessage
  readonly file: IdentifiedFile
}

/** What a batch of files turned out to be, what can't be read now, and what others changed meanwhile. */
interface IdentifiedBatch {
  readonly identified: readonly Identified[]
  readonly failed: readonly { readonly message: StoreMessage; readonly error: unknown }[]
  readonly changed: readonly StoreMessage[]
}

/** Big messages of one size that came together may be one content: only when they are read can that be told. */
async function identifyFiles(
  account: Account,
  path: MailboxPath,
  messages: readonly StoreMessage[],
  options: IdentifyOptions,
): Promise<IdentifiedBatch> {
  const first = await readFiles(account, path, messages, options)
  const sizes = first.identified.flatMap(({ file }) => (file.kind === 'message' ? [file.skeleton.size] : []))
  const isTwin = ({ file }: Identified): boolean =>
    file.kind === 'message' &&
    file.digest === undefined &&
    file.known === undefined &&
    sizes.filter((size) => size === file.skeleton.size).length > 1
  const twins = first.identified.filter(isTwin).map(({ message }) => message)
  if (twins.length === 0) return first
  const read = await readFiles(account, path, twins, { ...options, whole: true })
  const identified = first.identified.flatMap((each) =>
    isTwin(each) ? read.identified.filter(({ message }) => message === each.message) : [each],
  )
  return {
    identified,
    failed: [...first.failed, ...read.failed],
    changed: [...first.changed, ...read.changed],
  }
}

/** Reads some messages side by side: a store that isn't on this machine gives many in one answer. */
async function readFiles(
  account: Account,
  path: MailboxPath,
  messages: readonly StoreMessage[],
  options: IdentifyOptions,
): Promise<IdentifiedBatch> {
  const read = await Promise.allSettled(
    messages.map((message) => identifyFile(account, path, message, options)),
  )
  const identified: Identified[] = []
  const failed: { message: StoreMessage; error: unknown }[] = []
  const changed: StoreMessage[] = []
  for (const [at, message] of messages.entries()) {
    const one = read[at]
    if (one?.status === 'fulfilled') identified.push({ message, file: one.value })
    else if (isConcurrentChange(one?.reason)) changed.push(message)
    else if (options.signal?.aborted || !isOfOneItem(one?.reason)) throw one?.reason
    else failed.push({ message, error: one?.reason })
  }
  return { identified, failed, changed }
}

/** The newest messages of each mailbox are read before older ones of any: so many of it in a slice. */
const shareOfOne = { inbox: 256, other: 64 }

/** A mailbox has more to be read than this fraction of it: it is read in as many slices at the most, since each lists all of it. */
const mostSlices = 16

/**
 * The newest of a mailbox's new files, no more than `most` or what is a mailbox's share: for the rest numbers
 * are kept. And all that couldn't be read before: most of it can't be now, which is soon found out, and each
 * slice would list it.
 */
export async function shareOf({ replica: { db } }: Account, scan: MailboxScan, most: number): Promise<Share> {
  const { fresh, again, mailbox } = scan
  const known = await tables.unread.get(db, mailbox)
  const limit = limitOf(scan, most)
  if (!known && fresh.length <= limit) return { arrived: fresh, older: [], again, left: 0 }
  const record = known ?? (await db.transact((tx) => keepFor(tx, scan)))
  const numbered = Math.min(fresh.length, record.to - record.from)
  const size = Math.max(limit, Math.ceil(fresh.length / mostSlices))
  const arrived = fresh.slice(numbered, numbered + size)
  const older = fresh.slice(Math.max(0, numbered - (size - arrived.length)), numbered).reverse()
  const left = fresh.length - arrived.length - older.length
  return { arrived, older, again, kept: new KeptNumbers(mailbox, record), left }
}

function limitOf({ path }: MailboxScan, most: number): number {
  if (most === Number.POSITIVE_INFINITY) return most
  return Math.max(0, Math.min(most, shareOfOne[pathText(path) === 'INBOX' ? 'inbox' : 'other']))
}

async function keepFor(tx: Transaction, { mailbox, fresh, numbering }: MailboxScan): Promise<UnreadRecord> {
  const given = isShared(await getMailbox(tx, mailbox), numbering) ? numbering?.uidNext : undefined
  return keepNumbers(tx, mailbox, fresh.length, given)
}
