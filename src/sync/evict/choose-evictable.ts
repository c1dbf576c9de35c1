import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/contents.js'
import { hasDevices } from '../../replica/devices.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { getMessage, liveMessages, messageByUpstream } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { type MailboxRecord, type MessageRecord, wholeFile } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOutOfSight } from '../content/out-of-sight.js'
import { answeredMessages } from '../content/thread.js'
import { isSelected } from '../policy/selection.js'
import type { Window } from '../policy/window.js'
import { yieldToOthers } from '../yield-event-loop.js'
import { isMarked } from './is-at-rest.js'
import { lookAtFile } from './look-at-file.js'
import { countStay, type StayReason, type Stays } from './stays.js'
import { edgeHere, isOutsideHere } from './window-here.js'

/** What may go from this disk, as far as can be told here. */
export interface EvictionTerms {
  /** What each link of this replica holds here: only what is outside of all of them goes. */
  readonly windows: readonly (readonly Window[])[]
  /** How long it stays when it has fallen out, and when it was read, ms. */
  readonly afterMs: number
  readonly unreadForMs: number
  /** When the mail here takes more bytes than this, mail outside the windows leaves at once. */
  readonly budgetBytes?: number
  /** Somebody has asked for it just now: it needn't wait for its day. */
  readonly byHand?: boolean
}

/** What the upstream is to be asked about. */
export interface Chosen {
  /** Messages by mailbox and the upstream's number. */
  readonly messages: ReadonlyMap<Guid, ReadonlyMap<number, Guid>>
  readonly count: number
  readonly bytes: number
  /** What is outside and stays, as far as that was looked at. */
  readonly stays: Stays
}

/** The most messages that leave in one exchange: the upstream looks at each. */
export const mostEvicted = 2000

export const nothingChosen: Chosen = { messages: new Map(), count: 0, bytes: 0, stays: {} }

/** What may go, the oldest first, as much of it as one exchange takes. */
export async function chooseEvictable(
  account: Account,
  terms: EvictionTerms,
  select: readonly string[],
): Promise<Chosen> {
  const { evictions } = account.mailStore
  const { db } = account.replica
  const { firstSyncEnded, recall } = await readReplicaRecord(db)
  if (!evictions || !firstSyncEnded || recall !== undefined || (await hasDevices(db))) return nothingChosen
  const { inside, outside, pinned } = await sortByWindow(account, terms, select)
  if (outside.length === 0) return { ...nothingChosen, stays: pinned }
  const answered = await answeredBy(db, inside)
  let excess = terms.budgetBytes === undefined ? 0 : (await bytesHere(db)) - terms.budgetBytes
  const messages = new Map<Guid, Map<number, Guid>>()
  let [count, bytes] = [0, 0]
  let stays = pinned
  for (const { guid, isDue } of outside.sort((a, b) => a.internalDateMs - b.internalDateMs)) {
    if (count === mostEvicted) break
    const waits = answered.has(guid) ? 'answered' : isDue || excess > 0 ? undefined : 'later'
    const leaving = waits ?? (await lookAtFile(account, evictions, guid, terms))
    if (typeof leaving === 'string') {
      stays = countStay(stays, leaving)
      continue
    }
    const { mailbox } = leaving.file
    messages.set(mailbox, (messages.get(mailbox) ?? new Map<number, Guid>()).set(leaving.number, guid))
    count++
    bytes += leaving.bytes
    excess -= leaving.bytes
  }
  return { messages, count, bytes, stays }
}

interface Sorted {
  /** Messages inside the windows, in mailboxes of which some window leaves something out. */
  readonly inside: readonly Guid[]
  /** What would be outside, if it weren't for its flags. */
  readonly pinned: Stays
  readonly outside: (Pick<MessageRecord, 'guid' | 'internalDateMs'> & { readonly isDue: boolean })[]
}

