import type { Reader, Transaction } from '../store/database.js'
import { type Change, echoOf, journal, nextPosition, used } from './change.js'
import { currentName } from './ids/current-name.js'
import { type Guid, type MailboxPath, samePath } from './model.js'
import type { MailboxRecord } from './records.js'
import { randomNumber } from './replica.js'
import { tables } from './tables.js'

/** Reading and changing mailboxes. Each function is one step of a transaction; it journals what it does. */

export async function getMailbox(reader: Reader, guid: Guid): Promise<MailboxRecord | undefined> {
  return tables.mailbox.get(reader, guid)
}

/** The live mailbox of that name. */
export async function mailboxAt(reader: Reader, path: MailboxPath): Promise<MailboxRecord | undefined> {
  const guid = await tables.path.get(reader, ...path)
  return guid === undefined ? undefined : getMailbox(reader, guid)
}

/** All live mailboxes in order of their names. */
export async function listMailboxes(reader: Reader): Promise<MailboxRecord[]> {
  const mailboxes: MailboxRecord[] = []
  for await (const { value } of tables.path.list(reader)) {
    const mailbox = await getMailbox(reader, value)
    if (mailbox) mailboxes.push(mailbox)
  }
  return mailboxes
}

async function writeMailbox(
  change: Change,
  before: MailboxRecord | undefined,
  after: MailboxRecord,
): Promise<MailboxRecord> {
  const { tx } = change
  const modseq = await nextPosition(change)
  const { echo: _, ...rest } = after
  const echo = echoOf(change, before)
  // One that comes back is made anew for whoever knows that it was deleted.
  const created = before && (!before.deleted || after.deleted) ? before.created : modseq
  const record: MailboxRecord = { ...rest, created, modseq, head: modseq, ...(echo && { echo }) }
  if (before) {
    tables.structure.delete(tx, before.modseq)
    if (before.deleted) tables.tombstone.delete(tx, before.modseq, before.guid)
    else tables.path.delete(tx, ...before.path)
  }
  if (record.deleted) tables.tombstone.put(tx, modseq, record.guid, true)
  tables.structure.put(tx, modseq, record.guid)
  if (!record.deleted) tables.path.put(tx, ...record.path, record.guid)
  tables.mailbox.put(tx, record.guid, record)
  if (change.origin.kind !== 'mail-store') tables.todoMailbox.put(tx, record.guid, true)
  return record
}

/** Makes a mailbox. The name must be free. `guid` is given when somebody else made it. */
export async function createMailbox(
  change: Change,
  mailbox: {
    readonly path: MailboxPath
    readonly guid?: Guid
    readonly uidValidity?: number
    readonly subscribed?: boolean
    readonly specialUse?: string
    readonly formerly?: readonly Guid[]
  },
): Promise<MailboxRecord> {
  const guid = mailbox.guid ?? change.replica.nextGuid()
  if (mailbox.guid !== undefined) await partFrom(change.tx, mailbox.guid)
  const record = await writeMailbox(change, undefined, {
    guid,
    path: mailbox.path,
    uidValidity: mailbox.uidValidity ?? newUidValidity(change),
    ...(change.replica.hasUpstream && change.origin.kind !== 'upstream' && { untold: true }),
    uidNext: 1,
    uidShown: 0,
    numberNext: 1,
    subscribed: mailbox.subscribed ?? true,
    ...(mailbox.specialUse !== undefined && { specialUse: mailbox.specialUse }),
    deleted: false,
    created: 0,
    modseq: 0,
    head: 0,
    messages: 0,
    unseen: 0,
    ...(change.origin.kind === 'device' && { origin: change.origin.device }),
  })
  await journal(change, { op: 'mailbox-create', mailbox: guid, path: mailbox.path })
  return record
}

/** What this mailbox had become was deleted meanwhile: it is one of its own now, and nobody may take it for that one again. */
async function partFrom(tx: Transaction, guid: Guid): Promise<void> {
  if (!(await tables.renamed.has(tx, guid))) return
  const other = await getMailbox(tx, await currentName(tx, guid))
  tables.renamed.delete(tx, guid)
  if (!other) return
  const { formerly = [], ...rest } = other
  const names = formerly.filter((name) => name !== guid)
  tables.mailbox.put(tx, other.guid, { ...rest, ...(names.length > 0 && { formerly: names }) })
}

/**
 * A UIDVALIDITY: 32 bits, not zero. Random, so that a mailbox which was forgotten and comes back under its
 * old GUID doesn't reuse its old UIDs.
 */
function newUidValidity({ replica }: Change): number {
  return (randomNumber(replica) % 0x7fffffff) + 1
}

