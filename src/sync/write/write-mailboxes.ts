import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { type Guid, type MailboxPath, pathKey, pathText, samePath } from '../../replica/model.js'
import type { MailboxFileRecord, MailboxRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import type { MailStore, StoreMailbox } from '../mail-store.js'
import type { WriteProblems } from './write-problems.js'

/** Makes, renames and subscribes mailboxes in the mail store as the replica has them. One that can't be stays to be done, and is named. */
export async function writeMailboxes(
  account: Account,
  problems: WriteProblems,
  signal?: AbortSignal,
): Promise<void> {
  const todo = await todoMailboxes(account)
  const places = todo.length > 0 ? await placesOf(account) : new Map<string, Guid>()
  for (const mailbox of todo) {
    signal?.throwIfAborted()
    if (mailbox.deleted || problems.waits(mailbox.guid, '')) continue
    try {
      await pushMailbox(account, mailbox, places)
    } catch (error) {
      // Somebody has just taken it away, or made one of that name: the next scan sees that, and this stays to be done.
      if (hasCode(error, 'MAILBOX_MISSING') || hasCode(error, 'MAILBOX_EXISTS')) continue
      if (!isOfOneItem(error)) throw error
      problems.addMailbox(mailbox, error)
      continue
    }
    await account.replica.db.transact(async (tx) => {
      // An exchange beside this one may have given it another name meanwhile.
      const now = await getMailbox(tx, mailbox.guid)
      const done =
        !now || (!now.deleted && samePath(now.path, mailbox.path) && now.subscribed === mailbox.subscribed)
      if (done) tables.todoMailbox.delete(tx, mailbox.guid)
    })
  }
}

/** Deletes mailboxes that the replica no longer has, once their messages are gone. One with mail in it that nobody knew stays. */
export async function removeMailboxes(
  account: Account,
  problems: WriteProblems,
  signal?: AbortSignal,
): Promise<void> {
  const { replica, mailStore } = account
  for (const mailbox of await todoMailboxes(account)) {
    signal?.throwIfAborted()
    if (!mailbox.deleted || (await holdsFiles(account, mailbox.guid))) continue
    if (problems.waits(mailbox.guid, '')) continue
    const place = await tables.mailboxFile.get(replica.db, mailbox.guid)
    try {
      if (place) await mailStore.deleteMailbox(place.path)
      await mailStore.flush()
    } catch (error) {
      if (hasCode(error, 'MAILBOX_MISSING')) {
        // What only isn't shown may hold mail that was moved into it: the scan names it for as long as that lasts.
        if (place && !(await mailStore.confirmMailboxGone(place))) continue
      } else if (!hasCode(error, 'MAILBOX_NOT_EMPTY')) {
        // With new mail in it, it is a mailbox that nobody knows to the next scan, and that mail goes up as new.
        if (!isOfOneItem(error)) throw error
        problems.addMailbox(mailbox, error)
        continue
      }
    }
    await replica.db.transact(async (tx) => {
      tables.mailboxFile.delete(tx, mailbox.guid)
      // Mail may have brought it back meanwhile, in an exchange beside this one: then it has to be made again.
      const now = await getMailbox(tx, mailbox.guid)
      if (!now || now.deleted) tables.todoMailbox.delete(tx, mailbox.guid)
    })
  }
}

/** Messages of it that may not go yet. */
async function holdsFiles({ replica }: Account, mailbox: Guid): Promise<boolean> {
  return tables.file.any(replica.db, [mailbox])
}

async function todoMailboxes(account: Account): Promise<MailboxRecord[]> {
  const { db } = account.replica
  const mailboxes: MailboxRecord[] = []
  for await (const { key } of tables.todoMailbox.list(db)) {
    const mailbox = await getMailbox(db, key[0])
    if (mailbox) mailboxes.push(mailbox)
  }
  return mailboxes.sort((a, b) => a.path.length - b.path.length)
}

/** Which of our mailboxes has which name in the mail store, by that. Read once: looked for among all, each of many would cost as much as all. */
type Places = Map<string, Guid>

async function placesOf({ replica }: Account): Promise<Places> {
  const places: Places = new Map()
  for await (const { key, value } of tables.mailboxFile.list(replica.db))
    places.set(pathKey(value.path), key[0])
  return places
}

async function pushMailbox(account: Account, mailbox: MailboxRecord, places: Places): Promise<void> {
  const { replica, mailStore } = account
  const place = await tables.mailboxFile.get(replica.db, mailbox.guid)
  // Durable before it is noted: what a power cut takes back would look like somebody undoing it.
  if (!place) {
    await makeRoom(account, mailbox, places)
    const made = await makeMailbox(account, mailbox.path)
    await mailStore.flush()
    // As it stands: should the rest fail, that stays to be done.
    await note(account, mailbox.guid, { ...made, token: '', subscribed: made.subscribed === true })
    places.set(pathKey(made.path), mailbox.guid)
    return subscribe(account, mailbox)
  }
  if (!samePath(place.path, mailbox.path)) {
    await makeRoom(account, mailbox, places)
    await giveName(account, place.path, mailbox.path)
    await mailStore.flush()
    await note(account, mailbox.guid, { ...place, path: mailbox.path })
    places.delete(pathKey(place.path))
    places.set(pathKey(mailbox.path), mailbox.guid)
  }
  if (place.subscribed !== mailbox.subscribed) await subscribe(account, mailbox)
}

async function subscribe(account: Account, { guid, path, subscribed }: MailboxRecord): Promise<void> {
  await account.mailStore.setSubscribed(path, subscribed)
  const now = await tables.mailboxFile.get(account.replica.db, guid)
  if (now) await note(account, guid, { ...now, subscribed })
}

/** Another mailbox of ours that has the name still, and is to have another one or to go: it steps aside until its turn comes. */
async function makeRoom(account: Account, { guid, path }: MailboxRecord, places: Places): Promise<void> {
  const { replica, mailStore } = account
  const other = places.get(pathKey(path))
  const file =
    other === undefined || other === guid ? undefined : await tables.mailboxFile.get(replica.db, other)
  if (other === undefined || !file || !samePath(file.path, path)) return
  const aside = [...path.slice(0, -1), `${path.at(-1) ?? ''} ${other.slice(-8)}`]
  await mailStore.renameMailbox(file.path, aside)
  await mailStore.flush()
  await note(account, other, { ...file, path: aside })
  places.delete(pathKey(path))
  places.set(pathKey(aside), other)
  await replica.db.transact(async (tx) => tables.todoMailbox.put(tx, other, true))
}

/** The mailbox in the mail store; one that is there already, made just now by somebody else, is taken. */
async function makeMailbox({ mailStore }: Account, path: MailboxPath): Promise<StoreMailbox> {
  try {
    return await mailStore.createMailbox(path)
  } catch (error) {
    return await inTheWay(mailStore, path, error)
  }
}

/** One of the new name that is shown gets its name in the next scan; then this is done. */
async function giveName({ mailStore }: Account, from: MailboxPath, to: MailboxPath): Promise<void> {
  try {
    await mailStore.renameMailbox(from, to)
  } catch (error) {
    await inTheWay(mailStore, to, error)
    throw error
  }
}

/** What has this name already; it is a problem where that isn't shown: nothing can be written into it, and no scan comes across it. */
async function inTheWay(mailStore: MailStore, path: MailboxPath, error: unknown): Promise<StoreMailbox> {
  if (!hasCode(error, 'MAILBOX_EXISTS')) throw error
  const there = (await mailStore.mailboxes()).find((store) => samePath(store.path, path))
  if (there) return there
  throw new PacketboatError(
    'MAILBOX_UNREADABLE',
    `The mail store has a mailbox ${pathText(path)} that it doesn't show.`,
    'Make it visible to this account, or rename it, then sync again.',
    { cause: error },
  )
}

async function note(account: Account, mailbox: Guid, file: MailboxFileRecord): Promise<void> {
  const { path, identity, token, subscribed, numbering } = file
  await account.replica.db.transact(async (tx) =>
    tables.mailboxFile.put(tx, mailbox, {
      path,
      identity,
      token,
      subscribed,
      ...(numbering && { numbering }),
    }),
  )
}