async function sortByWindow(
  { replica: { db, now } }: Account,
  { windows, afterMs }: EvictionTerms,
  select: readonly string[],
): Promise<Sorted> {
  const mailboxes = (await listMailboxes(db)).filter((mailbox) => isSelected(select, mailbox))
  // A clock that is wrong would empty the disk: what has come last says how late it is at the least.
  const nowMs = Math.min(now(), await newestOf(db, mailboxes))
  const inside: Guid[] = []
  const outside: Sorted['outside'] = []
  let pinned: Stays = {}
  const torn = await listTorn(db)
  for (const mailbox of mailboxes) {
    const edgesAt = (atMs: number) => Promise.all(windows.map((each) => edgeHere(db, mailbox, each, atMs)))
    const edges = await edgesAt(nowMs)
    const longAgo = await edgesAt(nowMs - afterMs)
    if (edges.length === 0 || edges.every((edge) => edge === undefined)) continue
    const stays = await whyAllStays(db, mailbox.guid, torn)
    for await (const message of liveMessages(db, mailbox.guid)) {
      const { guid, internalDateMs } = message
      const isBeyond = (all: typeof edges, flags = message.flags) =>
        all.every((edge) => edge && isOutsideHere(edge, { ...message, flags }))
      const isDue = internalDateMs < nowMs - afterMs && isBeyond(longAgo)
      const isOut = internalDateMs < nowMs && isBeyond(edges)
      if (!stays && isOut) outside.push({ guid, internalDateMs, isDue })
      else {
        inside.push(guid)
        if (isBeyond(edges, plainFlags))
          pinned = countStay(pinned, whyPinned(message, isOut ? stays : undefined))
      }
    }
    await yieldToOthers()
  }
  return { inside, outside, pinned }
}

async function whyAllStays(
  reader: Reader,
  mailbox: Guid,
  torn: Pick<ReadonlySet<Guid>, 'has'>,
): Promise<StayReason | undefined> {
  if (await isOutOfSight(reader, mailbox)) return 'unreadable'
  return torn.has(mailbox) ? 'torn' : undefined
}

function whyPinned(message: MessageRecord, stays: StayReason | undefined): StayReason {
  return stays ?? (isMarked(message) ? 'marked' : 'unread')
}

/** The flags of a message that only its age keeps in a window. */
const plainFlags = ['\\Seen']

/** An endpoint names no more than twice so many ranges of a mailbox, and of all of them, and sends what is in others. */
const mostRanges = { mailbox: 10_000, account: 100_000 } as const

/** What is ashore of these lies between so many messages that are here that no more of it can be named. */
async function listTorn(reader: Reader): Promise<Pick<ReadonlySet<Guid>, 'has'>> {
  const torn = new Set<Guid>()
  let all = 0
  for await (const { key, value } of tables.shore.list(reader)) {
    all += value.ranges.length
    if (value.ranges.length >= mostRanges.mailbox) torn.add(key[0])
  }
  return all >= mostRanges.account ? { has: () => true } : torn
}

/** What the mail here takes on the disk, about. */
async function bytesHere(reader: Reader): Promise<number> {
  let bytes = 0
  for await (const { value } of tables.file.list(reader)) {
    const message = value.shown === wholeFile ? await getMessage(reader, value.message) : undefined
    bytes += (message && (await getContent(reader, message.content))?.sizeBytes) ?? 0
  }
  return bytes
}

async function newestOf(reader: Reader, mailboxes: readonly MailboxRecord[]): Promise<number> {
  let newestMs = 0
  for (const { guid } of mailboxes)
    for await (const { upstream, internalDateMs } of liveMessages(reader, guid))
      if (upstream > 0) newestMs = Math.max(newestMs, internalDateMs)
  return newestMs
}

/** What these answer, and what that answers. */
async function answeredBy(reader: Reader, inside: readonly Guid[]): Promise<ReadonlySet<Guid>> {
  const answered = new Set<Guid>()
  const reached = [...inside]
  for (let guid = reached.pop(); guid !== undefined; guid = reached.pop()) {
    const message = await getMessage(reader, guid)
    const content = message && (await getContent(reader, message.content))
    if (!message || !content) continue
    const others: MessageRecord[] = []
    if (content.envelope)
      for await (const other of answeredMessages(reader, message, decodeEnvelope(content.envelope)))
        others.push(other)
    const { answers, mailbox } = message
    const parent = answers === undefined ? undefined : await messageByUpstream(reader, mailbox, answers)
    for (const other of parent ? [...others, parent] : others) {
      if (answered.has(other.guid)) continue
      answered.add(other.guid)
      reached.push(other.guid)
    }
  }
  return answered
}
