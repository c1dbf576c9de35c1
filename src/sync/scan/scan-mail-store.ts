import type { Change } from '../../replica/change.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { type Guid, pathText } from '../../replica/model.js'
import {
  type FoundProblem,
  type KnownProblem,
  listProblems,
  problemOf,
  replaceProblems,
} from '../../replica/problems.js'
import { type FileRecord, substituteFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import type { Account, HeedingEvictions } from '../account.js'
import { isDue, isOfOneItem } from '../error-scope.js'
import type { StoreMessage } from '../mail-store.js'
import { isEmptied } from '../policy/guard.js'
import type { Window } from '../policy/window.js'
import { adoptFile } from './adopt-file.js'
import { adoptFlags, adoptOpened } from './adopt-flags.js'
import { compareNumbering } from './adopt-uid.js'
import { countGone, keepStandIns, takeVanished } from './adopt-vanished.js'
import { adoptVanishedMailbox } from './adopt-vanished-mailbox.js'
import { isFetchAsked, takeFetchKeyword, withoutFetchKeyword } from './fetch-keyword.js'
import { noteContentId } from './identify-file.js'
import { identifyFiles } from './identify-files.js'
import { type Movements, movementsOf, Unfiled } from './same-content.js'
import { type MailboxScan, scanMailbox } from './scan-mailbox.js'
import { type AttachedMailbox, scanMailboxes } from './scan-mailboxes.js'
import { liftSubstitute, takeUnreadable } from './substitute.js'

/** Files are taken over this many at a time: bounds what a crash repeats and how long a transaction lasts. */
const batchSize = 64

export interface ScanOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (messages: number) => void
  /** Patterns of mailboxes from which any number of messages may have gone. */
  readonly allow?: readonly string[]
  /** What this replica holds of each mailbox by the rules of this run. */
  readonly windows?: readonly Window[]
}

export interface ScanReport {
  /** Things that had changed. */
  readonly changes: number
  /** Mailboxes from which more had gone than the guard lets through: nothing of that was taken over. */
  readonly heldBack: readonly HeldBack[]
  // What can't be read now is in the records (`replica/problems.ts`).
}

/**
 * Takes over what was done in the mail store since the last scan, by comparing three states: what was seen
 * last, what is there now, and what the replica holds. Costs only a look at directory times when nothing has
 * changed.
 */
export async function scanMailStore(account: Account, options: ScanOptions = {}): Promise<ScanReport> {
  return account.exclusive(() => scanNow(account, options))
}

/** The same for callers that hold the account's queue already. */
export async function scanNow(account: Account, options: ScanOptions = {}): Promise<ScanReport> {
  const { windows = account.windows ?? [] } = options
  const evictions = await account.diskWork?.heedEvictions(account, windows)
  await account.hitMailboxes?.returnStrays(account)
  const { attached, vanished, unreadable, beside } = await scanMailboxes(account, options)
  const allow = options.allow ?? []
  const scans: MailboxScan[] = []
  const problems = [...unreadable]
  const known = await listProblems(account.replica.db, 'read')
  /** Mailboxes of which nothing new can be said. */
  const unscanned = new Set<string>(unreadable.map(({ mailbox }) => mailbox))
  /** Mailboxes of which all is known. */
  const seen = new Set<Guid>(vanished)
  for (const mailbox of attached) {
    const its = known.filter((each) => each.mailbox === mailbox.guid)
    if (!isToBeScanned(account, mailbox, its)) {
      unscanned.add(mailbox.guid)
      if (!its.some(({ item }) => item === '')) seen.add(mailbox.guid)
      continue
    }
    options.signal?.throwIfAborted()
    const { scan, problem } = await scanMailbox(account, mailbox, its, options.signal)
    if (scan) scans.push(scan)
    else unscanned.add(mailbox.guid)
    if (scan?.isSeen) seen.add(mailbox.guid)
    if (problem) problems.push(problem)
  }
  await adoptNumberings(account, scans)
  const lost: MailboxScan[] = []
  for (const mailbox of vanished) lost.push(await scanVanished(account, mailbox))
  const movements = movementsOf(account.replica.db, [...scans, ...lost])
  let changes = 0
  for (const scan of scans) changes += await takeFresh(account, scan, movements, options, changes)
  await spareEvicted(evictions, [...scans, ...lost], movements)
  const emptied = await isSideEmptied(account, movements)
  const unsure = [...problems, ...scans.flatMap((scan) => scan.problems)].some(
    ({ problem }) => !problem.harmless,
  )
  const heldBack: HeldBack[] = []
  for (const scan of scans) {
    changes += scan.reflagged.length
    await adoptFlags(account, scan)
    await adoptOpened(account, scan)
    if (unsure) keepStandIns(scan, movements)
    const held = await takeVanished(account, scan, movements, { allow, emptied })
    // What is held back isn't taken over.
    if (held) heldBack.push(held)
    else changes += scan.vanished.size
  }
  for (const { mailbox } of lost) {
    const held = await adoptVanishedMailbox(account, mailbox, { allow, emptied, movedTo: movements.movedTo })
    if (held) heldBack.push(held)
  }
  const ofNote = (await evictions?.settle(seen)) ?? []
  const all = [...problems, ...scans.flatMap((scan) => scan.problems), ...beside, ...ofNote]
  await noteProblems(account, known, all, { unscanned, scans })
  account.sight.clear = true
  return { changes, heldBack }
}

