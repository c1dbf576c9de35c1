import { type Change, journal } from '../../replica/change.js'
import { applyDelta, flagDelta } from '../../replica/flags.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { changeFlags, expungeMessage, getMessage, isLive } from '../../replica/messages.js'
import type { Flags } from '../../replica/model.js'
import { type FileRecord, type MailboxRecord, type MessageRecord, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { noteUnreadable } from '../content/content-access.js'
import { isSelected } from '../policy/selection.js'

/**
 * Mailboxes with `expunge = "synchronous"`: a message that a person expunges here comes back marked \Deleted,
 * and goes once the upstream has confirmed. Its bytes are kept under a second name meanwhile, since a mail
 * program that expunges removes the file.
 */
export function isSynchronous(account: Account, mailbox: MailboxRecord | undefined): boolean {
  const patterns = account.synchronous ?? []
  return (
    account.replica.hasUpstream &&
    mailbox !== undefined &&
    patterns.length > 0 &&
    isSelected(patterns, mailbox)
  )
}

/** Holds what can be expunged: every whole message of such mailboxes, where the mail store can hold any. */
export async function holdMessages(account: Account): Promise<void> {
  const { replica } = account
  const { held } = account.mailStore
  if (!held || (account.synchronous ?? []).length === 0) return
  for (const mailbox of await listMailboxes(replica.db)) {
    const place = await tables.mailboxFile.get(replica.db, mailbox.guid)
    if (!place || !isSynchronous(account, mailbox)) continue
    for await (const { key, value } of tables.file.list(replica.db, [mailbox.guid])) {
      if (value.shown !== wholeFile || (await tables.held.get(replica.db, value.message))) continue
      try {
        await held.hold(place.path, key[1], value.message)
      } catch (error) {
        await noteUnreadable(account, value.message, error)
        continue
      }
      await replica.db.transact(async (tx) => tables.held.put(tx, value.message, true))
    }
  }
}

/**
 * A person has expunged the message: asks the upstream for it, and puts the message back, marked, until that
 * is confirmed. False if nothing of it is held. What a stand-in showed is in the replica itself.
 */
export async function beginExpunge(
  change: Change,
  message: MessageRecord,
  { flags, shown }: FileRecord,
): Promise<boolean> {
  const { tx } = change
  if (!isLive(message)) return false
  if (shown === wholeFile && !(await tables.held.get(tx, message.guid))) return false
  tables.todo.put(tx, message.mailbox, message.guid, true)
  const asked = await tables.expunging.get(tx, message.guid)
  tables.expunging.put(tx, message.guid, { keep: false })
  if (!asked) await journal(change, { op: 'expunge', message: message.guid, base: flags })
  const marked = applyDelta(flags, { add: ['\\Deleted'], remove: [] })
  await changeFlags({ ...change, origin: { kind: 'upstream' } }, message, { add: marked, remove: [] })
  return true
}

/**
 * Somebody has removed the mark, or flagged the message, before the upstream confirmed. The expunge may have
 * gone up, but the message stays. Returns whether the message is such a one.
 */
export async function keepExpunging(change: Change, message: MessageRecord, flags: Flags): Promise<boolean> {
  const { tx } = change
  if (!(await tables.expunging.get(tx, message.guid))) return false
  tables.expunging.put(tx, message.guid, { keep: true })
  const kept = flags.filter((flag) => flag !== '\\Deleted')
  await changeFlags({ ...change, origin: { kind: 'upstream' } }, message, flagDelta(message.flags, kept))
  tables.todo.put(tx, message.mailbox, message.guid, true)
  return true
}

/** The upstream has answered: what it was asked to expunge goes here too. Returns what is to go up again, since it was kept after all. */
export async function finishExpunges(change: Change): Promise<readonly MessageRecord[]> {
  const { tx } = change
  const kept: MessageRecord[] = []
  for await (const { key, value } of tables.expunging.list(tx)) {
    const guid = key[0]
    if (await isAsked(tx, guid)) continue
    tables.expunging.delete(tx, ...key)
    const message = await getMessage(tx, guid)
    if (!isLive(message)) continue
    if (value.keep) kept.push(message)
    else await expungeMessage(change, message, { base: message.flags, silent: true })
  }
  return kept
}

async function isAsked(tx: Transaction, guid: string): Promise<boolean> {
  for await (const { key } of tables.journalOf.list(tx, [guid])) {
    const operation = await tables.journal.get(tx, key[1])
    if (operation?.op === 'expunge' && operation.message === guid) return true
  }
  return false
}

/** Lets go of what is held of messages that are gone. */
export async function releaseMessages(account: Account): Promise<void> {
  const { replica, mailStore } = account
  for await (const { key } of tables.held.list(replica.db)) {
    const guid = key[0]
    if (isLive(await getMessage(replica.db, guid))) continue
    await mailStore.held?.release(guid)
    await replica.db.transact(async (tx) => tables.held.delete(tx, ...key))
  }
}
