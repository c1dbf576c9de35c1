import { equalBytes } from '../../bytes/concat.js'
import { encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { listedAlike } from '../../mime/headers/listed-envelope.js'
import { encodeOutline, outlineSize } from '../../mime/outline.js'
import type { Change } from '../../replica/change.js'
import { getContent, putContent } from '../../replica/content/contents.js'
import { renameCursorOf } from '../../replica/cursor.js'
import { hasDevices, mistrustDevices } from '../../replica/devices.js'
import { fileOf, placeFile, removeFile } from '../../replica/files.js'
import { deleteMailbox, getMailbox, restateMailbox } from '../../replica/mailboxes.js'
import {
  addMessage,
  expungeMessage,
  forgetMessage,
  getMessage,
  isLive,
  rehouseMessage,
} from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { ListEntry } from '../../wire/response/list-frame.js'
import { rehouseDeviceGuards, rehouseGuards } from '../policy/rehouse-guards.js'
import { rehouseShore } from '../shore/shore-here.js'

/** What the upstream knows by another GUID than we do gets that one here. */

/**
 * Takes back a message that was known by a wrong name; it may live on under another. Tells the devices of
 * this replica.
 */
export async function withdrawMessage(change: Change, message: MessageRecord, movedTo?: Guid): Promise<void> {
  const { tx } = change
  if (!(await hasDevices(tx))) return forgetMessage(tx, message)
  tables.upload.delete(tx, message.guid)
  const moved = movedTo === undefined ? {} : { movedTo }
  await expungeMessage(change, message, { base: message.flags, silent: true, ...moved })
}

/** The upstream knows this message by another GUID. If that one is here already, ours was its double and goes. */
export async function rekeyMessage(change: Change, ours: MessageRecord, known: Guid): Promise<void> {
  const { tx } = change
  // By way of another one that has got this name back since.
  if (known === ours.guid) return confirmMessage(tx, ours)
  const there = await getMessage(tx, known)
  const file = await fileOf(tx, ours.guid)
  const isSurplus = file !== undefined && (await fileOf(tx, known)) !== undefined
  tables.renamed.put(tx, ours.guid, known)
  await removeFile(tx, ours.guid)
  await withdrawMessage(change, ours)
  // One that is expunged here needs no name: its expunge goes up under the old one.
  if (!there && !ours.expunged) {
    const { mailbox, content, flags, internalDateMs, uid } = ours
    await addMessage(change, { guid: known, mailbox, content, flags, internalDateMs, uid })
  }
  if (file && !isSurplus) await placeFile(tx, { ...file, message: known })
  if (isSurplus) await lookAgain(tx, file.mailbox)
  if (file || !there) tables.todo.put(tx, ours.mailbox, known, true)
  await confirmMessage(tx, ours)
}

/** The upstream has the message. */
async function confirmMessage(tx: Transaction, { guid, content: id }: MessageRecord): Promise<void> {
  tables.uncompared.delete(tx, guid)
  const content = await getContent(tx, id)
  if (content) putContent(tx, { ...content, upstreamHas: true })
}

/** Makes the next scan look at every file: of two files for one message it makes the second a message of its own, which no list of changes would show. */
async function lookAgain(tx: Transaction, mailbox: Guid): Promise<void> {
  const place = await tables.mailboxFile.get(tx, mailbox)
  if (place) tables.mailboxFile.put(tx, mailbox, { ...place, token: '' })
}

/**
 * The mailbox turns out to have the numbering that its mail server has already: which UIDs that has given is
 * not known before it is looked at again, and no UID is given there before.
 */
export async function lookAtUidsFirst(tx: Transaction, mailbox: Guid, uidValidity: number): Promise<void> {
  const place = await tables.mailboxFile.get(tx, mailbox)
  if (place?.numbering?.uidValidity !== uidValidity) return
  const { numbering: _, ...rest } = place
  tables.mailboxFile.put(tx, mailbox, { ...rest, token: '' })
}

/**
 * A mailbox that was made here turns out to be one that the upstream has under another GUID. Ours takes that
 * GUID, with all it holds. If that one is here too, the two become one.
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
  const { untold: _, ...told } = ours
  tables.mailbox.put(tx, guid, {
    ...(theirs.uidValidity === undefined ? ours : told),
    guid,
    uidValidity,
    formerly: [...(ours.formerly ?? []), ours.guid],
  })
  tables.mailbox.delete(tx, ours.guid)
  if (ours.deleted) {
    tables.tombstone.delete(tx, ours.modseq, ours.guid)
    tables.tombstone.put(tx, ours.modseq, guid, true)
  } else tables.path.put(tx, ...ours.path, guid)
  tables.structure.put(tx, ours.modseq, guid)
  tables.renamed.put(tx, ours.guid, guid)
  for (const former of ours.formerly ?? []) tables.renamed.put(tx, former, guid)
  for await (const { value } of tables.number.list(tx, [ours.guid])) {
    const message = await getMessage(tx, value)
    if (message) tables.message.put(tx, message.guid, { ...message, mailbox: guid })
  }
  for await (const { key, value } of tables.file.list(tx, [ours.guid])) {
    const [, locator] = key
    const { uid, ...file } = value
    const kept = uid !== undefined && uidValidity === ours.uidValidity ? { uid } : {}
    tables.file.delete(tx, ...key)
    tables.file.put(tx, guid, locator, { ...file, ...kept })
    tables.place.put(tx, file.message, { mailbox: guid, locator })
  }
  const { number, upstream, log, todo, likeness } = tables
  for (const table of [number, upstream, log, todo, likeness]) await table.move(tx, [ours.guid], [guid])
  await rehouseArriving(tx, ours.guid, guid)
  await rehouseProblems(tx, ours.guid, guid)
  await rehouseGuards(tx, ours.guid, guid)
  for await (const { key, value } of tables.unknownStandIn.list(tx)) {
    const [message, mailbox, locator] = key
    if (mailbox !== ours.guid) continue
    tables.unknownStandIn.delete(tx, ...key)
    tables.unknownStandIn.put(tx, message, guid, locator, value)
  }
  await rehouseShore(tx, ours.guid, guid)
  const file = await tables.mailboxFile.get(tx, ours.guid)
  if (file) tables.mailboxFile.put(tx, guid, file)
  tables.mailboxFile.delete(tx, ours.guid)
  if (uidValidity !== ours.uidValidity) await lookAtUidsFirst(tx, guid, uidValidity)
  if (await tables.todoMailbox.get(tx, ours.guid)) tables.todoMailbox.put(tx, guid, true)
  tables.todoMailbox.delete(tx, ours.guid)
  // How far it was heard of, where a narrowed run had left it aside.
  await renameCursorOf(tx, ours.guid, guid)
  // Its devices know it by its former name: they are told of both.
  const renamed = await getMailbox(tx, guid)
  if (renamed && !renamed.deleted) await restateMailbox(change, renamed)
}

/** Moves messages whose content is still on its way up, which are in no table of the mailbox. */
async function rehouseArriving(tx: Transaction, from: Guid, to: Guid): Promise<void> {
  for await (const { key } of tables.arriving.list(tx)) {
    const message = await getMessage(tx, key[1])
    if (message?.mailbox === from) tables.message.put(tx, message.guid, { ...message, mailbox: to })
  }
}

/** What can't be read or written in it stays named, and so is tried again. */
async function rehouseProblems(tx: Transaction, from: Guid, to: Guid): Promise<void> {
  for (const act of ['read', 'write', 'upload'] as const)
    await tables.problem.move(tx, [act, from], [act, to])
}

/**
 * A relay that lost its memory made a mailbox anew, and meanwhile one of its devices brought the mailbox
 * under its real name. Merges the one into the other: messages get new numbers there, and their files follow.
 * Devices know the mailbox by its old numbers, and compare everything when they next ask.
 */
async function mergeMailbox(change: Change, ours: MailboxRecord, there: MailboxRecord): Promise<void> {
  const { tx } = change
  for await (const { value } of tables.number.list(tx, [ours.guid])) {
    const message = await getMessage(tx, value)
    if (message) await rehouseMessage(change, message, there.guid)
  }
  await rehouseArriving(tx, ours.guid, there.guid)
  await rehouseProblems(tx, ours.guid, there.guid)
  await rehouseDeviceGuards(tx, ours.guid, there.guid)
  tables.renamed.put(tx, ours.guid, there.guid)
  tables.uncompared.delete(tx, ours.guid)
  await deleteMailbox(change, { ...ours, messages: 0, unseen: 0 })
  await mistrustDevices(tx)
}

/**
 * The upstream lists a message that it knows by another GUID, and too little of it is here to have a digest.
 * Recognises it by what the list shows, so that what has arrived of it isn't fetched again.
 */
export async function recogniseUnconfirmed(change: Change, mailbox: Guid, entry: ListEntry): Promise<void> {
  const { tx } = change
  if (await getMessage(tx, entry.guid)) return
  for await (const { key } of tables.likeness.list(tx, [mailbox, outlineSize(entry.outline)])) {
    // One that the upstream has spoken of meanwhile is what it is: this one is another that is like it, a copy say.
    const uncompared = await tables.uncompared.has(tx, key[2])
    const message = uncompared ? await getMessage(tx, key[2]) : undefined
    const content = isLive(message) ? await getContent(tx, message.content) : undefined
    if (!isLive(message) || !content?.envelope || !content.outline) continue
    if (!equalBytes(content.outline, encodeOutline(entry.outline))) continue
    if (!listedAlike(content.envelope, encodeEnvelope(entry.envelope))) continue
    tables.likeness.delete(tx, ...key)
    await rekeyMessage(change, message, entry.guid)
    return
  }
}
