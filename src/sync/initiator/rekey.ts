import type { Change } from '../../replica/change.js'
import { getContent, putContent } from '../../replica/contents.js'
import { hasDevices, mistrustDevices } from '../../replica/devices.js'
import { fileOf, placeFile, removeFile } from '../../replica/files.js'
import { deleteMailbox, getMailbox, restateMailbox } from '../../replica/mailboxes.js'
import {
  addMessage,
  expungeMessage,
  forgetMessage,
  getMessage,
  rehouseMessage,
} from '../../replica/messages.js'
import type { Flags, Guid } from '../../replica/model.js'
import {
  type FileRecord,
  keys,
  type MailboxFileRecord,
  type MailboxRecord,
  type MessageRecord,
} from '../../replica/records.js'
import { updateReplicaRecord } from '../../replica/replica.js'
import type { Transaction } from '../../store/database.js'

/** What the upstream knows by another GUID than we do gets that one here. */

/** Takes a message back that was known by a name which isn't right. Those who ask this replica have to hear of it. */
export async function withdrawMessage(change: Change, message: MessageRecord): Promise<void> {
  const { tx } = change
  if (!(await hasDevices(tx))) return forgetMessage(tx, message)
  tx.delete(keys.upload(message.guid))
  await expungeMessage(change, message, { base: message.flags, silent: true })
}

/** The upstream knows this message by another GUID. If that one is here already, ours was its double and goes. */
export async function rekeyMessage(change: Change, ours: MessageRecord, known: Guid): Promise<void> {
  const { tx } = change
  const there = await getMessage(tx, known)
  const file = await fileOf(tx, ours.guid)
  tx.delete(keys.doubtful(ours.guid))
  tx.put(keys.renamed(ours.guid), known)
  await removeFile(tx, ours.guid)
  await withdrawMessage(change, ours)
  // One that is expunged here needs no name: its expunge goes up under the old one.
  if (!there && !ours.expunged) {
    const { mailbox, content, flags, internalDateMs, uid } = ours
    await addMessage(change, { guid: known, mailbox, content, flags, internalDateMs, uid })
  }
  if (file && !(await fileOf(tx, known))) await placeFile(tx, { ...file, message: known })
  if (file || !there) tx.put(keys.todo(ours.mailbox, known), true)
  const content = await getContent(tx, ours.content)
  if (content) putContent(tx, { ...content, upstreamHas: true })
}

/**
 * A mailbox made here turns out to be one that the upstream has under another GUID: ours takes that GUID, with all it holds. Where that
 * one is here too, they become one.
 */
export async function rekeyMailbox(
  change: Change,
  ours: MailboxRecord,
  theirs: { readonly guid: Guid; readonly uidValidity?: number },
): Promise<void> {
  const { tx } = change
  if (ours.guid === theirs.guid) return
  const { guid } = theirs
  const there = await getMailbox(tx, guid)
  if (there) return mergeMailbox(change, ours, there)
  const uidValidity = theirs.uidValidity ?? ours.uidValidity
  tx.put(keys.mailbox(guid), { ...ours, guid, uidValidity, formerly: [...(ours.formerly ?? []), ours.guid] })
  tx.delete(keys.mailbox(ours.guid))
  if (ours.deleted) {
    tx.delete(keys.tombstone(ours.modseq, ours.guid))
    tx.put(keys.tombstone(ours.modseq, guid), true)
  } else tx.put(keys.path(ours.path), guid)
  tx.put(keys.structure(ours.modseq), guid)
  tx.put(keys.renamed(ours.guid), guid)
  for (const former of ours.formerly ?? []) tx.put(keys.renamed(former), guid)
  for (const table of ['number', 'upstream', 'log', 'file', 'todo', 'likeness'])
    for await (const { key, value } of tx.list<unknown>({ prefix: [table, ours.guid] })) {
      tx.delete(key)
      tx.put([table, guid, ...key.slice(2)], value as object)
      const messageGuid = table === 'number' ? String(value) : undefined
      const message = messageGuid === undefined ? undefined : await getMessage(tx, messageGuid)
      if (message) tx.put(keys.message(message.guid), { ...message, mailbox: guid })
      if (table === 'file') {
        const { uid, ...file } = value as FileRecord
        const kept = uid !== undefined && uidValidity === ours.uidValidity ? { uid } : {}
        tx.put(keys.file(guid, String(key[2])), { ...file, ...kept })
        tx.put(keys.place(file.message), { mailbox: guid, locator: String(key[2]) })
      }
    }
  await rehouseArriving(tx, ours.guid, guid)
  for await (const { key, value } of tx.list<Flags>({ prefix: ['stray'] })) {
    if (key[2] !== ours.guid) continue
    tx.delete(key)
    tx.put(keys.stray(String(key[1]), guid, String(key[3])), value)
  }
  const file = await tx.get<MailboxFileRecord>(keys.mailboxFile(ours.guid))
  if (file) tx.put(keys.mailboxFile(guid), file)
  tx.delete(keys.mailboxFile(ours.guid))
  if (await tx.get(keys.todoMailbox(ours.guid))) tx.put(keys.todoMailbox(guid), true)
  tx.delete(keys.todoMailbox(ours.guid))
  // How far it was heard of, where a narrowed run had left it aside.
  await updateReplicaRecord(tx, (record) => {
    const { [ours.guid]: position, ...others } = record.cursor.mailboxes
    if (position === undefined) return record
    return { ...record, cursor: { ...record.cursor, mailboxes: { ...others, [guid]: position } } }
  })
  // Its devices know it by its former name: they are told of both.
  const renamed = await getMailbox(tx, guid)
  if (renamed && !renamed.deleted) await restateMailbox(change, renamed)
}

/** Those whose content is still on its way up are in no table of the mailbox. */
async function rehouseArriving(tx: Transaction, from: Guid, to: Guid): Promise<void> {
  for await (const { key } of tx.list({ prefix: ['arriving'] })) {
    const message = await getMessage(tx, String(key[2]))
    if (message?.mailbox === from) tx.put(keys.message(message.guid), { ...message, mailbox: to })
  }
}

/**
 * A relay that has lost its memory made a mailbox anew, and a device of it has brought the mailbox under its real name meanwhile: what was
 * in the one is in the other. It gets new numbers there, and its files follow; since devices know it by its old numbers, they compare
 * everything when they ask next.
 */
async function mergeMailbox(change: Change, ours: MailboxRecord, there: MailboxRecord): Promise<void> {
  const { tx } = change
  for await (const { value } of tx.list<Guid>({ prefix: ['number', ours.guid] })) {
    const message = await getMessage(tx, value)
    if (message) await rehouseMessage(change, message, there.guid)
  }
  await rehouseArriving(tx, ours.guid, there.guid)
  tx.put(keys.renamed(ours.guid), there.guid)
  tx.delete(keys.doubtful(ours.guid))
  await deleteMailbox(change, { ...ours, messages: 0, unseen: 0 })
  await mistrustDevices(tx)
}
