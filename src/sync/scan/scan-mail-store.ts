import { listMailboxes, mailboxAt } from '../../replica/mailboxes.js'
import type { Guid } from '../../replica/model.js'
import { type KnownProblem, listProblems } from '../../replica/problems.js'
import type { FileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import type { Account, HeedingEvictions } from '../account.js'
import { adoptFlags, adoptOpened } from '../adopt/adopt-flags.js'
import { countGone, keepStandIns, leaveMissing, takeVanished } from '../adopt/adopt-vanished.js'
import { adoptVanishedMailbox } from '../adopt/adopt-vanished-mailbox.js'
import { type MailboxScan, scanOfNothing } from '../adopt/mailbox-scan.js'
import { type Movements, movementsOf } from '../adopt/movements.js'
import { isEmptied } from '../policy/guard.js'
import type { Window } from '../policy/window.js'
import { lookThrough } from './look-through.js'
import { noteFirstProblems, noteProblems } from './note-problems.js'
import { scanMailboxes } from './scan-mailboxes.js'
import type { Slices } from './slices.js'
import { takeFresh } from './take-fresh.js'

export interface ScanOptions {
  readonly signal?: AbortSignal
  /** About so many new messages are read, the most useful first. Where there are more, nothing is taken for gone. Default: all. */
  readonly most?: number
  /** For one look of several slices: what the earlier ones have listed isn't listed again, nor tried what they have tried in vain. */
  readonly slices?: Slices
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
  /** Nothing new is left to be read. */
  readonly isWhole: boolean
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
  const { slices, ...others } = options
  const all = await (slices?.mailboxes(account, options) ?? scanMailboxes(account, options))
  const { attached, vanished, unreadable, areAll = true } = all
  const allow = options.allow ?? []
  const known = await problemsBefore(account, slices)
  const how = { ...others, tried: slices?.tried }
  const found = await lookThrough(account, attached, known, how)
  const { scans } = found
  const isWhole = areAll && found.left.length === 0
  const problems = [...unreadable, ...found.problems]
  /** Mailboxes of which nothing new can be said. */
  const unscanned = new Set([...unreadable.map(({ mailbox }) => mailbox), ...found.unscanned])
  /** Mailboxes of which all is known. */
  const seen = new Set([...vanished, ...found.seen])
  const lost: MailboxScan[] = []
  if (isWhole) for (const mailbox of vanished) lost.push(await scanVanished(account, mailbox))
  const movements = movementsOf(account.replica.db, [...scans, ...lost])
  let changes = 0
  const onTaken = (messages: number): void => {
    changes += messages
    options.onProgress?.(changes)
  }
  for (const scan of scans) await takeFresh(account, scan, movements, { ...how, onTaken })
  // Before the mailboxes count as looked at: whoever stops between the two finds nothing new in them, and no problem.
  await noteFirstProblems(account, known, scans)
  // What is missing may lie in what hasn't been read.
  const doubtful = isWhole ? [] : scans.filter((scan) => leaveMissing(scan, movements))
  slices?.leave(attached, found.left, doubtful)
  const missing = new Set(doubtful.map(({ mailbox }) => mailbox))
  account.sight.missing = missing
  if (isWhole) await slices?.findMoved(account, movements)
  await spareEvicted(evictions, [...scans, ...lost], movements)
  const emptied = isWhole && (await isSideEmptied(account, movements))
  // Asked before INBOX is taken over, with which that is forgotten.
  const replaced = await isInboxReplaced(account)
  const unsure = [...problems, ...scans.flatMap((scan) => scan.problems)].some(
    ({ problem }) => !problem.harmless,
  )
  const keepsStandIns = async (scan: MailboxScan): Promise<boolean> => {
    const keeps = unsure && (await keepStandIns(account.replica.db, scan, movements))
    if (keeps) missing.add(scan.mailbox)
    return keeps
  }
  const heldBack: HeldBack[] = []
  for (const scan of scans) {
    changes += scan.reflagged.length
    await adoptFlags(account, scan)
    await adoptOpened(account, scan)
    await keepsStandIns(scan)
    const held = await takeVanished(account, scan, movements, { allow, emptied, isWhole })
    // What is held back isn't taken over.
    if (held) heldBack.push(held)
    else changes += scan.vanished.size
  }
  for (const scan of lost) {
    const { mailbox } = scan
    // Their bytes would go with the mailbox, and they may lie where nobody can look now.
    if (await keepsStandIns(scan)) continue
    const how = { allow, emptied, replaced, movedTo: movements.movedTo }
    const held = await adoptVanishedMailbox(account, mailbox, how)
    if (held) heldBack.push(held)
  }
  const ofNote = (await evictions?.settle(seen)) ?? []
  const noted = [...problems, ...scans.flatMap((scan) => scan.problems), ...all.beside, ...ofNote]
  const stand = await noteProblems(account, known, noted, { unscanned, scans, areAll, tried: how.tried })
  if (slices) slices.problems = stand
  account.sight.clear = true
  return { changes, heldBack, isWhole }
}

/** What couldn't be read at the last look. A slice knows it of the one before: listing it each time would take with the square of it. */
async function problemsBefore(
  { replica }: Account,
  slices: Slices | undefined,
): Promise<readonly KnownProblem[]> {
  return slices?.problems ?? (await listProblems(replica.db, 'read'))
}

async function spareEvicted(
  evictions: HeedingEvictions | undefined,
  scans: readonly MailboxScan[],
  movements: Movements,
): Promise<void> {
  for (const scan of scans) await evictions?.spare(scan, movements)
}

/** A mailbox that is no longer there: all that was in it has gone, perhaps to another one. */
async function scanVanished({ replica }: Account, mailbox: Guid): Promise<MailboxScan> {
  const { path = [] } = (await tables.mailboxFile.get(replica.db, mailbox)) ?? {}
  const vanished = new Map<Guid, FileRecord>()
  for await (const { value } of tables.file.list(replica.db, [mailbox])) vanished.set(value.message, value)
  return scanOfNothing({ mailbox, path, files: vanished.size, vanished, isSeen: true })
}

async function isInboxReplaced({ replica: { db } }: Account): Promise<boolean> {
  const inbox = await mailboxAt(db, ['INBOX'])
  return inbox !== undefined && (await tables.mailboxFile.get(db, inbox.guid))?.replaced === true
}

async function isSideEmptied({ replica, guard }: Account, movements: Movements): Promise<boolean> {
  const scanByMailbox = new Map(movements.scans.map((scan) => [scan.mailbox, scan]))
  if (!movements.scans.some(({ vanished }) => vanished.size > 0)) return false
  const counts = []
  for (const mailbox of await listMailboxes(replica.db)) {
    const scan = scanByMailbox.get(mailbox.guid)
    const of = scan?.files ?? Number(await tables.file.any(replica.db, [mailbox.guid]))
    const file = await tables.mailboxFile.get(replica.db, mailbox.guid)
    const replaced = file?.replaced === true
    counts.push({ ...mailbox, gone: scan ? countGone(scan, movements) : 0, of, replaced })
  }
  return isEmptied(guard, counts)
}
