import { type Application, resolve } from './application.js'
import { journal } from './change.js'
import { getMailbox } from './mailboxes.js'
import { getMessage, isLive, liveMessages, renumberMessage } from './messages.js'
import type { Guid } from './model.js'
import type { Operation } from './operation.js'
import { keys } from './records.js'

/**
 * UIDs that mail servers beside devices gave while apart. They are given for good by the replica that has no upstream; one in between
 * passes them on. docs/CONFLICTS.md "UIDs".
 */

export async function applyRenumber(
  application: Application,
  operation: Extract<Operation, { readonly op: 'renumber' }>,
): Promise<void> {
  const { change } = application
  const message = await getMessage(change.tx, await resolve(application, operation.message))
  if (!isLive(message)) return
  if (change.replica.hasUpstream)
    await journal(change, { op: 'renumber', message: message.guid, uid: operation.uid })
  else await renumberMessage({ ...change, origin: { kind: 'local' } }, message, operation.uid)
}

export async function applyUidNext(
  application: Application,
  operation: Extract<Operation, { readonly op: 'uid-next' }>,
): Promise<void> {
  const { change } = application
  const mailbox = await resolve(application, operation.mailbox)
  if (change.replica.hasUpstream)
    await journal(change, { op: 'uid-next', mailbox, uidNext: operation.uidNext })
  else await yieldUids(application, mailbox, operation.uidNext)
}

/**
 * The author's mail server may have shown any UID below `uidNext`: what it hasn't been told of, and has such a UID here, gets another, and
 * none of them is given again.
 */
export async function yieldUids(application: Application, guid: Guid, uidNext: number): Promise<void> {
  const { change, author } = application
  const { tx } = change
  const mailbox = await getMailbox(tx, guid)
  if (!mailbox || change.replica.hasUpstream) return
  if (mailbox.uidNext < uidNext) {
    tx.put(keys.mailbox(guid), { ...mailbox, uidNext })
    tx.put(keys.todoMailbox(guid), true)
  }
  const colliding = []
  for await (const message of liveMessages(tx, guid, { reverse: true })) {
    if (message.created <= author.log(guid)) break
    if (message.uid < uidNext && !author.knows(message)) colliding.push(message)
  }
  for (const message of colliding.reverse())
    await renumberMessage({ ...change, origin: { kind: 'local' } }, message, uidNext)
}
