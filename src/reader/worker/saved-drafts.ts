import { currentName } from '../../replica/ids/current-name.js'
import { listMailboxes, mailboxAt } from '../../replica/mailboxes.js'
import { type Guid, type MailboxPath, pathText } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../../sync/account.js'
import { isDrafts } from '../../sync/policy/guard.js'
import type { Draft } from '../port.js'
import { changeMailStore, findStanding, pathOf } from './file-acts.js'
import { type DraftRecord, ownTables } from './own-tables.js'

/** Drafts that lie among the drafts: what can be done about them without writing one. */

/** The draft that a message shows, if it was begun here. */
export async function draftOf(account: Account, message: Guid): Promise<Draft | undefined> {
  const { db } = account.replica
  for await (const { value } of ownTables.draft.list(db)) {
    const saved = await savedMessage(account, value)
    if (saved !== undefined && (await currentName(db, saved)) === message) return value.draft
  }
  return undefined
}

export async function discardDraft(account: Account, id: string): Promise<void> {
  const { db } = account.replica
  const record = await ownTables.draft.get(db, id)
  const saved = record && (await savedMessage(account, record))
  if (saved !== undefined) await removeSaved(account, saved)
  await db.transact(async (tx) => ownTables.draft.delete(tx, id))
  await db.store.flush?.()
}

/** Takes from the drafts what waits to be sent: whoever queued it was killed before that. */
export async function discardQueued(account: Account): Promise<void> {
  const { db } = account.replica
  const queued: string[] = []
  for await (const { key } of ownTables.outgoing.list(db))
    if (await ownTables.draft.has(db, key[0])) queued.push(key[0])
  for (const id of queued) await discardDraft(account, id)
}

/** The message that shows a draft: the last that was written, even if the browser was killed before that was noted. */
export async function savedMessage(
  account: Account,
  { message, saving }: DraftRecord,
): Promise<Guid | undefined> {
  const path = saving === undefined ? undefined : await draftsPath(account)
  if (!path) return message
  const { messages } = await account.mailStore.messages(path)
  const written = messages.find(({ guid }) => guid === saving)
  return (written && (await messageAt(account, path, written.locator))) ?? message
}

export async function messageAt(
  account: Account,
  path: MailboxPath,
  locator: string,
): Promise<Guid | undefined> {
  const { db } = account.replica
  const mailbox = await mailboxAt(db, path)
  return mailbox && (await tables.file.get(db, mailbox.guid, locator))?.message
}

async function removeSaved(account: Account, message: Guid): Promise<void> {
  const path = await draftsPath(account)
  if (!path) return
  await changeMailStore(account, new Set([pathText(path)]), async () => {
    const [standing] = await findStanding(account, [message])
    // It has been filed elsewhere by now, so it is no draft.
    if (!standing || pathText(standing.path) !== pathText(path)) return
    await account.mailStore.remove(path, standing.file.locator, standing.file.flags)
  })
}

export async function draftsPath(account: Account): Promise<MailboxPath | undefined> {
  const mailbox = (await listMailboxes(account.replica.db)).find(isDrafts)
  return mailbox && pathOf(account, mailbox.guid)
}
