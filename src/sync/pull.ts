import { hasCode } from '../errors/packetboat-error.js'
import type { Change } from '../replica/change.js'
import { removeFile } from '../replica/files.js'
import { equalFlags, toFlags } from '../replica/flags.js'
import { getMailbox, listMailboxes } from '../replica/mailboxes.js'
import { expungeMessage, getMessage } from '../replica/messages.js'
import type { Guid, MailboxPath } from '../replica/model.js'
import { type FileRecord, keys, type MailboxFileRecord, type MailboxRecord } from '../replica/records.js'
import type { HeldBack } from '../wire/response-frames.js'
import { maxUid } from '../wire/values.js'
import type { Account } from './account.js'
import { noteFileGone } from './content-access.js'
import { isFetchAsked, takeFetchKeyword, withoutFetchKeyword } from './fetch-keyword.js'
import { isEmptied } from './guard.js'
import { judgeMissing } from './hold-back.js'
import { noteContentId } from './identify-file.js'
import { identifyFiles } from './identify-files.js'
import type { Numbering, StoreListing, StoreMessage } from './mail-store.js'
import { type AttachedMailbox, pullMailboxes, takeVanishedMailbox } from './pull-mailboxes.js'
import { beginExpunge, isSynchronous } from './synchronous-expunge.js'
import { takeFile } from './take-file.js'
import { takeOpened, takeReflagged } from './take-flags.js'
import { isAdoptable, isShared, meetNumbering, takeNumbering } from './take-uid.js'

/** What has changed in one mailbox of the mail store since it was last looked at. */
export interface Look {
  readonly mailbox: Guid
  readonly path: MailboxPath
  readonly token: string
  readonly numbering: Numbering | undefined
  /** How many files were known. */
  readonly files: number
  readonly fresh: readonly StoreMessage[]
  readonly reflagged: readonly { readonly file: FileRecord; readonly now: StoreMessage }[]
  /** Nothing else about them has changed, but a mail program has opened the mailbox. */
  readonly opened: readonly { readonly file: FileRecord; readonly now: StoreMessage }[]
  /** By message. Taken out when the message is found again under another name. */
  readonly vanished: Map<Guid, FileRecord>
}

/** All vanished files of a pull, and where they turned up. */
export interface Movements {
  readonly looks: readonly Look[]
  readonly movedTo: Map<Guid, Guid>
}

/** Files are taken over this many at a time: bounds what a crash repeats and how long a transaction lasts. */
const batchSize = 64

export interface PullOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (messages: number) => void
  /** Patterns of mailboxes from which any number of messages may have gone. */
  readonly allow?: readonly string[]
}

export interface PullReport {
  /** Things that had changed. */
  readonly changes: number
  /** Mailboxes from which more had gone than the guard lets through: nothing of that was taken over. */
  readonly heldBack: readonly HeldBack[]
}

/**
 * Takes over what was done in the mail store since the last pull: a three-way comparison of what was seen last, what is there
 * now, and what the replica holds. Costs directory times when nothing has changed.
 */
export async function pull(account: Account, options: PullOptions = {}): Promise<PullReport> {
  return account.exclusive(() => pullNow(account, options))
}

/** The same for callers that hold the account's queue already. */
export async function pullNow(account: Account, options: PullOptions = {}): Promise<PullReport> {
  const { attached, vanished } = await pullMailboxes(account, options)
  const allow = options.allow ?? []
  const looks: Look[] = []
  for (const mailbox of attached) {
    if (mailbox.seenToken === mailbox.store.token) continue
    options.signal?.throwIfAborted()
    const look = await lookAt(account, mailbox, options.signal)
    if (look) looks.push(look)
  }
  await meetNumberings(account, looks)
  const lost: Look[] = []
  for (const mailbox of vanished) lost.push(await lookAtVanished(account, mailbox))
  const movements: Movements = { looks: [...looks, ...lost], movedTo: new Map() }
  let changes = 0
  for (const look of looks) changes += await takeFresh(account, look, movements, options, changes)
  const emptied = await isSideEmptied(account, movements)
  const heldBack: HeldBack[] = []
  for (const look of looks) {
    changes += look.reflagged.length
    await takeReflagged(account, look)
    await takeOpened(account, look)
    const held = await takeVanished(account, look, movements, { allow, emptied })
    // What is held back isn't taken over.
    if (held) heldBack.push(held)
    else changes += look.vanished.size
  }
  for (const { mailbox } of lost) {
    const held = await takeVanishedMailbox(account, mailbox, { allow, emptied, movedTo: movements.movedTo })
    if (held) heldBack.push(held)
  }
  return { changes, heldBack }
}

/** A mailbox that is no longer there: all that was in it has gone, perhaps to another one. */
async function lookAtVanished({ replica }: Account, mailbox: Guid): Promise<Look> {
  const { path = [] } = (await replica.db.get<MailboxFileRecord>(keys.mailboxFile(mailbox))) ?? {}
  const vanished = new Map<Guid, FileRecord>()
  for await (const { value } of replica.db.list<FileRecord>({ prefix: ['file', mailbox] }))
    vanished.set(value.message, value)
  const nothing = { numbering: undefined, fresh: [], reflagged: [], opened: [] }
  return { mailbox, path, token: '', files: vanished.size, vanished, ...nothing }
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
    let of = look?.files ?? 0
    if (!look) for await (const _ of replica.db.list({ prefix: ['file', mailbox.guid] }, { limit: 1 })) of++
    counts.push({ ...mailbox, gone: look ? countGone(look, movements) : 0, of })
  }
  return isEmptied(guard, counts)
}

