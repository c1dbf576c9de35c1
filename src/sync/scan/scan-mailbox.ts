import type { Digest } from '../../bytes/hash.js'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { getContent } from '../../replica/content/contents.js'
import { equalFlags, toFlags } from '../../replica/flags.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage } from '../../replica/messages.js'
import { type Flags, type Guid, type MailboxPath, pathText } from '../../replica/model.js'
import { type FoundProblem, type KnownProblem, problemOf } from '../../replica/problems.js'
import { type FileRecord, type MailboxRecord, substituteFile, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { maxUid } from '../../wire/values.js'
import type { Account } from '../account.js'
import { isAdoptable, isShared } from '../adopt/adopt-uid.js'
import { isFetchAsked } from '../adopt/fetch-keyword.js'
import type { MailboxScan } from '../adopt/mailbox-scan.js'
import { digestOf } from '../content/content-access.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import type { StoreListing, StoreMessage } from '../mail-store.js'
import type { AttachedMailbox } from './scan-mailboxes.js'
import { isTriedNow, type TriedMessages } from './tried-messages.js'

interface LookOptions {
  readonly signal?: AbortSignal
  readonly tried?: TriedMessages | undefined
}

/** What came of looking at a mailbox: nothing when it has just been deleted or renamed; the problem, when it can't be looked into. */
export type ScanResult = { readonly scan?: MailboxScan; readonly problem?: FoundProblem }

/**
 * @param problems those that its messages had when it was last looked at
 * @param options `tried` isn't tried again
 */
export async function scanMailbox(
  account: Account,
  mailbox: AttachedMailbox,
  problems: readonly KnownProblem[],
  options: LookOptions,
): Promise<ScanResult> {
  try {
    return { scan: await compareMailbox(account, mailbox, problems, options) }
  } catch (error) {
    // Deleted or renamed since it was listed a moment ago: the next scan sees what became of it.
    if (hasCode(error, 'MAILBOX_MISSING')) return {}
    if (!isOfOneItem(error)) throw error
    const place = { mailbox: mailbox.guid, item: '' }
    return { problem: { ...place, problem: problemOf(error, { mailbox: pathText(mailbox.store.path) }) } }
  }
}

async function compareMailbox(
  account: Account,
  mailbox: AttachedMailbox,
  problems: readonly KnownProblem[],
  { signal, tried }: LookOptions,
): Promise<MailboxScan> {
  const { mailStore, replica } = account
  const { path } = mailbox.store
  const record = await getMailbox(replica.db, mailbox.guid)
  const waiting = new Map(
    problems.filter((known) => !isTriedNow(account, known, tried)).map((known) => [known.item, known]),
  )
  // What couldn't be read is asked for again: it is in no list of changes.
  const since = problems.length > waiting.size ? undefined : mailbox.seenToken
  const known = new Map<string, FileRecord>()
  for await (const { key, value } of tables.file.list(replica.db, [mailbox.guid])) known.set(key[1], value)
  const scan = await mailStore.messages(path, {
    ...(since !== undefined && since !== '' && { since }),
    known: new Set([...known.keys(), ...waiting.keys()].filter((locator) => locator !== '')),
    ...(signal && { signal }),
  })
  const listing = sharedOnly(account, record, scan)
  const files = known.size
  const stood = new Set([...known].flatMap(([name, { shown }]) => (shown === substituteFile ? [] : [name])))
  const listed = new Set(listing.messages.map(({ locator }) => locator))
  const { found, rewritten } = await readAgain(account, mailbox, {
    problems: problems.filter(({ item }) => !waiting.has(item) && stood.has(item) && listed.has(item)),
    known,
    signal,
  })
  const isTried = (locator: string): boolean => tried?.has(mailbox.guid, locator) === true
  const changed = sortListed(account, listing, { known, waiting, isTried, rewritten })
  const name = pathText(path)
  for (const { locator, error, harmless } of listing.unreadable ?? []) {
    const where = { mailbox: name, item: locator, ...(harmless && { harmless }) }
    found.push({ mailbox: mailbox.guid, item: locator, problem: problemOf(error, where) })
    known.delete(locator)
  }
  const { stands } = listing
  const missing = stands ? [...known.keys()].filter((locator) => !stands(locator)) : [...known.keys()]
  const partial = missing.length > 0 ? listing.partial : await completed(listing)
  if (partial) found.push({ mailbox: mailbox.guid, item: '', problem: problemOf(partial, { mailbox: name }) })
  const { gone, full } = partial ? { gone: [] } : await confirmGone(account, path, missing)
  if (full) found.push({ mailbox: mailbox.guid, item: '', problem: problemOf(full, { mailbox: name }) })
  const vanished = new Map<Guid, FileRecord>()
  for (const locator of gone) {
    const file = known.get(locator)
    if (file) vanished.set(file.message, file)
  }
  // UIDs are taken over in the order in which they were given.
  for (const files of [changed.again, changed.fresh])
    files.sort((a, b) => (a.uid ?? maxUid) - (b.uid ?? maxUid))
  const { token, numbering } = listing
  return {
    mailbox: mailbox.guid,
    path,
    token,
    numbering,
    files,
    ...changed,
    ...(full && { waits: true }),
    vanished,
    doubted: partial !== undefined && missing.length > 0,
    isSeen: gone.length === missing.length,
    problems: found,
    present: (locator) => listed.has(locator) || (stands?.(locator) ?? false),
  }
}

/** Which of these are gone; none on a disk that is too full even to be looked at under a lock. */
async function confirmGone(
  { mailStore }: Account,
  path: MailboxPath,
  missing: readonly string[],
): Promise<{ readonly gone: readonly string[]; readonly full?: PacketboatError }> {
  if (missing.length === 0) return { gone: [] }
  try {
    return { gone: await mailStore.confirmGone(path, missing) }
  } catch (error) {
    if (error instanceof PacketboatError && error.code === 'DISK_FULL') return { gone: [], full: error }
    throw error
  }
}

interface Changed extends Pick<MailboxScan, 'reflagged' | 'opened' | 'waits'> {
  readonly fresh: StoreMessage[]
  readonly again: StoreMessage[]
}

/** Sorts what a listing shows by what has become of it, and takes out of the known files those that it shows. */
function sortListed(
  account: Account,
  listing: StoreListing,
  {
    known,
    waiting,
    isTried,
    rewritten,
  }: {
    readonly known: Map<string, FileRecord>
    readonly waiting: ReadonlyMap<string, KnownProblem>
    /** By an earlier slice, in vain. */
    readonly isTried: (locator: string) => boolean
    readonly rewritten: ReadonlySet<string>
  },
): Changed {
  let waits = false
  const fresh: StoreMessage[] = []
  const again: StoreMessage[] = []
  const reflagged: { file: FileRecord; now: StoreMessage }[] = []
  const opened: { file: FileRecord; now: StoreMessage }[] = []
  for (const message of listing.messages) {
    const file = known.get(message.locator)
    if (!file && waiting.has(message.locator)) continue
    if (!file && isTried(message.locator)) {
      waits = true
      continue
    }
    const now = file ? keepUnheldFlags(listing, file, message) : message
    if (!file) fresh.push(now)
    else if (isReflagged(account, file, now)) reflagged.push({ file, now })
    else if (file.recent && !now.recent) opened.push({ file, now })
    if (file?.shown === substituteFile) {
      if (!waiting.has(now.locator)) again.push(now)
    } else if (file && rewritten.has(now.locator)) fresh.push(now)
    known.delete(now.locator)
  }
  return { fresh, again, reflagged, opened, waits }
}

function isReflagged(account: Account, file: FileRecord, now: StoreMessage): boolean {
  return (
    !equalFlags(file.flags, now.flags) ||
    (now.uid !== undefined && file.uid !== now.uid) ||
    isFetchAsked(account, now)
  )
}

/** These stand as they did, and what was asked of them failed: only reading them can tell whether they are well again, and what they were. */
async function readAgain(
  account: Account,
  { guid, store: { path } }: AttachedMailbox,
  {
    problems,
    known,
    signal,
  }: {
    readonly problems: readonly KnownProblem[]
    readonly known: ReadonlyMap<string, FileRecord>
    readonly signal: AbortSignal | undefined
  },
): Promise<{ readonly found: FoundProblem[]; readonly rewritten: ReadonlySet<string> }> {
  const found: FoundProblem[] = []
  const rewritten = new Set<string>()
  for (const { item, record } of problems) {
    if (record.harmless) continue
    const { error, digest } = await readToEnd(account, path, item, signal)
    const where = { mailbox: pathText(path), item }
    if (error !== undefined) found.push({ mailbox: guid, item, problem: problemOf(error, where) })
    const before = await digestBefore(account.replica.db, known.get(item))
    if (digest !== undefined && before !== undefined && digest !== before) rewritten.add(item)
  }
  return { found, rewritten }
}

/** What the bytes of a file were when they were read first, where it shows a whole message. */
async function digestBefore(reader: Reader, file: FileRecord | undefined): Promise<Digest | undefined> {
  const message = file?.shown === wholeFile ? await getMessage(reader, file.message) : undefined
  return message && (await getContent(reader, message.content))?.digest
}

/** Why not all of a mailbox can be seen, in which nothing that is known is missing. Nothing, where it can be made whole. */
async function completed({ partial, complete }: StoreListing): Promise<PacketboatError | undefined> {
  if (!partial || !complete) return partial
  try {
    await complete()
    return undefined
  } catch (error) {
    if (isOfOneItem(error)) return partial
    throw error
  }
}

/** Reads a message to its end. Gives what names its bytes, or what came in the way; neither, when somebody has changed it meanwhile. */
async function readToEnd(
  account: Account,
  path: MailboxPath,
  locator: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly error?: unknown; readonly digest?: Digest }> {
  try {
    const content = await account.mailStore.open(path, locator)
    try {
      return { digest: await digestOf(account, content, signal) }
    } finally {
      await content.close()
    }
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return isConcurrentChange(error) ? {} : { error }
  }
}

/**
 * Flags that the mailbox can't hold keep the replica's value: their absence means nothing. So does a
 * keyword's spelling where the mailbox ignores case.
 */
function keepUnheldFlags(listing: StoreListing, { flags }: FileRecord, now: StoreMessage): StoreMessage {
  const unheld = listing.holds ? flags.filter((flag) => !listing.holds?.(flag)) : []
  const held = listing.foldsKeywords ? spelledAs(flags, now.flags) : now.flags
  return unheld.length === 0 && held === now.flags ? now : { ...now, flags: toFlags([...held, ...unheld]) }
}

/** Flags as they are known. In linear time: a mail server may show as many keywords as it likes. */
function spelledAs(known: Flags, flags: Flags): Flags {
  const spellings = new Map<string, string[]>()
  for (const flag of known) {
    const key = flag.toLowerCase()
    spellings.set(key, [...(spellings.get(key) ?? []), flag])
  }
  return toFlags(flags.flatMap((flag) => spellings.get(flag.toLowerCase()) ?? [flag]))
}

/** UIDs count only where they mean the same on all replicas. */
function sharedOnly(
  account: Account,
  mailbox: MailboxRecord | undefined,
  listing: StoreListing,
): StoreListing {
  if (!listing.numbering || isShared(mailbox, listing.numbering)) return listing
  if (isAdoptable(account, mailbox, listing.numbering)) return listing
  return { ...listing, messages: listing.messages.map(({ uid: _, ...message }) => message) }
}
