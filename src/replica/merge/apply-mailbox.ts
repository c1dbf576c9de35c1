import type { Transaction } from '../../store/database.js'
import { journal } from '../change.js'
import { asksToKeep } from '../flags.js'
import { currentName } from '../ids/current-name.js'
import {
  createMailbox,
  deleteMailbox,
  freePath,
  getMailbox,
  mailboxAt,
  renameMailbox,
  restateMailbox,
  reviveMailbox,
  subscribeMailbox,
} from '../mailboxes.js'
import { expungeMessage, getMessage, liveMessages } from '../messages.js'
import { type Guid, type MailboxPath, pathText, samePath } from '../model.js'
import type { Operation } from '../operation.js'
import type { MailboxRecord, MessageRecord } from '../records.js'
import { tables } from '../tables.js'
import { type Application, alias, conflict, resolve } from './application.js'
import { keepLive, keptByGuard } from './keep-live.js'

/** What devices did to mailboxes, applied. docs/CONFLICTS.md "Mailboxes". */

type Of<Op extends Operation['op']> = Extract<Operation, { readonly op: Op }>

export async function applyMailboxCreate(
  application: Application,
  { mailbox, path }: Of<'mailbox-create'>,
): Promise<void> {
  const { change, author } = application
  const { tx } = change
  const known = await getMailbox(tx, mailbox)
  if (known && !known.deleted) {
    // It has this name here, or the author hears of the one that it has.
    tables.namedBy.put(tx, author.device, mailbox, true)
    return
  }
  const met = await metBefore(tx, mailbox)
  if (met) {
    alias(application, mailbox, met.guid)
    tables.namedBy.put(tx, author.device, met.guid, true)
    return
  }
  const existing = (await mailboxAt(tx, path)) ?? (known ? undefined : await reviveAwaited(application, path))
  if (!existing) {
    if (!known) {
      await forgetMet(application, mailbox)
      await createMailbox(change, { path, guid: mailbox })
    }
    // It has brought it back, for mail whose content is on its way yet; or it has forgotten everything but its mail store, and what
    // stands there is new. One that compares everything only says what it has, and is told that this is deleted.
    else if (author.structure > 0 || !author.met) {
      await forgetMet(application, mailbox)
      await reviveMailbox(change, known)
    }
    // All others have heard of its deletion, and only its UIDs are remembered.
    else if (!(await tables.structure.has(tx, known.modseq))) await restateMailbox(change, known)
    return
  }
  // A mailbox that the author knew by another name has got this one here: two mailboxes, and both stay.
  if (existing.created <= author.structure || (await tables.namedBy.get(tx, author.device, existing.guid))) {
    const made = await createMailbox(change, { path: await freePath(change.tx, path), guid: mailbox })
    await restateMailbox(change, made)
    await conflict(application, { kind: 'mailbox-apart', mailbox, detail: pathText(made.path) })
    return
  }
  alias(application, mailbox, existing.guid)
  tables.namedBy.put(tx, author.device, existing.guid, true)
  tables.metAs.put(tx, mailbox, existing.guid)
  // When two accounts meet for the first time that is as it should be.
  if (author.structure === 0) return
  await conflict(application, { kind: 'mailbox-merged', mailbox: existing.guid, detail: pathText(path) })
}

/**
 * The mailbox that was deleted under this name and comes back once mail arrives that is on its way to it. An
 * author that has forgotten everything may have been sending that mail, and means this mailbox.
 */
async function reviveAwaited(
  { change, author }: Application,
  path: MailboxPath,
): Promise<MailboxRecord | undefined> {
  if (author.structure > 0) return undefined
  for await (const { key } of tables.arriving.list(change.tx)) {
    const message = await getMessage(change.tx, key[1])
    const mailbox = message?.hidden ? await getMailbox(change.tx, message.mailbox) : undefined
    if (mailbox?.deleted && samePath(mailbox.path, path)) return reviveMailbox(change, mailbox)
  }
  return undefined
}

/** The mailbox here that one with this GUID turned out to be when another device named it, whatever its name is by now. */
async function metBefore(tx: Transaction, guid: Guid): Promise<MailboxRecord | undefined> {
  let now = await tables.metAs.get(tx, guid)
  let mailbox: MailboxRecord | undefined
  for (const passed = new Set<Guid>(); !mailbox && now !== undefined && !passed.has(now); ) {
    passed.add(now)
    mailbox = await getMailbox(tx, now)
    now = await tables.renamed.get(tx, now)
  }
  return mailbox?.deleted ? undefined : mailbox
}

/** What it turned out to be has been deleted since, and it is a mailbox of its own now: what comes for it is meant for itself. */
async function forgetMet({ change, author }: Application, mailbox: Guid): Promise<void> {
  const { tx } = change
  tables.metAs.delete(tx, mailbox)
  if (!(await tables.alias.has(tx, author.device, mailbox))) return
  tables.alias.delete(tx, author.device, mailbox)
  for await (const { key, value } of tables.result.list(tx, [author.device]))
    if (value.kind === 'same-as' && value.guid === mailbox) tables.result.delete(tx, ...key)
}

