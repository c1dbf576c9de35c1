import { type Change, journal } from '../change.js'
import { getMailbox } from '../mailboxes.js'
import { getMessage, isLive, renumberMessage, reserveUid } from '../messages.js'
import type { Guid } from '../model.js'
import type { Operation, UidNextOperation } from '../operation.js'
import type { MessageRecord } from '../records.js'
import { tables } from '../tables.js'
import { type Application, resolve } from './application.js'

/**
 * Reconciles the UIDs that mail servers beside devices gave while apart. The replica without an upstream
 * assigns UIDs for good; one in between passes them on. docs/CONFLICTS.md "UIDs".
 */

/**
 * The author's mail server has given it this UID: nothing else may have it, and if something has, neither may it. Only the replica that assigns
 * UIDs can see to that: another one tells its upstream, at once where the message itself can be told only later or never.
 */
export async function assignHintedUid(
  application: Application,
  message: MessageRecord,
  uid: number | undefined,
): Promise<void> {
  if (uid === undefined) return
  const { change, author } = application
  const { mailbox, hidden } = message
  if (change.replica.hasUpstream) {
    if (hidden) await journal(change, { op: 'uid-next', mailbox, uidNext: uid + 1 })
    return
  }
  if (message.uid !== uid && !hidden) tables.refusedUid.put(change.tx, author.device, message.guid, true)
  await yieldUids(application, mailbox, uid + 1)
}

export async function applyRenumber(
  application: Application,
  operation: Extract<Operation, { readonly op: 'renumber' }>,
): Promise<void> {
  const { change } = application
  const message = await getMessage(change.tx, await resolve(application, operation.message))
  if (!message) return
  const { uid } = operation
  // Gone, or not shown yet: it was shown there under that UID, which is nobody else's then.
  if (!isLive(message)) return keepUid(application, message, uid)
  if (change.replica.hasUpstream) return journal(change, { op: 'renumber', message: message.guid, uid })
  const mailbox = await getMailbox(change.tx, message.mailbox)
  if (mailbox && uid >= mailbox.uidNext) await renumberMessage(told(change), message, uid)
  else if (message.uid !== uid)
    tables.refusedUid.put(application.change.tx, application.author.device, message.guid, true)
  await yieldUids(application, message.mailbox, uid + 1)
}

async function keepUid(application: Application, message: MessageRecord, uid: number): Promise<void> {
  const { change } = application
  const { mailbox } = message
  if (message.hidden) {
    const own = await reserveUid(change, mailbox, uid)
    if (own > 0) tables.message.put(change.tx, message.guid, { ...message, uid: own })
  } else if (change.replica.hasUpstream) await journal(change, { op: 'uid-next', mailbox, uidNext: uid + 1 })
  await yieldUids(application, mailbox, uid + 1)
}

/** Everybody is told of it, the author too. */
const told = (change: Change): Change => ({ ...change, origin: { kind: 'local' } })

export async function giveOtherUid(change: Change, guid: Guid): Promise<void> {
  const message = await getMessage(change.tx, guid)
  const mailbox = message && (await getMailbox(change.tx, message.mailbox))
  if (isLive(message) && mailbox) await renumberMessage(told(change), message, mailbox.uidNext)
}

export async function applyUidNext(application: Application, operation: UidNextOperation): Promise<void> {
  const { change } = application
  const mailbox = await resolve(application, operation.mailbox)
  if (change.replica.hasUpstream)
    await journal(change, { op: 'uid-next', mailbox, uidNext: operation.uidNext })
  else await yieldUids(application, mailbox, operation.uidNext)
}

/**
 * The author's mail server may have shown any UID below `uidNext`. A message here that has such a UID, which
 * the author hasn't been told, gets another; none of those UIDs is given again.
 */
export async function yieldUids(application: Application, guid: Guid, uidNext: number): Promise<void> {
  const { change, author } = application
  const { tx } = change
  const mailbox = await getMailbox(tx, guid)
  if (!mailbox || change.replica.hasUpstream) return
  if (mailbox.uidNext < uidNext) {
    tables.mailbox.put(tx, guid, { ...mailbox, uidNext })
    tables.todoMailbox.put(tx, guid, true)
  }
  const since = author.log(guid)
  const colliding: MessageRecord[] = []
  for await (const { value } of tables.log.list(tx, [guid], { start: since + 1 })) {
    const message = await getMessage(tx, value)
    if (!isLive(message) || message.uid >= uidNext) continue
    if (!author.knows(message) || (message.renumbered ?? 0) > since) colliding.push(message)
  }
  colliding.sort((a, b) => a.uid - b.uid)
  for (const message of colliding) await renumberMessage(told(change), message, uidNext)
}
