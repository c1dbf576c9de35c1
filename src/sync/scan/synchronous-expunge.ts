import { type Change, journal } from '../../replica/change.js'
import { applyDelta, flagDelta } from '../../replica/flags.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { changeFlags, expungeMessage, getMessage, isLive } from '../../replica/messages.js'
import type { Flags } from '../../replica/model.js'
import type { Operation } from '../../replica/operation.js'
import {
  type FileRecord,
  keys,
  type MailboxFileRecord,
  type MailboxRecord,
  type MessageRecord,
  wholeFile,
} from '../../replica/records.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { noteUnreadable } from '../content/content-access.js'
import { isSelected } from '../policy/selection.js'

/**
 * Mailboxes with `expunge = "synchronous"`: a message that a person expunges here comes back marked \Deleted, and goes when the
 * upstream has confirmed it. Its bytes are held by a second name meanwhile, since a mail program that expunges removes the file.
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

/** A person asked for an expunge that the upstream hasn't confirmed; and whether the message is to stay all the same. */
interface Expunging {
  readonly keep: boolean
}

/** Holds what can be expunged: every whole message of such mailboxes, where the mail store can hold any. */
export async function holdMessages(account: Account): Promise<void> {
  const { replica } = account
  const { held } = account.mailStore
  if (!held || (account.synchronous ?? []).length === 0) return
  for (const mailbox of await listMailboxes(replica.db)) {
    const place = await replica.db.get<MailboxFileRecord>(keys.mailboxFile(mailbox.guid))
    if (!place || !isSynchronous(account, mailbox)) continue
    for await (const { key, value } of replica.db.list<FileRecord>({ prefix: ['file', mailbox.guid] })) {
      if (value.shown !== wholeFile || (await replica.db.get(keys.held(value.message)))) continue
      try {
        await held.hold(place.path, String(key[2]), value.message)
      } catch (error) {
        await noteUnreadable(account, value.message, error)
        continue
      }
      await replica.db.transact(async (tx) => tx.put(keys.held(value.message), true))
    }
  }
}

/**
 * A person has expunged it: asked for, and put back marked until it is confirmed. False where nothing is held of it; of a stand-in the
 * replica itself has what it showed.
 */
export async function beginExpunge(
  change: Change,
  message: MessageRecord,
  { flags, shown }: FileRecord,
): Promise<boolean> {
  const { tx } = change
  if (!isLive(message)) return false
  if (shown === wholeFile && !(await tx.get(keys.held(message.guid)))) return false
  tx.put(keys.todo(message.mailbox, message.guid), true)
  const asked = await tx.get<Expunging>(keys.expunging(message.guid))
  tx.put(keys.expunging(message.guid), { keep: false } satisfies Expunging)
  if (!asked) await journal(change, { op: 'expunge', message: message.guid, base: flags })
  const marked = applyDelta(flags, { add: ['\\Deleted'], remove: [] })
  await changeFlags({ ...change, origin: { kind: 'upstream' } }, message, { add: marked, remove: [] })
  return true
}

/**
 * Somebody has taken the mark away again, or marked it important, before the upstream confirmed: the expunge may have gone up, but the
 * message stays. Returns whether it is such a one.
 */
export async function keepExpunging(change: Change, message: MessageRecord, flags: Flags): Promise<boolean> {
  const { tx } = change
  if (!(await tx.get(keys.expunging(message.guid)))) return false
  tx.put(keys.expunging(message.guid), { keep: true } satisfies Expunging)
  const kept = flags.filter((flag) => flag !== '\\Deleted')
  await changeFlags({ ...change, origin: { kind: 'upstream' } }, message, flagDelta(message.flags, kept))
  tx.put(keys.todo(message.mailbox, message.guid), true)
  return true
}

/** The upstream has answered: what it was asked to expunge goes here too. Returns what is to go up again, since it was kept after all. */
export async function finishExpunges(change: Change): Promise<readonly MessageRecord[]> {
  const { tx } = change
  const kept: MessageRecord[] = []
  for await (const { key, value } of tx.list<Expunging>({ prefix: ['expunging'] })) {
    const guid = String(key[1])
    if (await isAsked(tx, guid)) continue
    tx.delete(key)
    const message = await getMessage(tx, guid)
    if (!isLive(message)) continue
    if (value.keep) kept.push(message)
    else await expungeMessage(change, message, { base: message.flags, silent: true })
  }
  return kept
}

async function isAsked(tx: Transaction, guid: string): Promise<boolean> {
  for await (const { key } of tx.list({ prefix: ['journal-of', guid] })) {
    const operation = await tx.get<Operation>(keys.journal(Number(key[2])))
    if (operation?.op === 'expunge' && operation.message === guid) return true
  }
  return false
}

/** Lets go of what is held of messages that are gone. */
export async function releaseMessages(account: Account): Promise<void> {
  const { replica, mailStore } = account
  for await (const { key } of replica.db.list({ prefix: ['held'] })) {
    const guid = String(key[1])
    if (isLive(await getMessage(replica.db, guid))) continue
    await mailStore.held?.release(guid)
    await replica.db.transact(async (tx) => tx.delete(key))
  }
}
