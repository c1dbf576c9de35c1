import type { Change } from '../../replica/change.js'
import { removeFile } from '../../replica/files.js'
import { getMailbox, listMailboxes } from '../../replica/mailboxes.js'
import { expungeMessage, getMessage } from '../../replica/messages.js'
import { type Guid, pathText } from '../../replica/model.js'
import {
  type FoundProblem,
  type KnownProblem,
  listProblems,
  problemOf,
  replaceProblems,
} from '../../replica/problems.js'
import { type FileRecord, substituteFile, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import type { Account } from '../account.js'
import { noteFileGone } from '../content/content-access.js'
import { isDue, isOfOneItem } from '../error-scope.js'
import type { StoreMessage } from '../mail-store.js'
import { isEmptied } from '../policy/guard.js'
import { adoptFile } from './adopt-file.js'
import { adoptFlags, adoptOpened } from './adopt-flags.js'
import { adoptNumbering, compareNumbering } from './adopt-uid.js'
import { isFetchAsked, takeFetchKeyword, withoutFetchKeyword } from './fetch-keyword.js'
import { judgeMissing } from './hold-back.js'
import { noteContentId } from './identify-file.js'
import { identifyFiles } from './identify-files.js'
import { type Look, type Movements, scanMailbox } from './scan-mailbox.js'
import { type AttachedMailbox, adoptVanishedMailbox, scanMailboxes } from './scan-mailboxes.js'
import { liftSubstitute, takeUnreadable } from './substitute.js'
import { beginExpunge, isSynchronous } from './synchronous-expunge.js'

/** Files are taken over this many at a time: bounds what a crash repeats and how long a transaction lasts. */
const batchSize = 64

export interface ScanOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (messages: number) => void
  /** Patterns of mailboxes from which any number of messages may have gone. */
  readonly allow?: readonly string[]
}

export interface ScanReport {
  /** Things that had changed. */
  readonly changes: number
  /** Mailboxes from which more had gone than the guard lets through: nothing of that was taken over. */
  readonly heldBack: readonly HeldBack[]
  // What can't be read now is in the records (`replica/problems.ts`).
}

/**
 * Takes over what was done in the mail store since the last scan: a three-way comparison of what was seen last, what is there
 * now, and what the replica holds. Costs directory times when nothing has changed.
 */
export async function scanMailStore(account: Account, options: ScanOptions = {}): Promise<ScanReport> {
  return account.exclusive(() => scanNow(account, options))
}

