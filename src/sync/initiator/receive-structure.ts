import type { Change } from '../../replica/change.js'
import { asksToKeep } from '../../replica/flags.js'
import {
  createMailbox,
  deleteMailbox,
  freePath,
  getMailbox,
  listMailboxes,
  mailboxAt,
  renameMailbox,
  restateMailbox,
  reviveMailbox,
  subscribeMailbox,
} from '../../replica/mailboxes.js'
import { expungeMessage, liveMessages } from '../../replica/messages.js'
import { type Guid, samePath } from '../../replica/model.js'
import type { MailboxRecord } from '../../replica/records.js'
import { updateReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { MailboxState, Structure } from '../../wire/response/structure-frames.js'
import { lookAtUidsFirst, rekeyMailbox } from './rekey.js'

/** Mailboxes as the upstream has them. Its names win (docs/CONFLICTS.md). */
export async function receiveStructure(change: Change, structure: Structure): Promise<void> {
  for (const state of structure.mailboxes) await receiveMailbox(change, state)
  const { log } = structure
  if (log !== undefined)
    await updateReplicaRecord(change.tx, (record) => ({
      ...record,
      cursor: { ...record.cursor, structure: log },
    }))
}

async function receiveMailbox(change: Change, state: MailboxState): Promise<void> {
  const { tx } = change
  for (const guid of state.deleted ? [] : (state.formerly ?? [])) {
    const former = await getMailbox(tx, guid)
    if (former && !(await getMailbox(tx, state.guid))) await rekeyMailbox(change, former, state)
  }
  const known = await getMailbox(tx, state.guid)
  tables.uncompared.delete(tx, state.guid)
  if (state.deleted) {
    if (known && !known.deleted) await dropMailbox(change, known)
    return
  }
  const there = await mailboxAt(tx, state.path)
  if (there && there.guid !== state.guid) {
    if (!known && (await isNewHere(tx, there.guid))) {
      // Made on both sides at the same time: one mailbox with both contents.
      await rekeyMailbox(change, there, state)
      return
    }
    // The upstream has given the name to another mailbox; what this one is called now, it says too.
    await renameMailbox(change, there, await freePath(tx, [...state.path]))
  }
  if (!known) {
    await createMailbox(change, state)
    return
  }
  if (known.deleted && known.untold) await withdrawDeletion(tx, known.guid)
  const revived = await reviveMailbox(change, known)
  if (revived.uidValidity !== state.uidValidity) {
    await restateMailbox(change, { ...revived, uidValidity: state.uidValidity })
    for await (const { key, value } of tables.file.list(tx, [state.guid])) {
      const { uid: _, ...file } = value
      tables.file.put(tx, ...key, file)
    }
    await lookAtUidsFirst(tx, state.guid, state.uidValidity)
    return receiveMailbox(change, state)
  }
  if (!samePath(revived.path, state.path))
    await renameMailbox(change, revived, await freePath(tx, state.path, state.guid))
  const current = await getMailbox(tx, state.guid)
  if (!current) return
  await subscribeMailbox(change, noteTold(tx, current), state.subscribed)
}

/** The upstream has it. */
function noteTold(tx: Transaction, mailbox: MailboxRecord): MailboxRecord {
  const { untold, goneThere, ...told } = mailbox
  if (untold || goneThere) tables.mailbox.put(tx, told.guid, told)
  return told
}

/** Whoever deleted it here hasn't seen what the upstream has in it: that comes, and would go when the deletion went up. */
async function withdrawDeletion(tx: Transaction, mailbox: Guid): Promise<void> {
  for await (const { key, value } of tables.journal.list(tx))
    if (value.op === 'mailbox-delete' && value.mailbox === mailbox) tables.journal.delete(tx, ...key)
}

/** Deleted upstream. What is left in it here that the upstream never had stays, and brings the mailbox back. */
export async function dropMailbox(change: Change, mailbox: MailboxRecord): Promise<void> {
  let own = 0
  for await (const message of liveMessages(change.tx, mailbox.guid)) {
    if (await isOurs(change.tx, message.guid)) own++
    else await expungeMessage(change, message, { base: message.flags })
  }
  const emptied = await getMailbox(change.tx, mailbox.guid)
  if (own === 0 && emptied) await deleteMailbox(change, emptied)
  else if (emptied) tables.mailbox.put(change.tx, emptied.guid, { ...emptied, goneThere: true })
}

/** What kept them here has gone to other mailboxes, or for good. Returns the mailboxes that are left. */
export async function dropEmptied(change: Change): Promise<MailboxRecord[]> {
  const left: MailboxRecord[] = []
  for (const mailbox of await listMailboxes(change.tx))
    if (mailbox.goneThere && !(await holdsMail(change.tx, mailbox.guid))) await deleteMailbox(change, mailbox)
    else left.push(mailbox)
  return left
}

async function holdsMail(tx: Transaction, mailbox: Guid): Promise<boolean> {
  for await (const _ of liveMessages(tx, mailbox)) return true
  return false
}

/** Made here, and the upstream hasn't heard of it yet. */
async function isNewHere(tx: Transaction, mailbox: Guid): Promise<boolean> {
  for await (const { value } of tables.journal.list(tx))
    if (value.op === 'mailbox-create' && value.mailbox === mailbox) return true
  return false
}

/** Born here, or marked here to be kept, and the upstream doesn't know that yet: it can't have meant this message. */
async function isOurs(tx: Transaction, message: Guid): Promise<boolean> {
  if (await tables.upload.get(tx, message)) return true
  for await (const { key } of tables.journalOf.list(tx, [message])) {
    const operation = await tables.journal.get(tx, key[1])
    // A copy of it is another message, and goes up for itself.
    if (operation?.op === 'copy' && operation.message !== message) continue
    if (operation?.op === 'flags' ? asksToKeep([], operation.add) : operation?.op !== 'renumber') return true
  }
  return false
}
