import type { Reader, Transaction } from '../store/database.js'
import { inPages } from '../store/table.js'
import { type Change, echoOf, journal, nextPosition, used } from './change.js'
import { applyDelta, effectOn, equalFlags, isEmptyDelta } from './flags.js'
import { currentName } from './ids/current-name.js'
import { getMailbox, reviveMailbox } from './mailboxes.js'
import type { FlagDelta, Flags, Guid } from './model.js'
import type { ContentRecord, MailboxRecord, MessageRecord } from './records.js'
import { readReplicaRecord } from './replica.js'
import { tables } from './tables.js'

// Over 300 lines: all that may change a message's record and its indexes, which nothing else writes.

/** Reading and changing messages. Each function is one step of a transaction; it journals what it does. */

export async function getMessage(reader: Reader, guid: Guid): Promise<MessageRecord | undefined> {
  return tables.message.get(reader, guid)
}

/** A message that is there: known, shown and not expunged. */
export function isLive(message: MessageRecord | undefined): message is MessageRecord {
  return message !== undefined && !message.expunged && !message.hidden
}

/** The message that has this number here, tombstones too. */
export async function messageByNumber(
  reader: Reader,
  mailbox: Guid,
  number: number,
): Promise<MessageRecord | undefined> {
  const guid = await tables.number.get(reader, mailbox, number)
  return guid === undefined ? undefined : getMessage(reader, guid)
}

/** The message that the upstream knows by this number, tombstones too. */
export async function messageByUpstream(
  reader: Reader,
  mailbox: Guid,
  number: number,
): Promise<MessageRecord | undefined> {
  const guid = await tables.upstream.get(reader, mailbox, number)
  return guid === undefined ? undefined : getMessage(reader, guid)
}

/** Live messages of a mailbox in the order in which they appeared here. */
export async function* liveMessages(
  reader: Reader,
  mailbox: Guid,
  options: { readonly from?: number; readonly to?: number; readonly reverse?: boolean } = {},
): AsyncGenerator<MessageRecord> {
  const range = {
    ...(options.from !== undefined && { start: options.from }),
    ...(options.to !== undefined && { end: options.to }),
    reverse: options.reverse ?? false,
  }
  for await (const page of inPages(tables.number.list(reader, [mailbox], range))) {
    await tables.message.readAhead(
      reader,
      page.map(({ value }) => [value]),
    )
    for (const { value } of page) {
      const message = await getMessage(reader, value)
      if (isLive(message)) yield message
    }
  }
}

const counts = (message: MessageRecord | undefined): boolean => isLive(message)
const countsUnseen = (message: MessageRecord | undefined): boolean =>
  isLive(message) && !message.flags.includes('\\Seen')