async function meetNumberings({ replica }: Account, looks: readonly Look[]): Promise<void> {
  if (!looks.some(({ numbering }) => numbering)) return
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    for (const { mailbox, numbering } of looks) if (numbering) await meetNumbering(change, mailbox, numbering)
  })
}

async function lookAt(
  account: Account,
  mailbox: AttachedMailbox,
  signal: AbortSignal | undefined,
): Promise<Look | undefined> {
  const { mailStore, replica } = account
  const { path } = mailbox.store
  try {
    const record = await getMailbox(replica.db, mailbox.guid)
    const since = mailbox.seenToken
    const scan = await mailStore.messages(path, {
      ...(since !== undefined && since !== '' && { since }),
      ...(signal && { signal }),
    })
    const listing = sharedOnly(account, record, scan)
    const known = new Map<string, FileRecord>()
    for await (const { key, value } of replica.db.list<FileRecord>({ prefix: ['file', mailbox.guid] }))
      known.set(String(key[2]), value)
    const files = known.size
    const fresh: StoreMessage[] = []
    const reflagged: { file: FileRecord; now: StoreMessage }[] = []
    const opened: { file: FileRecord; now: StoreMessage }[] = []
    for (const listed of listing.messages) {
      const file = known.get(listed.locator)
      const now = file ? withUnheld(listing, file, listed) : listed
      if (!file) fresh.push(now)
      else if (
        !equalFlags(file.flags, now.flags) ||
        (now.uid !== undefined && file.uid !== now.uid) ||
        isFetchAsked(account, now)
      )
        reflagged.push({ file, now })
      else if (file.recent && !now.recent) opened.push({ file, now })
      known.delete(now.locator)
    }
    const { stands } = listing
    const missing = stands ? [...known.keys()].filter((locator) => !stands(locator)) : [...known.keys()]
    const gone = missing.length === 0 ? [] : await mailStore.confirmGone(path, missing)
    const vanished = new Map<Guid, FileRecord>()
    for (const locator of gone) {
      const file = known.get(locator)
      if (file) vanished.set(file.message, file)
    }
    // UIDs are taken over in the order in which they were given.
    fresh.sort((a, b) => (a.uid ?? maxUid) - (b.uid ?? maxUid))
    const { token, numbering } = listing
    return { mailbox: mailbox.guid, path, token, numbering, files, fresh, reflagged, opened, vanished }
  } catch (error) {
    // Deleted or renamed since it was listed a moment ago: the next pull sees what became of it.
    if (hasCode(error, 'MAILBOX_MISSING')) return undefined
    throw error
  }
}

/** Flags that the mailbox can't hold are as the replica has them: that they aren't there says nothing. */
function withUnheld({ holds }: StoreListing, { flags }: FileRecord, now: StoreMessage): StoreMessage {
  const unheld = holds ? flags.filter((flag) => !holds(flag)) : []
  return unheld.length === 0 ? now : { ...now, flags: toFlags([...now.flags, ...unheld]) }
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

async function takeFresh(
  account: Account,
  look: Look,
  movements: Movements,
  options: PullOptions,
  before: number,
): Promise<number> {
  const { replica } = account
  let taken = 0
  // Files that we wrote before we died: once noted, a power cut that takes them back would look like somebody removing them.
  if (look.fresh.some(({ guid }) => guid !== undefined)) await account.mailStore.settle([look.path])
  for (let at = 0; at < look.fresh.length; at += batchSize) {
    options.signal?.throwIfAborted()
    const batch = await identifyFiles(account, look.path, look.fresh.slice(at, at + batchSize), {
      ...(options.signal && { signal: options.signal }),
    })
    await replica.db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
      for (const { message, file } of batch) {
        const asked = isFetchAsked(account, message)
        await takeFile(change, look, movements, asked ? withoutFetchKeyword(message) : message, file)
        if (asked) await takeFetchKeyword(change, look.mailbox, message)
        await noteContentId(tx, look.mailbox, message)
      }
    })
    taken += batch.length
    options.onProgress?.(before + taken)
  }
  return taken
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
    const held =
      mailbox &&
      (await judgeMissing(
        change,
        account.guard,
        { mailbox, where: 'here', gone, of: look.files, emptied },
        allow,
      ))
    const synchronous = isSynchronous(account, mailbox)
    for (const [guid, file] of look.vanished) {
      const movedTo = movements.movedTo.get(guid)
      if (held && movedTo === undefined) continue
      const message = await getMessage(tx, guid)
      await removeFile(tx, guid)
      if (message) await noteFileGone(tx, message.content)
      if (message && synchronous && movedTo === undefined && (await beginExpunge(change, message, file)))
        continue
      if (message)
        await expungeMessage(change, message, { base: file.flags, ...(movedTo !== undefined && { movedTo }) })
    }
    const record = await tx.get<MailboxFileRecord>(keys.mailboxFile(look.mailbox))
    // As long as something is held back, the next look begins where this one did.
    if (record) {
      const { numbering: _, ...rest } = record
      const { numbering } = look
      const token = held ? '' : look.token
      tx.put(keys.mailboxFile(look.mailbox), { ...rest, token, ...(numbering && { numbering }) })
      if (numbering) await takeNumbering(change, look.mailbox, numbering)
    }
    return held
  })
}