/** Brings a deleted mailbox back, empty, under its old GUID: somebody put a message into it meanwhile. */
export async function reviveMailbox(change: Change, mailbox: MailboxRecord): Promise<MailboxRecord> {
  if (!mailbox.deleted) return mailbox
  const path = await freePath(change.tx, mailbox.path, mailbox.guid)
  // Nobody asked for this in so many words: the device whose mail brought it back has to be told too.
  const local: Change = { ...change, origin: { kind: 'local' } }
  // Somebody may have used its folder, numbering and all, for another mailbox since; and for whom a relay brings it back, its UIDs may be
  // forgotten before the replica without an upstream has said what it counts as now.
  const known = change.replica.hasUpstream && change.origin.kind !== 'device'
  const uidValidity = known ? mailbox.uidValidity : newUidValidity(change)
  const revived = await writeMailbox(local, mailbox, { ...mailbox, path, uidValidity, deleted: false })
  await journal(change, { op: 'mailbox-create', mailbox: mailbox.guid, path })
  return revived
}

/** Renames a mailbox alone: those below it have names of their own. The name must be free. */
export async function renameMailbox(
  change: Change,
  mailbox: MailboxRecord,
  to: MailboxPath,
): Promise<MailboxRecord> {
  const renamed = await writeMailbox(change, mailbox, await used(change, { ...mailbox, path: to }))
  await journal(change, { op: 'mailbox-rename', mailbox: mailbox.guid, from: mailbox.path, to })
  return renamed
}

/** Deletes a mailbox that has no live message left. */
export async function deleteMailbox(change: Change, mailbox: MailboxRecord): Promise<void> {
  if (mailbox.deleted) return
  await writeMailbox(change, mailbox, { ...mailbox, deleted: true })
}

export async function subscribeMailbox(
  change: Change,
  mailbox: MailboxRecord,
  subscribed: boolean,
): Promise<void> {
  if (mailbox.subscribed === subscribed) return
  await writeMailbox(change, mailbox, { ...mailbox, subscribed })
  await journal(change, { op: 'mailbox-subscribe', mailbox: mailbox.guid, subscribed })
}

/** Puts a mailbox into the log again as it is, so that whoever believed otherwise hears of it. */
export async function restateMailbox(change: Change, mailbox: MailboxRecord): Promise<void> {
  const { echo: _, ...rest } = mailbox
  const before = (await getMailbox(change.tx, mailbox.guid)) ?? mailbox
  const record = await writeMailbox(change, before, rest)
  const { echo: __, ...unechoed } = record
  tables.mailbox.put(change.tx, mailbox.guid, unechoed)
}

/**
 * This name, or the name with a number behind it when another live mailbox has it: one that is free and follows one that isn't. Not all that are
 * taken are looked at, since a device may give one name to thousands of mailboxes.
 */
export async function freePath(reader: Reader, path: MailboxPath, self?: Guid): Promise<MailboxPath> {
  const numbered = (n: number): MailboxPath =>
    n === 1 ? path : [...path.slice(0, -1), `${path.at(-1) ?? ''} (${n})`]
  const isTaken = async (n: number): Promise<boolean> => {
    const guid = await tables.path.get(reader, ...numbered(n))
    return guid !== undefined && guid !== self
  }
  let [taken, free] = [0, 1]
  while (await isTaken(free)) [taken, free] = [free, 2 * free]
  while (free - taken > 1) {
    const middle = (taken + free) >> 1
    if (await isTaken(middle)) taken = middle
    else free = middle
  }
  return numbered(free)
}

/** Whether a live mailbox's name differs from the one given. */
export function isElsewhere(mailbox: MailboxRecord, path: MailboxPath): boolean {
  return !samePath(mailbox.path, path)
}

/** Mailboxes that were deleted here, which the upstream hasn't done yet. */
export async function* pendingDeletions(reader: Reader): AsyncGenerator<Guid> {
  for await (const { value } of tables.journal.list(reader))
    if (value.op === 'mailbox-delete') yield value.mailbox
}

export async function isDeletionPending(reader: Reader, mailbox: Guid): Promise<boolean> {
  for await (const pending of pendingDeletions(reader)) if (pending === mailbox) return true
  return false
}

/**
 * Whether a mailbox was deleted here and the upstream hasn't done so, since the journal waits. What it says of the mailbox isn't taken until it has:
 * a deletion takes only what its author knew, and the cursor tells what that is.
 */
export async function awaitsDeletion(reader: Reader, mailbox: Guid): Promise<boolean> {
  if (!(await getMailbox(reader, mailbox))?.deleted) return false
  return isDeletionPending(reader, mailbox)
}