/** Writes a message's new state: log, indexes, counters, and what the mail store must be told. */
async function writeMessage(
  change: Change,
  before: MessageRecord | undefined,
  after: MessageRecord,
  { byHand, kept }: { readonly byHand?: boolean; readonly kept?: KeptNumber } = {},
): Promise<MessageRecord> {
  const { tx, replica } = change
  const place = await getMailbox(tx, after.mailbox)
  if (!place) throw new Error(`message ${after.guid} in unknown mailbox ${after.mailbox}`)
  if (after.hidden) {
    tables.message.put(tx, after.guid, after)
    tables.reference.put(tx, after.content, after.guid, true)
    return after
  }
  // Mail outlives its mailbox.
  const mailbox = isLive(after) ? await reviveMailbox(change, place) : place
  const modseq = await nextPosition(change)
  const appears = !before || before.hidden
  const { echo: _, ...rest } = after
  const echo = appears ? undefined : echoOf(change, before)
  const uid = appears && !replica.hasUpstream ? uidOf(mailbox, after, kept) : after.uid
  // Of a tombstone nobody was told which UID it had got.
  const renumbered = !appears && (uid !== before.uid || (before.expunged && !after.expunged))
  const record: MessageRecord = {
    ...rest,
    uid,
    number: appears ? numberOf(mailbox, kept) : after.number,
    created: appears ? modseq : after.created,
    modseq,
    ...(renumbered && { renumbered: modseq }),
    ...(echo && { echo }),
  }
  if (before && !before.hidden) tables.log.delete(tx, before.mailbox, before.modseq)
  if (before && before.upstream !== record.upstream) await dropUpstreamNumber(tx, before)
  if (before?.expunged) tables.tombstone.delete(tx, before.modseq, before.guid)
  if (record.expunged) tables.tombstone.put(tx, modseq, record.guid, true)
  tables.log.put(tx, record.mailbox, modseq, record.guid)
  tables.number.put(tx, record.mailbox, record.number, record.guid)
  if (record.upstream > 0) tables.upstream.put(tx, record.mailbox, record.upstream, record.guid)
  noteReference(tx, record)
  tables.message.put(tx, record.guid, record)
  const updated: MailboxRecord = {
    ...mailbox,
    head: modseq,
    uidNext: Math.max(mailbox.uidNext, record.uid + 1),
    uidShown: Math.max(mailbox.uidShown, record.uid),
    numberNext: Math.max(mailbox.numberNext, record.number + 1),
    messages: mailbox.messages + Number(counts(record)) - Number(counts(before)),
    unseen: mailbox.unseen + Number(countsUnseen(record)) - Number(countsUnseen(before)),
  }
  const acted = byHand ?? isAct(before, record)
  tables.mailbox.put(tx, mailbox.guid, acted ? await used(change, updated) : updated)
  if (change.origin.kind !== 'mail-store') tables.todo.put(tx, record.mailbox, record.guid, true)
  return record
}

/** Whether somebody has done something with the message; a delivery and a number are nobody's doing, and what a person writes counts as read. */
function isAct(before: MessageRecord | undefined, after: MessageRecord): boolean {
  if (!before) return after.flags.includes('\\Seen') || after.flags.includes('\\Draft')
  return before.expunged !== after.expunged || !equalFlags(before.flags, after.flags)
}

/** Another upstream may have given the number to another message since. */
async function dropUpstreamNumber(tx: Transaction, message: MessageRecord): Promise<void> {
  const { upstream } = tables
  if (message.upstream > 0 && (await upstream.get(tx, message.mailbox, message.upstream)) === message.guid)
    upstream.delete(tx, message.mailbox, message.upstream)
}

/** A UID that was set aside for it, unless others have been given above that since: UIDs appear in ascending order. */
function uidOf(mailbox: MailboxRecord, message: MessageRecord, kept: KeptNumber | undefined): number {
  return kept?.uid ?? (message.uid > mailbox.uidShown ? message.uid : mailbox.uidNext)
}

const numberOf = (mailbox: MailboxRecord, kept: KeptNumber | undefined): number =>
  kept?.number ?? mailbox.numberNext

/** What was kept for a message that is older than others which were read before it. */
export interface KeptNumber {
  readonly number: number
  readonly uid?: number
}

/** A message is born. Whoever calls it writes the journal, since a copy and an append are told differently. */
export async function addMessage(
  change: Change,
  message: {
    readonly guid: Guid
    readonly mailbox: Guid
    readonly content: Guid
    readonly flags: Flags
    readonly internalDateMs: number
    /** The upstream's number for it, when it comes from there. */
    readonly upstream?: number
    readonly uid?: number
    readonly answers?: number
    readonly hidden?: boolean
    /** Whether somebody has put it there, whoever wrote it; by its flags where that isn't said. */
    readonly byHand?: boolean
    readonly kept?: KeptNumber
  },
): Promise<MessageRecord> {
  const { origin } = change
  const record: MessageRecord = {
    guid: message.guid,
    mailbox: message.mailbox,
    number: 0,
    upstream: message.upstream ?? 0,
    uid: message.uid ?? 0,
    ...(message.answers !== undefined && { answers: message.answers }),
    content: message.content,
    flags: message.flags,
    internalDateMs: message.internalDateMs,
    created: 0,
    modseq: 0,
    ...(origin.kind === 'device' && { origin: origin.device }),
    hidden: message.hidden ?? false,
    expunged: false,
  }
  const { byHand, kept } = message
  return writeMessage(change, undefined, record, {
    ...(byHand !== undefined && { byHand }),
    ...(kept && { kept }),
  })
}