export async function applyMailboxRename(
  application: Application,
  operation: Of<'mailbox-rename'>,
): Promise<void> {
  const { change } = application
  const { from, to } = operation
  const mailbox = await getMailbox(change.tx, await resolve(application, operation.mailbox))
  if (!mailbox || mailbox.deleted || samePath(mailbox.path, to)) return
  // Renamed here too: this side's name stands, and the author is told of it.
  if (!samePath(mailbox.path, from)) {
    await restateMailbox(change, mailbox)
    await conflict(application, { kind: 'mailbox-names', mailbox: mailbox.guid, detail: pathText(to) })
    return
  }
  const path = await freePath(change.tx, to, mailbox.guid)
  const renamed = await renameMailbox(change, mailbox, path)
  if (samePath(path, to)) return
  await restateMailbox(change, renamed)
  await conflict(application, { kind: 'mailbox-apart', mailbox: mailbox.guid, detail: pathText(path) })
}

export async function applyMailboxSubscribe(
  application: Application,
  operation: Of<'mailbox-subscribe'>,
): Promise<void> {
  const { change } = application
  const mailbox = await getMailbox(change.tx, await resolve(application, operation.mailbox))
  if (mailbox && !mailbox.deleted) await subscribeMailbox(change, mailbox, operation.subscribed)
}

/** Messages that are looked at or expunged before others have their turn. */
const restEvery = 200

function restNowAndThen(rest: (() => Promise<void>) | undefined): () => Promise<void> {
  let count = 0
  return async () => {
    if (++count % restEvery === 0) await rest?.()
  }
}

/** Deletes what the author knew of. A message that it had not seen keeps the mailbox. */
export async function applyMailboxDelete(
  application: Application,
  operation: Of<'mailbox-delete'>,
): Promise<void> {
  const { change, author } = application
  const { tx } = change
  const guid = await resolve(application, operation.mailbox)
  const mailbox = await getMailbox(tx, guid)
  if (!mailbox || mailbox.deleted) return
  if (await isJoined(application, guid, operation.mailbox)) return keepMailbox(application, mailbox)
  const known: MessageRecord[] = []
  const marked: MessageRecord[] = []
  let left = 0
  const rest = restNowAndThen(author.rest)
  for await (const message of liveMessages(tx, guid)) {
    await rest()
    if (!author.knows(message)) left++
    else if (isMarkedSince(application, message)) marked.push(message)
    else known.push(message)
  }
  left += marked.length
  for (const message of marked) {
    const { guid: movedTo } = await keepLive(change, message)
    await conflict(application, { kind: 'kept', mailbox: guid, here: message.guid, there: movedTo })
    await expungeMessage(change, message, { base: message.flags, movedTo })
  }
  const going: MessageRecord[] = []
  for (const message of known) {
    await rest()
    const kept = await keptByGuard(application, message)
    if (!kept) {
      going.push(message)
      continue
    }
    left++
    await expungeMessage(change, message, { base: message.flags, movedTo: kept.guid })
  }
  // Our own upstream is told of the mailbox, or of the messages, never of both.
  for (const message of going) {
    await rest()
    await expungeMessage(change, message, { base: message.flags, silent: left === 0 })
  }
  for await (const { key } of tables.arriving.list(tx, [author.device])) {
    const message = await getMessage(tx, key[1])
    if (message?.mailbox !== guid) continue
    tables.arriving.delete(tx, ...key)
    // Another device's, which the author has too: it brings the mailbox back when its content has come.
    if (message.origin !== author.device) continue
    await expungeMessage(change, message, { base: message.flags, silent: true })
  }
  const emptied = await getMailbox(tx, guid)
  if (!emptied) return
  if (left > 0) return keepMailbox(application, emptied)
  await journal(change, { op: 'mailbox-delete', mailbox: guid })
  await deleteMailbox(change, emptied)
}

/** Keeps a mailbox with what is in it; the author gets it back. */
async function keepMailbox(application: Application, mailbox: MailboxRecord): Promise<void> {
  await restateMailbox(application.change, mailbox)
  const { guid, messages } = mailbox
  await conflict(application, { kind: 'mailbox-kept', mailbox: guid, detail: String(messages) })
}

/**
 * Whether the author, which compares everything, has another mailbox that turned out to be this one too. It
 * doesn't mean what it has in that one, and by now nobody can tell the two apart.
 */
async function isJoined({ change, author }: Application, mailbox: Guid, name: Guid): Promise<boolean> {
  if (author.structure > 0) return false
  const { tx } = change
  const { device } = author
  const isOther = name !== mailbox && !(await tables.alias.has(tx, device, name))
  if (isOther && (await tables.namedBy.has(tx, device, mailbox))) return true
  for await (const { key } of tables.metAs.list(tx)) {
    const known = key[0] === name ? undefined : await tables.alias.get(tx, device, key[0])
    if (known !== undefined && (await currentName(tx, known)) === mailbox) return true
  }
  return false
}

/** Somebody else has marked it important, and the author deleted the mailbox without having seen that. */
function isMarkedSince({ author }: Application, message: MessageRecord): boolean {
  const unseen = message.modseq > author.log(message.mailbox) && message.echo?.device !== author.device
  return unseen && asksToKeep([], message.flags)
}

/**
 * The mailbox that something is put into. One that was deleted meanwhile comes back, since mail outlives its
 * mailbox. For one that was never heard of (this database is older than the author's), INBOX.
 */
export async function destination(application: Application, guid: Guid): Promise<Guid | undefined> {
  const { change } = application
  const known = await getMailbox(change.tx, await resolve(application, guid))
  const mailbox = known ?? (await mailboxAt(change.tx, ['INBOX']))
  if (mailbox?.deleted) await conflict(application, { kind: 'mailbox-kept', mailbox: mailbox.guid })
  return mailbox && (await reviveMailbox(change, mailbox)).guid
}
