import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/content/contents.js'
import { hasDevices } from '../../replica/devices.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { getMessage, liveMessages, messageByUpstream } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOutOfSight } from '../content/out-of-sight.js'
import { answeredMessages } from '../content/thread.js'
import { isSelected } from '../policy/selection.js'
import type { Window, WindowEdge } from '../policy/window.js'
import { yieldToOthers } from '../yield-event-loop.js'
import { bytesHere } from './disk-bytes.js'
import { isMarked } from './is-at-rest.js'
import { lookAtFile } from './look-at-file.js'
import { addStays, countStay, type StayReason, type Stays } from './stays.js'
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
  /** Log position as of which it was chosen. */
  readonly head: number
  /** Mailboxes that had messages then which the upstream hasn't numbered. */
  readonly unnumbered: ReadonlySet<Guid>
  /** Messages by mailbox and the upstream's number. */
  readonly messages: ReadonlyMap<Guid, ReadonlyMap<number, Guid>>
  readonly count: number
  readonly bytes: number
  /** What is outside and stays, as far as that was looked at. */
  readonly stays: Stays
}

/** The most messages that leave in one exchange: the upstream looks at each. */
export const mostEvicted = 2000

export const nothingChosen: Chosen = {
  head: 0,
  unnumbered: new Set(),
  messages: new Map(),
  count: 0,
  bytes: 0,
  stays: {},
}

/** What may go, the oldest first, as much of it as one exchange takes. */
export function chooseEvictable(
  account: Account,
  terms: EvictionTerms,
  select: readonly string[],
): Promise<Chosen> {
  return new EvictableMail(account, terms, select).choose()
}

/** What may go, as much of it at a time as one exchange takes. All mail is looked at once for that, and again when something has happened to it. */
export class EvictableMail {
  private sorted: Sorted | undefined

  constructor(
    private readonly account: Account,
    private readonly terms: EvictionTerms,
    private readonly select: readonly string[],
  ) {}

  /** The oldest that weren't chosen before. */
  async choose(most = mostEvicted): Promise<Chosen> {
    const { account, terms } = this
    const { evictions } = account.mailStore
    const { db } = account.replica
    const { firstSyncEnded, recall, head } = await readReplicaRecord(db)
    if (!evictions || !firstSyncEnded || recall !== undefined || (await hasDevices(db))) return nothingChosen
    const torn = await listTorn(db)
    if (this.sorted?.head !== head || this.sorted.torn !== torn.count)
      this.sorted = await sortMail(account, terms, { select: this.select, head, torn })
    const { sorted } = this
    const { answered, outside, unnumbered } = sorted
    const budget = outside.every(({ isDue }) => isDue) ? undefined : terms.budgetBytes
    let excess = budget === undefined ? 0 : (await bytesHere(db)) - budget
    const messages = new Map<Guid, Map<number, Guid>>()
    let [count, bytes] = [0, 0]
    for (let next = outside.at(-1); next && count < most; next = outside.at(-1)) {
      outside.pop()
      const { guid, isDue } = next
      const waits = answered.has(guid) ? 'answered' : isDue || excess > 0 ? undefined : 'later'
      const leaving = waits ?? (await lookAtFile(account, evictions, guid, terms))
      if (typeof leaving === 'string') {
        sorted.stays = countStay(sorted.stays, leaving)
        continue
      }
      const { mailbox } = leaving.file
      messages.set(mailbox, (messages.get(mailbox) ?? new Map<number, Guid>()).set(leaving.number, guid))
      count++
      bytes += leaving.bytes
      excess -= leaving.bytes
    }
    return { head, unnumbered, messages, count, bytes, stays: sorted.stays }
  }

  /** Nobody was asked about what was chosen: it is chosen again. */
  forget(): void {
    this.sorted = undefined
  }

  /** These of what was chosen have stayed. */
  noteStayed(stays: Stays): void {
    if (this.sorted) this.sorted.stays = addStays(this.sorted.stays, stays)
  }
}

/** All mail here by the windows, as of one position of the log. */
interface Sorted {
  readonly head: number
  readonly torn: number
  readonly unnumbered: ReadonlySet<Guid>
  /** What is inside answers these. */
  readonly answered: ReadonlySet<Guid>
  /** The oldest last: it goes first. */
  readonly outside: (Pick<MessageRecord, 'guid' | 'internalDateMs'> & { readonly isDue: boolean })[]
  /** What was outside and stays: at first for its flags. */
  stays: Stays
}

async function sortMail(
  { replica: { db, now } }: Account,
  { windows, afterMs }: EvictionTerms,
  of: { readonly select: readonly string[]; readonly head: number; readonly torn: Torn },
): Promise<Sorted> {
  const { select, head, torn } = of
  const mailboxes = (await listMailboxes(db)).filter((mailbox) => isSelected(select, mailbox))
  // A clock that is wrong would empty the disk: what has come last says how late it is at the least.
  const nowMs = Math.min(now(), await newestOf(db, mailboxes))
  /** In mailboxes of which some window leaves something out. */
  const inside: Guid[] = []
  const unnumbered = new Set<Guid>()
  const outside: Sorted['outside'] = []
  let pinned: Stays = {}
  for (const mailbox of mailboxes) {
    const edgesAt = (atMs: number) => Promise.all(windows.map((each) => edgeHere(db, mailbox, each, atMs)))
    const edges = await edgesAt(nowMs)
    const longAgo = await edgesAt(nowMs - afterMs)
    if (edges.every((edge) => edge === undefined)) continue
    const stays = await whyAllStays(db, mailbox.guid, torn)
    for await (const message of liveMessages(db, mailbox.guid)) {
      const { guid, internalDateMs, upstream } = message
      if (upstream === 0) unnumbered.add(mailbox.guid)
      const isDue = internalDateMs < nowMs - afterMs && isBeyond(longAgo, message)
      const isOut = internalDateMs < nowMs && isBeyond(edges, message)
      if (!stays && isOut) outside.push({ guid, internalDateMs, isDue })
      else {
        inside.push(guid)
        if (isBeyond(edges, { ...message, flags: plainFlags }))
          pinned = countStay(pinned, whyPinned(message, isOut ? stays : undefined))
      }
    }
    await yieldToOthers()
  }
  return {
    head,
    torn: torn.count,
    unnumbered,
    answered: outside.length === 0 ? new Set() : await answeredBy(db, inside),
    outside: outside.sort((a, b) => b.internalDateMs - a.internalDateMs),
    stays: pinned,
  }
}

function isBeyond(edges: readonly (WindowEdge | undefined)[], message: MessageRecord): boolean {
  return edges.every((edge) => edge && isOutsideHere(edge, message))
}

async function whyAllStays(reader: Reader, mailbox: Guid, torn: Torn): Promise<StayReason | undefined> {
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

interface Torn {
  has(mailbox: Guid): boolean
  readonly count: number
}

/** What is ashore of these lies between so many messages that are here that no more of it can be named. */
async function listTorn(reader: Reader): Promise<Torn> {
  const torn = new Set<Guid>()
  let all = 0
  for await (const { key, value } of tables.shore.list(reader)) {
    all += value.ranges.length
    if (value.ranges.length >= mostRanges.mailbox) torn.add(key[0])
  }
  if (all >= mostRanges.account) return { has: () => true, count: Number.POSITIVE_INFINITY }
  return { has: (mailbox) => torn.has(mailbox), count: torn.size }
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
