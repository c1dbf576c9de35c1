import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Change } from '../../replica/change.js'
import {
  createMailbox,
  freePath,
  getMailbox,
  isElsewhere,
  mailboxAt,
  renameMailbox,
  subscribeMailbox,
} from '../../replica/mailboxes.js'
import { type Guid, pathKey, pathText, samePath } from '../../replica/model.js'
import { type FoundProblem, problemOf } from '../../replica/problems.js'
import type { MailboxFileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import type { StoreMailbox } from '../mail-store.js'
import { mailboxFiles, namesOf } from './known-mailboxes.js'
import { findMisleading } from './misleading-identities.js'

/** A mailbox as it stands in the mail store, tied to the replica's. */
export interface AttachedMailbox {
  readonly guid: Guid
  readonly store: StoreMailbox
  /** The token of the listing that the replica has worked in. */
  readonly seenToken: string | undefined
}

/**
 * Takes over what was done to mailboxes in the mail store: made, renamed, deleted, subscribed. A mailbox is
 * recognised by its name, else by its identity. A missing one is looked for twice before it counts as
 * vanished; `adoptVanishedMailbox` deals with those once it is known where their messages have gone. One that
 * can't be read counts as unchanged, and is named in the result.
 */
export async function scanMailboxes(
  account: Account,
  { signal }: { readonly signal?: AbortSignal },
): Promise<ScannedMailboxes> {
  const { replica, mailStore } = account
  const before = await mailboxFiles(replica.db)
  const first = await mailStore.mailboxes(signal)
  const all = isMissing(before, first) ? await mailStore.mailboxes(signal) : first
  const stores = all.filter(({ unreadable }) => unreadable === undefined)
  if (!all.some((store) => pathText(store.path) === 'INBOX'))
    throw new PacketboatError(
      'MAILSTORE_GONE',
      'The mail store has no INBOX: perhaps its disk is not mounted.',
      'Nothing was changed. Check the path of the mail store, then sync again.',
    )
  const misleading = await findMisleading(account, all, before)
  const identities = new Set(stores.filter((store) => !misleading.has(store)).map(({ identity }) => identity))
  const pulled = await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    const files = await mailboxFiles(tx)
    const unreadable = setApart(all, files)
    const { byIdentity, byPath } = namesOf(files)
    const present = new Set(stores.map((store) => pathText(store.path)))
    const attached: AttachedMailbox[] = []
    for (const store of stores) {
      // The identity finds a mailbox that was renamed, even to a name that another one had. The name finds
      // one that was restored, unless it now stands under another name.
      const named = byPath.get(pathText(store.path))
      const stands = named !== undefined && identities.has(files.get(named)?.identity ?? store.identity)
      const renamed = misleading.has(store) ? undefined : byIdentity.get(store.identity)
      const known = renamed ?? (stands ? undefined : named)
      const guid = await takeMailbox(change, store, known, present)
      // What was seen of a mailbox that another one has taken the place of says nothing about this one.
      const before = files.get(guid)
      attached.push({
        guid,
        store,
        seenToken: before?.identity === store.identity ? before.token : undefined,
      })
      files.delete(guid)
      byIdentity.delete(store.identity)
      const { path, identity } = store
      const subscribed = isSubscribed(store, before)
      const file: MailboxFileRecord = { ...before, path, identity, subscribed, token: before?.token ?? '' }
      const replaced = before !== undefined && before.identity !== identity
      tables.mailboxFile.put(tx, guid, { ...file, ...(replaced && { replaced }) })
    }
    // Names that were taken when their turn came, and are free now that all have been seen.
    for (const { guid, store } of attached) await settleName(change, guid, store)
    return { attached, missing: [...files], unreadable }
  })
  return {
    ...pulled,
    ...(await confirmVanished(account, pulled)),
    beside: unknownSubscriptions(stores),
  }
}

/** What the mail store's mailboxes have come to. */
export interface ScannedMailboxes {
  readonly attached: readonly AttachedMailbox[]
  /** Positively gone. */
  readonly vanished: readonly Guid[]
  readonly unreadable: readonly FoundProblem[]
  /** What can't be told of mailboxes that are seen whole. */
  readonly beside: readonly FoundProblem[]
  /** `false`: an earlier slice has listed them, and these are those that it left. */
  readonly areAll?: false
}

/** Takes mailboxes that can't be looked into out of those that are compared: what is known of them stands. */
function setApart(all: readonly StoreMailbox[], files: Map<Guid, MailboxFileRecord>): FoundProblem[] {
  const problems: FoundProblem[] = []
  const { byIdentity, byPath } = namesOf(files)
  const present = new Set(all.map(({ path }) => pathText(path)))
  // One whose name is still there wasn't renamed: its disk has numbered its folders anew.
  const renamedTo = (identity: string): Guid | undefined => {
    const guid = identity === '' ? undefined : byIdentity.get(identity)
    const file = guid === undefined ? undefined : files.get(guid)
    return file && !present.has(pathText(file.path)) ? guid : undefined
  }
  for (const { path, identity, unreadable } of all) {
    if (!unreadable) continue
    const name = pathText(path)
    const guid = [renamedTo(identity), name === '' ? undefined : byPath.get(name)].find(
      (each) => each !== undefined && files.has(each),
    )
    if (guid !== undefined) files.delete(guid)
    const problem = problemOf(unreadable, { mailbox: name })
    problems.push({ mailbox: guid ?? name, item: '', problem })
  }
  return problems
}

/**
 * Mailboxes that are no longer listed. They are gone only if the mail store confirms it, and if none of the
 * unknown mailboxes that can't be read may be the missing one.
 */