/** The same for callers that hold the account's queue already. */
export async function scanNow(account: Account, options: ScanOptions = {}): Promise<ScanReport> {
  const { attached, vanished, unreadable, beside } = await scanMailboxes(account, options)
  const allow = options.allow ?? []
  const looks: Look[] = []
  const problems = [...unreadable]
  const known = await listProblems(account.replica.db, 'read')
  /** Mailboxes of which nothing new can be said. */
  const unlooked = new Set<string>(unreadable.map(({ mailbox }) => mailbox))
  for (const mailbox of attached) {
    const its = known.filter((each) => each.mailbox === mailbox.guid)
    if (!isToBeScanned(account, mailbox, its)) {
      unlooked.add(mailbox.guid)
      continue
    }
    options.signal?.throwIfAborted()
    const { look, problem } = await scanMailbox(account, mailbox, its, options.signal)
    if (look) looks.push(look)
    else unlooked.add(mailbox.guid)
    if (problem) problems.push(problem)
  }
  await meetNumberings(account, looks)
  const lost: Look[] = []
  for (const mailbox of vanished) lost.push(await lookAtVanished(account, mailbox))
  const movements: Movements = { looks: [...looks, ...lost], movedTo: new Map() }
  let changes = 0
  for (const look of looks) changes += await takeFresh(account, look, movements, options, changes)
  const emptied = await isSideEmptied(account, movements)
  const unsure = [...problems, ...looks.flatMap((look) => look.problems)].some(
    ({ problem }) => !problem.harmless,
  )
  const heldBack: HeldBack[] = []
  for (const look of looks) {
    changes += look.reflagged.length
    await adoptFlags(account, look)
    await adoptOpened(account, look)
    if (unsure) keepStandIns(look, movements)
    const held = await takeVanished(account, look, movements, { allow, emptied })
    // What is held back isn't taken over.
    if (held) heldBack.push(held)
    else changes += look.vanished.size
  }
  for (const { mailbox } of lost) {
    const held = await adoptVanishedMailbox(account, mailbox, { allow, emptied, movedTo: movements.movedTo })
    if (held) heldBack.push(held)
  }
  for (const look of looks) problems.push(...look.problems)
  problems.push(...beside)
  await noteProblems(account, known, problems, { unlooked, looks })
  return { changes, heldBack }
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
  { unlooked, looks }: { readonly unlooked: ReadonlySet<string>; readonly looks: readonly Look[] },
): Promise<void> {
  if (known.length === 0 && found.length === 0) return
  const nowMs = replica.now()
  const there = new Map(looks.map((look) => [look.mailbox, look.present]))
  const keeps = ({ mailbox, item, record }: KnownProblem): boolean =>
    unlooked.has(mailbox) ||
    (item !== '' && !isDue(record, nowMs, mailStore) && (there.get(mailbox)?.(item) ?? false))
  await replica.db.transact((tx) => replaceProblems(tx, 'read', found, { nowMs, keeps }))
}

/** A mailbox that is no longer there: all that was in it has gone, perhaps to another one. */
async function lookAtVanished({ replica }: Account, mailbox: Guid): Promise<Look> {
  const { path = [] } = (await tables.mailboxFile.get(replica.db, mailbox)) ?? {}
  const vanished = new Map<Guid, FileRecord>()
  for await (const { value } of tables.file.list(replica.db, [mailbox])) vanished.set(value.message, value)
  const nothing = { numbering: undefined, fresh: [], reflagged: [], opened: [], doubted: false, problems: [] }
  return { mailbox, path, token: '', files: vanished.size, vanished, present: () => false, ...nothing }
}

function countGone({ vanished }: Look, { movedTo }: Movements): number {
  return [...vanished.keys()].filter((guid) => !movedTo.has(guid)).length
}

async function isSideEmptied({ replica, guard }: Account, movements: Movements): Promise<boolean> {
  const looked = new Map(movements.looks.map((look) => [look.mailbox, look]))
  if (!movements.looks.some(({ vanished }) => vanished.size > 0)) return false
  const counts = []
  for (const mailbox of await listMailboxes(replica.db)) {
    const look = looked.get(mailbox.guid)
    const of = look?.files ?? Number(await tables.file.any(replica.db, [mailbox.guid]))
    counts.push({ ...mailbox, gone: look ? countGone(look, movements) : 0, of })
  }
  return isEmptied(guard, counts)
}

async function meetNumberings({ replica }: Account, looks: readonly Look[]): Promise<void> {
  if (!looks.some(({ numbering }) => numbering)) return
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    for (const { mailbox, numbering } of looks)
      if (numbering) await compareNumbering(change, mailbox, numbering)
  })
}

