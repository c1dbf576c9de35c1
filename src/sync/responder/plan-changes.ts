import { cursorOf, knowsMessage } from '../../replica/cursor.js'
import { isInRanges, rangesOf } from '../../replica/ids/uid-ranges.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, liveMessages } from '../../replica/messages.js'
import type { Guid, UidRange } from '../../replica/model.js'
import type { Cursor, MailboxRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import type { Changes } from '../../wire/response/changes-frame.js'
import type { MailboxState } from '../../wire/response/structure-frames.js'

/** Whom the changes of a mailbox are for, and as of when. */
export interface ChangesRequest {
  /** The initiator's replica. */
  readonly device: Guid
  readonly cursor: Cursor
  /** The device has been here before, and may know messages and mailboxes that have gone since. */
  readonly met: boolean
  /** The log position at which the plan is made. */
  readonly head: number
  readonly mailbox: MailboxRecord
  /** Lets others have their turn: a mailbox may have a hundred thousand. */
  readonly rest: () => Promise<void>
  /** Numbers of messages that it asks to have listed, by name. */
  readonly asked: readonly UidRange[]
  /** What is ashore and may come now. */
  readonly doubted: readonly UidRange[]
  /** Messages that the accept has told of, with their last change by then. Undefined: the device doesn't know of such. */
  readonly given?: ReadonlyMap<Guid, number>
  /** Only the newest are looked at: for a device that knows and has brought nothing. */
  readonly page?: Pick<FirstPage, 'ofEach'>
}

/** What a device that is new is told of a large account before all of it has been looked at. */
export interface FirstPage {
  /** Of so many of each mailbox it is seen whether they come. */
  readonly ofEach: number
  /** No more mailboxes are looked into when so many messages come. */
  readonly messages: number
  readonly mailboxes: number
}

/** What there is to tell of a mailbox. */
export interface Told {
  readonly changes: Omit<Changes, 'mailbox'> | undefined
  /** Newest first. */
  readonly news: MessageRecord[]
  /** Numbers that weren't looked at. */
  readonly left: readonly UidRange[]
}

/** What a device that knows this much of a message, or doesn't know it, has to be told of what has happened to it. */
export interface Telling {
  /** Its number and UID here: the device made it, or showed that it has it. */
  readonly numbered: boolean
  readonly expunged: boolean
  readonly flags: boolean
  readonly uid: boolean
  /** The message is new to the device. */
  readonly news: boolean
}

export const nothingChanged: Omit<Changes, 'mailbox'> = { flags: [], numbered: [], uids: [], expunged: [] }

const nothing: Telling = { numbered: false, expunged: false, flags: false, uid: false, news: false }

/**
 * How a message is told whose last change is later than what the device knows of its mailbox.
 * @param adopted the device has shown that it has an appearance of this message
 */
export function tellingOf(
  message: MessageRecord,
  device: Pick<ChangesRequest, 'device' | 'cursor' | 'met'>,
  adopted: boolean,
): Telling {
  const { log } = cursorOf(device.cursor, message.mailbox)
  const echoed = message.echo?.device === device.device && message.echo.base <= log
  const own = message.origin === device.device && message.created > log
  if (message.expunged) {
    if (echoed) return nothing
    const numbered = own || adopted
    // Even one that its cursor doesn't cover: it may have come as a link before the line was cut.
    return { ...nothing, numbered, expunged: numbered || device.met || log > 0 }
  }
  if (!knowsMessage(device.device, device.cursor, message)) return { ...nothing, numbered: own, news: true }
  return { ...nothing, numbered: own, flags: !echoed && !own, uid: !own && (message.renumbered ?? 0) > log }
}

/** What has changed in a mailbox since the device has heard of it, and what is new to it there, newest first. */
export async function changesOf(reader: Reader, request: ChangesRequest): Promise<Told> {
  const { device, cursor, mailbox, asked, doubted, given, page } = request
  const { log, missing, ashore = [] } = cursorOf(cursor, mailbox.guid)
  const told = { flags: [], numbered: [], uids: [] } as {
    flags: MessageRecord[]
    numbered: MessageRecord[]
    uids: MessageRecord[]
  }
  const expunged: number[] = []
  const news = new Map<number, MessageRecord>()
  const takeNew = async (message: MessageRecord): Promise<void> => {
    await request.rest()
    // What it asks for by name it doesn't have; else it needn't be listed what it has shown to have.
    const lacks = isInRanges(asked, message.number) || isInRanges(ashore, message.number)
    const has = !lacks && (await tables.adopted.get(reader, device, message.guid))
    if (has) told.numbered.push(message)
    else news.set(message.number, message)
  }
  let [looked, lowest] = [0, 0]
  for await (const { message, telling } of seenIn(reader, request)) {
    looked++
    lowest = message.number
    if (given?.get(message.guid) === message.modseq) continue
    if (telling.numbered) told.numbered.push(message)
    if (telling.expunged) expunged.push(message.number)
    if (telling.flags) told.flags.push(message)
    if (telling.uid) told.uids.push(message)
    if (telling.news) await takeNew(message)
  }
  for (const gap of missing)
    for await (const message of liveMessages(reader, mailbox.guid, gap))
      if (message.origin !== device) await takeNew(message)
  for (const gap of [...doubted, ...asked])
    for await (const message of liveMessages(reader, mailbox.guid, gap)) await takeNew(message)
  const ascending = (a: MessageRecord, b: MessageRecord): number => a.number - b.number
  const changes = {
    flags: told.flags.sort(ascending),
    numbered: told.numbered.sort(ascending),
    uids: told.uids.sort(ascending),
    expunged: rangesOf(expunged),
  }
  // Where nothing is told the end of the answer says how far it was looked at.
  const isTold = given ? news.size + missing.length > 0 : mailbox.head > log
  return {
    changes: isTold || Object.values(changes).some(({ length }) => length > 0) ? changes : undefined,
    news: [...news.values()].sort((a, b) => b.number - a.number),
    left: leftBelow(lowest, looked === page?.ofEach),
  }
}

const leftBelow = (number: number, isAny: boolean): UidRange[] =>
  isAny && number > 1 ? [{ from: 1, to: number }] : []

interface Seen {
  readonly message: MessageRecord
  readonly telling: Telling
}

function seenIn(reader: Reader, request: ChangesRequest): AsyncGenerator<Seen> {
  const { cursor, mailbox, page } = request
  if (page) return newestOf(reader, request, page.ofEach)
  return changedSince(reader, request, cursorOf(cursor, mailbox.guid).log)
}

/** The newest messages of a mailbox, of those that were there at `head`. */
async function* newestOf(reader: Reader, request: ChangesRequest, most: number): AsyncGenerator<Seen> {
  let left = most
  for await (const message of liveMessages(reader, request.mailbox.guid, { reverse: true })) {
    if (message.created > request.head) continue
    yield { message, telling: tellingOf(message, request, false) }
    if (--left === 0) return
  }
}

/**
 * Messages of a mailbox that have changed since this position, including those that change past `head` while
 * the plan is made: such a change has left its earlier place. Messages that appeared after `head` are for the
 * next exchange.
 */
async function* changedSince(reader: Reader, request: ChangesRequest, log: number): AsyncGenerator<Seen> {
  const { device, head, mailbox } = request
  for await (const page of inPages(tables.log.list(reader, [mailbox.guid], { start: log + 1 }))) {
    await tables.message.readAhead(
      reader,
      page.map(({ value }) => [value]),
    )
    await request.rest()
    for (const { value } of page) {
      const message = await getMessage(reader, value)
      if (!message || message.hidden || message.created > head) continue
      const adopted = message.expunged && (await tables.adopted.has(reader, device, message.guid))
      yield { message, telling: tellingOf(message, request, adopted) }
    }
  }
}

export interface StructureRequest extends Pick<ChangesRequest, 'device' | 'cursor' | 'met'> {
  /** What a page of this answer has said of mailboxes. */
  readonly named?: readonly MailboxState[]
}

/** Mailboxes themselves that were made, changed or deleted since the device last heard of them. */
export async function structureSince(reader: Reader, request: StructureRequest): Promise<MailboxState[]> {
  const { device } = request
  const since = request.cursor.structure
  const met = request.met || since > 0
  const named = new Map(request.named?.map((state) => [state.guid, state]))
  const states: MailboxState[] = []
  // Behind `head` too: what has changed once more while the plan is made has left its place before it.
  for await (const { value } of tables.structure.list(reader, [], { start: since + 1 })) {
    const mailbox = await getMailbox(reader, value)
    if (!mailbox) continue
    if (mailbox.echo?.device === device && mailbox.echo.base <= since) continue
    if (mailbox.deleted) {
      // Deleted since the same request gave its name to a mailbox of the device.
      const isNamed = named.has(mailbox.guid) || (await tables.namedBy.has(reader, device, mailbox.guid))
      if (!met && mailbox.origin !== device && !isNamed) continue
      // A device that hasn't heard of its present name knows it by a former one.
      for (const guid of [mailbox.guid, ...(mailbox.formerly ?? [])]) states.push({ guid, deleted: true })
      continue
    }
    const { guid, path, uidValidity, subscribed, specialUse, formerly } = mailbox
    const state: MailboxState = {
      guid,
      deleted: false,
      path,
      uidValidity,
      subscribed,
      ...(specialUse !== undefined && { specialUse }),
      // Whoever made it knows it, although it has heard of nothing yet.
      ...(formerly !== undefined && (met || mailbox.origin === device) && { formerly }),
    }
    if (JSON.stringify(named.get(guid)) !== JSON.stringify(state)) states.push(state)
  }
  return states
}
