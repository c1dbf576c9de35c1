import type { Change } from '../../replica/change.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import type { Guid } from '../../replica/model.js'
import { type FoundProblem, type KnownProblem, listProblems } from '../../replica/problems.js'
import type { FileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import type { Account, HeedingEvictions } from '../account.js'
import { adoptFlags, adoptOpened } from '../adopt/adopt-flags.js'
import { compareNumbering } from '../adopt/adopt-uid.js'
import {
  countGone,
  keepStandIns,
  leaveMissing,
  standInsMissing,
  takeVanished,
} from '../adopt/adopt-vanished.js'
import { adoptVanishedMailbox } from '../adopt/adopt-vanished-mailbox.js'
import { type MailboxScan, scanOfNothing } from '../adopt/mailbox-scan.js'
import { type Movements, movementsOf } from '../adopt/movements.js'
import { isDue } from '../error-scope.js'
import { isEmptied } from '../policy/guard.js'
import { rankedMailboxes } from '../policy/mailbox-order.js'
import type { Window } from '../policy/window.js'
import { noteProblems } from './note-problems.js'
import { scanMailbox } from './scan-mailbox.js'
import type { AttachedMailbox } from './scan-mailboxes.js'
import { scanMailboxes } from './scan-mailboxes.js'
import { shareOf, takeFresh } from './take-fresh.js'
import type { TriedMessages } from './tried-messages.js'

export interface ScanOptions {
  readonly signal?: AbortSignal
  /** About so many new messages are read, the most useful first. Where there are more, nothing is taken for gone. Default: all. */
  readonly most?: number
  /** What an earlier slice has tried in vain, which is not tried again: this one adds to it. */
  readonly tried?: TriedMessages
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
  const { attached, vanished, unreadable, beside } = await scanMailboxes(account, options)
  const allow = options.allow ?? []
  const known = await listProblems(account.replica.db, 'read')
  const found = await lookThrough(account, attached, known, options)
  const { scans, isWhole } = found
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
  for (const scan of scans) await takeFresh(account, scan, movements, { ...options, onTaken })
  // What is missing may lie in what hasn't been read.
  if (!isWhole) for (const scan of scans) leaveMissing(scan, movements)
  await spareEvicted(evictions, [...scans, ...lost], movements)
  const emptied = isWhole && (await isSideEmptied(account, movements))
  const unsure = [...problems, ...scans.flatMap((scan) => scan.problems)].some(
    ({ problem }) => !problem.harmless,
  )
  const heldBack: HeldBack[] = []
  for (const scan of scans) {
    changes += scan.reflagged.length
    await adoptFlags(account, scan)
    await adoptOpened(account, scan)
    if (unsure) await keepStandIns(account.replica.db, scan, movements)
    const held = await takeVanished(account, scan, movements, { allow, emptied, isWhole })
    // What is held back isn't taken over.
    if (held) heldBack.push(held)
    else changes += scan.vanished.size
  }
  for (const scan of lost) {
    const { mailbox } = scan
    // Their bytes would go with the mailbox, and they may lie where nobody can look now.
    if (unsure && (await standInsMissing(account.replica.db, scan, movements)).length > 0) continue
    const held = await adoptVanishedMailbox(account, mailbox, { allow, emptied, movedTo: movements.movedTo })
    if (held) heldBack.push(held)
  }
  const ofNote = (await evictions?.settle(seen)) ?? []
  const all = [...problems, ...scans.flatMap((scan) => scan.problems), ...beside, ...ofNote]
  await noteProblems(account, known, all, { unscanned, scans, tried: options.tried })
  account.sight.clear = true
  return { changes, heldBack, isWhole }
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

/** What the mailboxes of a mail store have come to. */
interface Looked {
  readonly scans: readonly MailboxScan[]
  readonly problems: readonly FoundProblem[]
  /** Mailboxes of which nothing new can be said. */
  readonly unscanned: readonly Guid[]
  /** Mailboxes of which all is known. */
  readonly seen: readonly Guid[]
  /** Nothing new is left to be read. */
  readonly isWhole: boolean
}

/** Compares each mailbox in which something has changed with what was seen of it last, and chooses what of it is read now. */
async function lookThrough(
  account: Account,
  attached: readonly AttachedMailbox[],
  known: readonly KnownProblem[],
  options: ScanOptions,
): Promise<Looked> {
  const scans: MailboxScan[] = []
  const problems: FoundProblem[] = []
  const unscanned: Guid[] = []
  const seen: Guid[] = []
  let most = await mostNow(account, options)
  let isWhole = true
  const problemsIn = byMailbox(known)
  for (const mailbox of await inOrder(account, attached, most)) {
    const its = problemsIn.get(mailbox.guid) ?? []
    const isPutOff = most <= 0 && isUnread(mailbox)
    if (isPutOff || !isToBeScanned(account, mailbox, its)) {
      unscanned.push(mailbox.guid)
      if (isPutOff) isWhole = false
      else if (!its.some(({ item }) => item === '')) seen.push(mailbox.guid)
      continue
    }
    options.signal?.throwIfAborted()
    const { scan, problem } = await scanMailbox(account, mailbox, its, options)
    if (problem) problems.push(problem)
    if (!scan) {
      unscanned.push(mailbox.guid)
      continue
    }
    await adoptNumberingOf(account, scan)
    scan.share = await shareOf(account, scan, most)
    const { left } = scan.share
    most -= scan.fresh.length - left
    if (left > 0) isWhole = false
    if (left > 0) scan.waits = true
    if (scan.isSeen) seen.push(mailbox.guid)
    scans.push(scan)
  }
  return { scans, problems, unscanned, seen, isWhole }
}

function byMailbox(known: readonly KnownProblem[]): ReadonlyMap<string, readonly KnownProblem[]> {
  const found = new Map<string, KnownProblem[]>()
  for (const each of known) {
    const its = found.get(each.mailbox)
    if (its) its.push(each)
    else found.set(each.mailbox, [each])
  }
  return found
}

/**
 * Who has an upstream compares all of its mail with what is there. And where files may lie that were written before this process began, all are
 * looked at before more is written: else one could be written twice.
 */
async function mostNow(
  { replica, sight }: Account,
  { most = Number.POSITIVE_INFINITY }: ScanOptions,
): Promise<number> {
  const mayLeave = !replica.hasUpstream && (sight.clear || !(await tables.todo.any(replica.db)))
  return mayLeave ? most : Number.POSITIVE_INFINITY
}

/** Nobody has looked into it yet, or not all that was found has been read. */
const isUnread = ({ seenToken = '' }: AttachedMailbox): boolean => seenToken === ''

/** Where not all may be read: first those that were read before, in which little is new, then the newest of each. */
async function inOrder(
  { replica }: Account,
  attached: readonly AttachedMailbox[],
  most: number,
): Promise<readonly AttachedMailbox[]> {
  if (most === Number.POSITIVE_INFINITY) return attached
  const ranked = (await rankedMailboxes(replica, [])).map(({ mailbox }) => mailbox.guid)
  const rank = new Map(ranked.map((guid, at) => [guid, at]))
  const begun = new Set<Guid>()
  for await (const { key } of tables.unread.list(replica.db)) begun.add(key[0])
  const rankOf = (mailbox: AttachedMailbox): number =>
    ranked.length * (Number(isUnread(mailbox)) + Number(begun.has(mailbox.guid))) +
    (rank.get(mailbox.guid) ?? ranked.length)
  return [...attached].sort((a, b) => rankOf(a) - rankOf(b))
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

async function adoptNumberingOf({ replica }: Account, { mailbox, numbering }: MailboxScan): Promise<void> {
  if (!numbering) return
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    await compareNumbering(change, mailbox, numbering)
  })
}