/** The upstream's number and UID of a message that is known here. Not an act of anybody: nothing is journaled. */
export async function numberMessage(
  change: Change,
  message: MessageRecord,
  given: { readonly upstream: number; readonly uid: number },
): Promise<MessageRecord> {
  const { upstream, uid } = given
  if (message.upstream === upstream && message.uid === uid) return message
  return writeMessage(change, message, { ...message, upstream, uid })
}

/**
 * Gives a message another UID: the one wished for, or the next if that is taken. Only on the replica without
 * an upstream, which is where UIDs are assigned.
 */
export async function renumberMessage(
  change: Change,
  message: MessageRecord,
  wished: number,
): Promise<MessageRecord> {
  const mailbox = await getMailbox(change.tx, message.mailbox)
  if (!mailbox || message.uid === wished || message.expunged) return message
  return writeMessage(change, message, { ...message, uid: Math.max(wished, mailbox.uidNext) })
}

export async function changeFlags(
  change: Change,
  message: MessageRecord,
  delta: FlagDelta,
): Promise<MessageRecord> {
  const effective = effectOn(message.flags, delta)
  if (isEmptyDelta(effective)) return message
  const after = await writeMessage(change, message, {
    ...message,
    flags: applyDelta(message.flags, effective),
  })
  await journal(change, { op: 'flags', message: message.guid, ...effective })
  return after
}

/**
 * Its mailbox turned out to be another one: there it appears anew, as what it is. Its file stays where it
 * stands until the next push. The upstream's number for it goes along unless another message has that there.
 */
export async function rehouseMessage(
  change: Change,
  message: MessageRecord,
  mailbox: Guid,
): Promise<MessageRecord> {
  await unlistMessage(change.tx, message)
  const { echo: _, ...rest } = message
  const isTaken = message.upstream > 0 && (await tables.upstream.has(change.tx, mailbox, message.upstream))
  return writeMessage(change, undefined, { ...rest, mailbox, upstream: isTaken ? 0 : message.upstream })
}

/** Leaves a tombstone. */
export async function expungeMessage(
  change: Change,
  message: MessageRecord,
  how: { readonly base: Flags; readonly movedTo?: Guid; readonly silent?: boolean },
): Promise<void> {
  if (message.expunged) return
  const moved = how.movedTo === undefined ? {} : { movedTo: how.movedTo }
  await writeMessage(change, message, { ...message, ...moved, hidden: false, expunged: true })
  if (how.silent) return
  await journal(change, {
    op: 'expunge',
    message: message.guid,
    base: how.base,
    ...moved,
  })
}

/** More moves of one message than this, while somebody was away, are not followed. */
const moveLimit = 100

/** What a message lives on as that was moved, and moved on perhaps. */
export async function movedOn(reader: Reader, message: MessageRecord): Promise<MessageRecord | undefined> {
  let current: MessageRecord | undefined = message
  for (let moves = 0; current?.expunged && moves < moveLimit; moves++) {
    const { movedTo }: MessageRecord = current
    if (movedTo === undefined) return undefined
    current = await getMessage(reader, await currentName(reader, movedTo))
  }
  return isLive(current) ? current : undefined
}

/**
 * A tombstone that was wrong: the upstream has applied our journal and still has the message. Should it expunge it all the
 * same, the message lives on where it was moved to, and the stand-in there may have its name.
 */
export async function reviveMessage(
  change: Change,
  message: MessageRecord,
  flags: Flags,
): Promise<MessageRecord> {
  return message.expunged ? writeMessage(change, message, { ...message, expunged: false, flags }) : message
}