async function spareEvicted(
  evictions: HeedingEvictions | undefined,
  scans: readonly MailboxScan[],
  movements: Movements,
): Promise<void> {
  for (const scan of scans) await evictions?.spare(scan, movements)
}

/** Something has changed in it since it was last taken over, or something of it couldn't be read then and is tried again. */
function isToBeScanned(
  { mailStore, replica }: Account,
  { seenToken, store }: AttachedMailbox,
  problems: readonly KnownProblem[],
): boolean {
  const due = ({ record }: KnownProblem): boolean => isDue(record, replica.now(), mailStore)
  const failed = problems.find(({ item }) => item === '')
  if (failed) return due(failed)
  return seenToken !== store.token || problems.some((each) => !each.record.harmless && due(each))
}

/** What can't be read now, instead of what couldn't before; what wasn't looked for stays. */
async function noteProblems(
  { mailStore, replica }: Account,
  known: readonly KnownProblem[],
  found: readonly FoundProblem[],
  { unscanned, scans }: { readonly unscanned: ReadonlySet<string>; readonly scans: readonly MailboxScan[] },
): Promise<void> {
  if (known.length === 0 && found.length === 0) return
  const nowMs = replica.now()
  const there = new Map(scans.map((scan) => [scan.mailbox, scan.present]))
  const keeps = ({ mailbox, item, record }: KnownProblem): boolean =>
    unscanned.has(mailbox) ||
    (item !== '' && !isDue(record, nowMs, mailStore) && (there.get(mailbox)?.(item) ?? false))
  await replica.db.transact((tx) => replaceProblems(tx, 'read', found, { nowMs, keeps }))
}

/** A mailbox that is no longer there: all that was in it has gone, perhaps to another one. */
async function scanVanished({ replica }: Account, mailbox: Guid): Promise<MailboxScan> {
  const { path = [] } = (await tables.mailboxFile.get(replica.db, mailbox)) ?? {}
  const vanished = new Map<Guid, FileRecord>()
  for await (const { value } of tables.file.list(replica.db, [mailbox])) vanished.set(value.message, value)
  const nothing = {
    numbering: undefined,
    fresh: [],
    reflagged: [],
    opened: [],
    doubted: false,
    isSeen: true,
    problems: [],
  }
  return { mailbox, path, token: '', files: vanished.size, vanished, present: () => false, ...nothing }
}

async function isSideEmptied({ replica, guard }: Account, movements: Movements): Promise<boolean> {
  const scanByMailbox = new Map(movements.scans.map((scan) => [scan.mailbox, scan]))
  if (!movements.scans.some(({ vanished }) => vanished.size > 0)) return false
  const counts = []
  for (const mailbox of await listMailboxes(replica.db)) {
    const scan = scanByMailbox.get(mailbox.guid)
    const of = scan?.files ?? Number(await tables.file.any(replica.db, [mailbox.guid]))
    counts.push({ ...mailbox, gone: scan ? countGone(scan, movements) : 0, of })
  }
  return isEmptied(guard, counts)
}

async function adoptNumberings({ replica }: Account, scans: readonly MailboxScan[]): Promise<void> {
  if (!scans.some(({ numbering }) => numbering)) return
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    for (const { mailbox, numbering } of scans)
      if (numbering) await compareNumbering(change, mailbox, numbering)
  })
}

async function takeFresh(
  account: Account,
  scan: MailboxScan,
  movements: Movements,
  options: ScanOptions,
  before: number,
): Promise<number> {
  const { replica } = account
  let taken = 0
  // Files that we wrote before we died: once noted, a power cut that takes them back would look like somebody removing them.
  if (scan.fresh.some(({ guid }) => guid !== undefined) && !(await flushOrReport(account, scan))) return 0
  const unfiled = new Unfiled(scan.mailbox)
  for (let at = 0; at < scan.fresh.length; at += batchSize) {
    options.signal?.throwIfAborted()
    const { identified: batch, failed } = await identifyFiles(
      account,
      scan.path,
      scan.fresh.slice(at, at + batchSize),
      { ...(options.signal && { signal: options.signal }) },
    )
    for (const { message, error } of failed) {
      const found = messageProblem(scan, message, error)
      scan.problems.push(found)
      await takeUnreadable(account, scan, message, found.problem)
    }
    await replica.db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
      await unfiled.catchUp(tx)
      for (const { message, file } of batch) {
        const asked = isFetchAsked(account, message)
        // Of a stand-in of which nothing is known yet it is kept until the upstream says what it stands for.
        const now = asked && file.kind !== 'unknown-stand-in' ? withoutFetchKeyword(message) : message
        const before = await tables.file.get(tx, scan.mailbox, message.locator)
        if (before?.shown === substituteFile) await liftSubstitute(change, scan, movements, now, file, before)
        else await adoptFile(change, scan, movements, now, file, unfiled)
        if (asked) await takeFetchKeyword(change, scan.mailbox, message)
        await noteContentId(tx, scan.mailbox, message)
      }
    })
    taken += batch.length
    options.onProgress?.(before + taken)
  }
  return taken
}

/** Makes durable what an earlier run wrote there. Where that can't be done, the mailbox waits: its files aren't noted. */
async function flushOrReport({ mailStore }: Account, scan: MailboxScan): Promise<boolean> {
  try {
    await mailStore.flush([scan.path])
    return true
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    for (const message of scan.fresh) scan.problems.push(messageProblem(scan, message, error))
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