async function confirmVanished(
  { mailStore }: Account,
  pulled: {
    readonly missing: readonly (readonly [Guid, MailboxFileRecord])[]
    readonly unreadable: readonly FoundProblem[]
    readonly attached: readonly AttachedMailbox[]
  },
): Promise<Pick<ScannedMailboxes, 'vanished' | 'unreadable'>> {
  const vanished: Guid[] = []
  const unreadable = [...pulled.unreadable]
  const identities = new Set(pulled.attached.map(({ store }) => store.identity))
  const taken = new Set(pulled.attached.map(({ store }) => pathKey(store.path)))
  const strange = pulled.unreadable.find(({ mailbox, problem }) => mailbox === problem.mailbox)
  for (const [guid, file] of pulled.missing) {
    const name = pathText(file.path)
    // Its identity is another mailbox's by now, and says nothing of it.
    const place = identities.has(file.identity) ? { ...file, identity: '' } : file
    const replaced = taken.has(pathKey(file.path))
    const gone = replaced || (strange === undefined && (await mailStore.confirmMailboxGone(place)))
    if (gone) vanished.push(guid)
    else
      unreadable.push({
        mailbox: guid,
        item: '',
        problem: problemOf(notSeen(name, strange), { mailbox: name }),
      })
  }
  return { vanished, unreadable }
}

function notSeen(name: string, strange: FoundProblem | undefined): PacketboatError {
  return new PacketboatError(
    'MAILBOX_UNREADABLE',
    strange === undefined
      ? `The mailbox ${name} isn't shown now, but may still exist.`
      : `The mailbox ${name} isn't shown now. It may be ${strange.problem.mailbox}, which can't be read.`,
    'Nothing of it was deleted on the other side. Put it back, or make it readable, then sync again.',
  )
}

/** Whether the mailbox is subscribed: as before, where the mail store can't tell now. */
function isSubscribed({ subscribed }: StoreMailbox, before: MailboxFileRecord | undefined): boolean {
  return typeof subscribed === 'boolean' ? subscribed : (before?.subscribed ?? true)
}

/** One problem, however many mailboxes can't be told to be subscribed or not. No mail is affected. */
function unknownSubscriptions(stores: readonly StoreMailbox[]): FoundProblem[] {
  const error = stores.map(({ subscribed }) => subscribed).find((each) => typeof each !== 'boolean')
  if (error === undefined) return []
  const item = 'subscriptions'
  const { code, message, next } = error
  const words = new PacketboatError(
    code,
    `packetboat can't tell which mailboxes are subscribed: ${message}`,
    next,
  )
  return [{ mailbox: '', item, problem: problemOf(words, { mailbox: '', item }) }]
}

async function settleName(change: Change, guid: Guid, store: StoreMailbox): Promise<void> {
  const mailbox = await getMailbox(change.tx, guid)
  if (!mailbox || mailbox.deleted || samePath(mailbox.path, store.path)) return
  if (await tables.todoMailbox.get(change.tx, guid)) return
  const path = await freePath(change.tx, store.path, guid)
  if (samePath(path, store.path)) await renameMailbox(change, mailbox, path)
}

/** When something seems to be missing, a second listing decides: the first may have run beside a rename. */
function isMissing(files: ReadonlyMap<Guid, MailboxFileRecord>, listed: readonly StoreMailbox[]): boolean {
  const present = new Set(listed.map(({ path }) => pathText(path)))
  return [...files.values()].some(({ path }) => !present.has(pathText(path)))
}

async function takeMailbox(
  change: Change,
  store: StoreMailbox,
  known: Guid | undefined,
  present: ReadonlySet<string>,
): Promise<Guid> {
  const { tx } = change
  const record = known === undefined ? undefined : await getMailbox(tx, known)
  if (!record || record.deleted) {
    const isWaiting = record && (await tables.todoMailbox.get(tx, record.guid))
    // It was to go, and couldn't yet: whatever has its name with us has still to be made, and takes over nothing of it.
    if (isWaiting && (await tables.mailboxFile.get(tx, record.guid))?.identity === store.identity)
      return record.guid
    // Somebody made it anew, or it is the one that the replica is about to make there.
    const same = await mailboxAt(tx, store.path)
    const elsewhere = same && (await tables.mailboxFile.get(tx, same.guid))
    if (
      same &&
      !(elsewhere && !samePath(elsewhere.path, store.path) && present.has(pathText(elsewhere.path)))
    )
      return same.guid
    if (isWaiting) return record.guid
    const { path, specialUse } = store
    const subscribed = isSubscribed(store, undefined)
    // The one that has this name with us is about to get it in the mail store too: this one is another, and steps aside.
    const free = await freePath(tx, path)
    const made = await createMailbox(change, {
      path: free,
      subscribed,
      ...(store.guid !== undefined && !(await getMailbox(tx, store.guid)) && { guid: store.guid }),
      ...(specialUse !== undefined && { specialUse }),
    })
    if (!samePath(free, path)) tables.todoMailbox.put(tx, made.guid, true)
    return made.guid
  }
  const file = await tables.mailboxFile.get(tx, record.guid)
  if (file && pathText(file.path) !== pathText(store.path) && isElsewhere(record, store.path))
    await renameMailbox(change, record, await freePath(tx, store.path, record.guid))
  const current = (await getMailbox(tx, record.guid)) ?? record
  const subscribed = isSubscribed(store, file)
  if (file && file.subscribed !== subscribed) await subscribeMailbox(change, current, subscribed)
  return record.guid
}