/** A UID that a device has given for a message which isn't shown yet: it is its own unless it was given before. */
export async function reserveUid(change: Change, mailbox: Guid, uid: number | undefined): Promise<number> {
  const record = await getMailbox(change.tx, mailbox)
  if (!record || uid === undefined || uid < record.uidNext || change.replica.hasUpstream) return 0
  tables.mailbox.put(change.tx, mailbox, { ...record, uidNext: uid + 1 })
  return uid
}

/** Takes a message out of all that its mailbox keeps of it. */
async function unlistMessage(tx: Transaction, message: MessageRecord): Promise<void> {
  tables.log.delete(tx, message.mailbox, message.modseq)
  tables.number.delete(tx, message.mailbox, message.number)
  await dropUpstreamNumber(tx, message)
  tables.tombstone.delete(tx, message.modseq, message.guid)
  tables.todo.delete(tx, message.mailbox, message.guid)
  const mailbox = await getMailbox(tx, message.mailbox)
  if (!mailbox) return
  const messages = mailbox.messages - Number(counts(message))
  const unseen = mailbox.unseen - Number(countsUnseen(message))
  tables.mailbox.put(tx, mailbox.guid, { ...mailbox, messages, unseen })
}

/** Takes a message out of the replica without a trace: it was known by a name that isn't right. */
export async function forgetMessage(tx: Transaction, message: MessageRecord): Promise<void> {
  await unlistMessage(tx, message)
  tables.message.delete(tx, message.guid)
  for (const table of [tables.reference, tables.pastReference])
    table.delete(tx, message.content, message.guid)
  tables.upload.delete(tx, message.guid)
}

/** Content has become complete: the messages that waited for it appear. */
export async function revealMessages(change: Change, content: ContentRecord): Promise<void> {
  for await (const { key } of tables.reference.list(change.tx, [content.id])) {
    const message = await getMessage(change.tx, key[1])
    if (!message?.hidden) continue
    const origin: Change['origin'] =
      message.origin === undefined ? change.origin : { kind: 'device', device: message.origin }
    const shown = await writeMessage({ ...change, origin }, message, { ...message, hidden: false })
    await announceMessage({ ...change, origin }, shown, content)
  }
}

/**
 * Tells this replica's upstream of a message that a device made: as a copy of `source`, which the upstream can
 * know, else with its bytes; and of the UID that the mail server beside the device gave it. Does nothing without an upstream.
 */
export async function announceMessage(
  change: Change,
  message: MessageRecord,
  content: ContentRecord,
  given: { readonly source?: MessageRecord; readonly uid?: number | undefined } = {},
): Promise<void> {
  if (!change.replica.hasUpstream) return
  // Its bytes have to come from there first.
  if (!content.whole) tables.expected.put(change.tx, content.id, true)
  const { guid, mailbox, flags, internalDateMs } = message
  const { source } = given
  const uid = given.uid === undefined ? {} : { uid: given.uid }
  if (source) {
    await journal(change, {
      op: 'copy',
      mailbox,
      message: guid,
      source: source.guid,
      flags,
      base: source.flags,
      internalDateMs,
      ...uid,
    })
  } else if (content.digest !== undefined) {
    const { digest, sizeBytes } = content
    // What a relay has before its first sync may be there too, whoever put it here.
    const adopt = !(await readReplicaRecord(change.tx)).firstSyncEnded
    const append = { op: 'append', mailbox, message: guid, flags, internalDateMs, digest, sizeBytes } as const
    await journal(change, { ...append, adopt, ...uid })
    tables.upload.put(change.tx, guid, { begun: false, waits: content.upstreamHas })
  }
}

/** A message that is expunged shows its content no more: who looks for one that does needn't read a thousand that did. */
function noteReference(tx: Transaction, { content, guid, expunged }: MessageRecord): void {
  const [now, before] = expunged
    ? [tables.pastReference, tables.reference]
    : [tables.reference, tables.pastReference]
  before.delete(tx, content, guid)
  now.put(tx, content, guid, true)
}