async function takeFresh(
  account: Account,
  look: Look,
  movements: Movements,
  options: ScanOptions,
  before: number,
): Promise<number> {
  const { replica } = account
  let taken = 0
  // Files that we wrote before we died: once noted, a power cut that takes them back would look like somebody removing them.
  if (look.fresh.some(({ guid }) => guid !== undefined) && !(await settleOrTell(account, look))) return 0
  for (let at = 0; at < look.fresh.length; at += batchSize) {
    options.signal?.throwIfAborted()
    const { identified: batch, failed } = await identifyFiles(
      account,
      look.path,
      look.fresh.slice(at, at + batchSize),
      { ...(options.signal && { signal: options.signal }) },
    )
    for (const { message, error } of failed) {
      const found = messageProblem(look, message, error)
      look.problems.push(found)
      await takeUnreadable(account, look, message, found.problem)
    }
    await replica.db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
      for (const { message, file } of batch) {
        const asked = isFetchAsked(account, message)
        const now = asked ? withoutFetchKeyword(message) : message
        const before = await tables.file.get(tx, look.mailbox, message.locator)
        if (before?.shown === substituteFile) await liftSubstitute(change, look, movements, now, file, before)
        else await adoptFile(change, look, movements, now, file)
        if (asked) await takeFetchKeyword(change, look.mailbox, message)
        await noteContentId(tx, look.mailbox, message)
      }
    })
    taken += batch.length
    options.onProgress?.(before + taken)
  }
  return taken
}

/** Makes durable what an earlier run wrote there. Where that can't be done, the mailbox waits: its files aren't noted. */
async function settleOrTell({ mailStore }: Account, look: Look): Promise<boolean> {
  try {
    await mailStore.flush([look.path])
    return true
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    for (const message of look.fresh) look.problems.push(messageProblem(look, message, error))
    return false
  }
}

function messageProblem({ mailbox, path }: Look, { locator }: StoreMessage, error: unknown): FoundProblem {
  const problem = problemOf(error, { mailbox: pathText(path), item: locator })
  return { mailbox, item: locator, problem }
}

/**
 * Not all of the mail store can be seen now. A whole message that was moved out of sight has its bytes there and comes back with them; of a
 * stand-in they are only upstream, so it isn't said to be gone before all can be seen.
 */
function keepStandIns(look: Look, { movedTo }: Movements): void {
  for (const [guid, file] of look.vanished) {
    if (file.shown === wholeFile || file.shown === substituteFile || movedTo.has(guid)) continue
    look.vanished.delete(guid)
    look.waits = true
  }
}

/** Returns what was held back instead. */
async function takeVanished(
  account: Account,
  look: Look,
  movements: Movements,
  { allow, emptied }: { readonly allow: readonly string[]; readonly emptied: boolean },
): Promise<HeldBack | undefined> {
  const { replica } = account
  return replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    const mailbox = await getMailbox(tx, look.mailbox)
    const gone = countGone(look, movements)
    const before = await tables.mailboxFile.get(tx, look.mailbox)
    // What could not be seen last time, and isn't there now that all can be: only a person can say that it was deleted.
    const doubted = before?.doubted === true
    const held =
      mailbox &&
      (await judgeMissing(
        change,
        account.guard,
        { mailbox, where: 'here', gone, of: look.files, emptied: emptied || doubted },
        allow,
      ))
    const synchronous = isSynchronous(account, mailbox)
    for (const [guid, file] of look.vanished) {
      const movedTo = movements.movedTo.get(guid)
      if (held && movedTo === undefined) continue
      const message = await getMessage(tx, guid)
      await removeFile(tx, guid)
      tables.trashed.delete(tx, guid)
      if (message) await noteFileGone(tx, message.content)
      if (message && synchronous && movedTo === undefined && (await beginExpunge(change, message, file)))
        continue
      if (message)
        await expungeMessage(change, message, { base: file.flags, ...(movedTo !== undefined && { movedTo }) })
    }
    const record = await tables.mailboxFile.get(tx, look.mailbox)
    // As long as something is held back or out of sight, the next look begins where this one did.
    if (record) {
      const { numbering: _, doubted: __, ...rest } = record
      const { numbering } = look
      const token = held || look.doubted || look.waits ? '' : look.token
      tables.mailboxFile.put(tx, look.mailbox, {
        ...rest,
        token,
        ...(numbering && { numbering }),
        ...(look.doubted && { doubted: true }),
      })
      if (numbering) await adoptNumbering(change, look.mailbox, numbering)
    }
    return held
  })
}
