import { hasCode, PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import { messageGone } from '../../message-errors.js'
import { type Place, printLocator } from '../names/locator.js'
import type { ImapConnection } from '../session/imap-connection.js'
import { bytesOf, type ImapNode, numberOf } from '../session/imap-response.js'
import { atom, type ImapArgument, type ImapSession } from '../session/imap-session.js'
import { UidSet } from '../session/uid-set.js'
import { internalDateOf } from './message-flags.js'
import { searchUids } from './search-uids.js'

/** How much of a message is read at first: most mail is no longer. */
export const beginningBytes = 256 * 1024
/** Messages that one command asks for: bounds what an answer can hold. */
const messagesAtOnce = 16
/** How much of one answer is kept of a server that gives whole messages where their beginnings were asked for. */
const wholesBytes = 32 * 1024 * 1024

export interface Beginning {
  /** The first `beginningBytes`, or all of it. */
  readonly bytes: Uint8Array
  readonly size: number
  readonly internalDateMs: number
}

export interface Waiting {
  readonly place: Place
  readonly resolve: (beginning: Beginning) => void
  readonly reject: (error: unknown) => void
}

/** What has been learnt of a server, for as long as the mail store is open. */
export interface ServerHabits {
  /** The server answers a range with the whole message. */
  ignoresRanges: boolean
}

/**
 * Reads the beginnings of messages of one mailbox, some in each command. A message that the server refuses to
 * give, or at which it hangs up, is found by what came before it and in the end read alone: its fault costs
 * the others no more than one command.
 */
export async function readBeginnings(
  connection: ImapConnection,
  path: MailboxPath,
  waiting: readonly Waiting[],
  habits: ServerHabits,
): Promise<void> {
  let rest = [...waiting]
  while (rest.length > 0) {
    const batch = rest.slice(0, habits.ignoresRanges ? 1 : messagesAtOnce)
    rest = rest.slice(batch.length)
    await readBatch(connection, path, batch, habits)
  }
}

async function readBatch(
  connection: ImapConnection,
  path: MailboxPath,
  batch: readonly Waiting[],
  habits: ServerHabits,
): Promise<void> {
  const alone: Waiting[] = []
  let [rest, passedOver, barren] = [[...batch], 0, 0]
  while (rest.length > 0) {
    const again = batch.length === 1
    const { left, failure } = await readOnce(connection, path, rest, { habits, again })
    if (failure !== undefined && !isOfMessages(failure)) {
      for (const { reject } of [...alone, ...left]) reject(failure)
      return
    }
    if (failure === undefined) {
      if (left.length < rest.length) passedOver = 0
      rest = left
      if (rest.length > 0 && passedOver++ > 0) {
        await judgePassedOver(connection, path, rest)
        rest = []
      }
      continue
    }
    const [first, ...others] = left
    if (rest.length === 1) first?.reject(failure)
    else if (first) alone.push(first)
    // Twice nothing has come: nobody can say which one it is.
    barren = left.length === rest.length ? barren + 1 : 0
    rest = barren > 1 ? [] : others
    if (barren > 1) alone.push(...others)
  }
  for (const one of alone) {
    const { left, failure } = await readOnce(connection, path, [one], { habits, again: false })
    const known = failure === undefined || isOfMessages(failure)
    if (left.length > 0 && failure !== undefined) one.reject(failure)
    else if (left.length > 0) await judgePassedOver(connection, path, left)
    if (!known) for (const { reject } of alone) reject(failure)
    if (!known) return
  }
}

/** Whether it says something of the messages that were asked for, and not of the mailbox or the server. */
function isOfMessages(failure: unknown): boolean {
  return hasCode(failure, 'MESSAGE_UNREADABLE')
}

/** One command. Those that came are answered; the others are left, in their order. */
async function readOnce(
  connection: ImapConnection,
  path: MailboxPath,
  waiting: readonly Waiting[],
  { habits, again }: { readonly habits: ServerHabits; readonly again: boolean },
): Promise<{ left: Waiting[]; failure?: unknown }> {
  const came = new Map<number, ReadonlyMap<string, ImapNode>>()
  let wholes = 0
  const take = (uid: number, given: ReadonlyMap<string, ImapNode>): void => {
    const { length = -1 } = bytesOf(given.get('BODY')) ?? {}
    if (length < 0) return
    if (length > beginningBytes) {
      habits.ignoresRanges = true
      wholes += length
      if (wholes > wholesBytes && came.size > 0) return
    }
    came.set(uid, given)
  }
  const answered = new Set<Waiting>()
  const settle = async (session: ImapSession | undefined): Promise<void> => {
    for (const each of waiting) {
      const given = answered.has(each) ? undefined : came.get(each.place.uid)
      const bytes = bytesOf(given?.get('BODY'))
      if (!given || !bytes) continue
      const said = numberOf(given.get('RFC822.SIZE')) ?? bytes.length
      if (bytes.length === beginningBytes && !session) continue
      const size =
        session && bytes.length === beginningBytes ? await sizeOf(session, each.place, said) : bytes.length
      each.resolve({ bytes, size, internalDateMs: internalDateOf(given) ?? 0 })
      answered.add(each)
    }
  }
  const [first] = waiting
  const which = waiting.length === 1 && first ? `message ${first.place.uid}` : `${waiting.length} messages`
  const about = { what: `reading ${which} in ${pathText(path)}`, concern: 'message' } as const
  try {
    await connection.run(
      async (session) => {
        const { uidValidity } = await session.select(path)
        const here = waiting.filter(({ place }) => place.uidValidity === uidValidity)
        for (const each of waiting)
          if (!here.includes(each)) {
            each.reject(messageGone(printLocator(each.place)))
            answered.add(each)
          }
        const items = [atom('UID'), atom('INTERNALDATE'), atom('RFC822.SIZE'), bodyRange(0, beginningBytes)]
        for (const set of UidSet.of(here.map(({ place }) => place.uid)).print())
          await session.fetch(set, items, take)
        await settle(session)
      },
      { again, about },
    )
    return { left: waiting.filter((each) => !answered.has(each)) }
  } catch (failure) {
    await settle(undefined)
    return { left: waiting.filter((each) => !answered.has(each)), failure }
  }
}

/** FETCH has twice given no bytes of these, and no reason: those that the mailbox has can't be read. */
async function judgePassedOver(
  connection: ImapConnection,
  path: MailboxPath,
  waiting: readonly Waiting[],
): Promise<void> {
  try {
    await connection.run(async (session) => {
      await session.select(path)
      for (const { place, reject } of waiting)
        reject((await isPresent(session, place)) ? notGiven(path, place) : messageGone(printLocator(place)))
    })
  } catch (error) {
    for (const { reject } of waiting) reject(error)
  }
}

/** Whether the mailbox that is selected has it, whatever of it can be read. */
export async function isPresent(session: ImapSession, { uid }: Place): Promise<boolean> {
  const present = await searchUids(session, { exists: 1 }, UidSet.of([uid]))
  return present.has(uid)
}

export function notGiven(path: MailboxPath, { uid }: Place): PacketboatError {
  return new PacketboatError(
    'MESSAGE_UNREADABLE',
    `The IMAP server lists message ${uid} in ${pathText(path)}, and sends nothing of it.`,
    "packetboat tries again later. Open the message with another mail program. If that can't show it either, ask the operator of the server.",
  )
}

export function bodyRange(from: number, length: number): ImapArgument {
  return { type: 'ATOM', value: 'BODY.PEEK', section: [], partial: [from, length] }
}

/** Undefined when the server gives nothing. More than `length` bytes when it doesn't heed ranges. */
export async function readRangeOf(
  session: ImapSession,
  place: Place,
  from: number,
  length: number,
): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array | undefined
  await session.fetch(String(place.uid), [atom('UID'), bodyRange(from, length)], (uid, items) => {
    if (uid === place.uid) bytes = bytesOf(items.get('BODY')) ?? bytes
  })
  return bytes
}

/** Some servers give a size that isn't that of the bytes: what is said is looked at, and measured where it is wrong. */
async function sizeOf(session: ImapSession, place: Place, said: number): Promise<number> {
  const lengthAt = async (from: number, length: number): Promise<number> =>
    (await readRangeOf(session, place, from, length))?.length ?? 0
  if (said > 0) {
    const last = await lengthAt(said - 1, 2)
    if (last === 1) return said
    if (last > 2) return last
  }
  for (let size = 0; ; ) {
    const length = await lengthAt(size, beginningBytes)
    if (length > beginningBytes) return length
    size += length
    if (length < beginningBytes) return size
  }
}
