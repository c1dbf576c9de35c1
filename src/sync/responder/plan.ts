import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import { eachMessageOf } from '../../replica/content/messages-of-content.js'
import { cursorOf, knowsMessage } from '../../replica/cursor.js'
import { isInRanges, joinNearest, normalizeRanges, rangesOf } from '../../replica/ids/uid-ranges.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { liveMessages } from '../../replica/messages.js'
import type { Guid, UidRange } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import type { Ashore, Changes } from '../../wire/response/changes-frame.js'
import type { LinkEntry } from '../../wire/response/links-frame.js'
import type { MailboxState } from '../../wire/response/structure-frames.js'
import type { WantedGist, WantedPart, Wants } from '../../wire/wants-frame.js'
import type { MessageTiers } from '../content/message-tiers.js'
import type { Policy } from '../policy/policy.js'
import type { MailboxWindow, WindowRequest } from '../shore/mailbox-window.js'
import { mostRanges, ShoreRoom } from '../shore/shore-room.js'
import { restNowAndThen } from '../yield-event-loop.js'
import { callThreads, isPageFull, type Look, lookInto, takeNews, wantedTier } from './look-into.js'
import {
  type ChangesRequest,
  type FirstPage,
  nothingChanged,
  type StructureRequest,
  structureSince,
} from './plan-changes.js'

/**
 * What an exchange will send, fixed at its start: names only, no bytes. The stream reads each message when
 * its turn comes, however much later, and skips what has been expunged meanwhile (law 9).
 */
export interface Plan {
  /** The log position that the initiator will have reached at the end. */
  readonly log: number
  /** Of a first page: of its own mailboxes alone. */
  readonly structure: readonly MailboxState[]
  readonly mailboxes: readonly MailboxPlan[]
  /** Of a first page: by content, the message under which it comes. */
  readonly sent?: ReadonlyMap<Guid, Guid>
}

export interface MailboxPlan {
  readonly mailbox: MailboxRecord
  readonly links: readonly LinkEntry[]
  readonly changes: Omit<Changes, 'mailbox'> | undefined
  /** Messages that the initiator doesn't know, newest first. */
  readonly listed: readonly Listed[]
  /** Numbers that are missing there before the first of `listed` goes out. */
  readonly missing: readonly UidRange[]
  /** Messages of these that can't be listed, because nothing is known of them here yet, or that a later plan lists: they stay missing. */
  readonly unlisted: readonly UidRange[]
  /** What the window leaves out then, where that is another than the device has said. */
  readonly ashore?: Ashore
  /** Listed earlier, of which text or structure is still wanted. */
  readonly wantText: readonly Listed[]
  readonly wantStructure: readonly Listed[]
  readonly parts: readonly WantedPart[]
  readonly gists: readonly WantedGist[]
}

export interface Listed {
  readonly number: number
  readonly guid: Guid
  /** A message that is listed earlier in this answer and has the same content. */
  readonly source?: Guid
}

export interface PlanRequest extends StructureRequest, Pick<ChangesRequest, 'given'> {
  readonly policy: Policy
  readonly only: readonly string[]
  /** One for each mailbox. */
  readonly wants: readonly Wants[]
  /** No primer is to be used. */
  readonly plain: boolean
  /** Bytes of payload in a text frame. */
  readonly frameBytes: number
  readonly tiers: MessageTiers
  /** This plan is of no more than that. */
  readonly page?: FirstPage
  readonly window: Omit<WindowRequest, 'windows'>
  /** Message-IDs that are answered by what comes, while there is still mail to be read or looked at: those that weren't found. */
  readonly unfound?: Set<string>
  /** All that the device knows: what a page of this answer has told, by content. */
  readonly sent?: ReadonlyMap<Guid, Guid>
}

export async function makePlan(
  reader: Reader,
  head: number,
  request: PlanRequest,
  bounds = mostRanges,
): Promise<Plan> {
  const structure = await structureSince(reader, request)
  const wanted = new Map(request.wants.map((wants) => [wants.mailbox, wants]))
  const mailboxes: MailboxPlan[] = []
  const sent = new Map(request.sent)
  const rest = restNowAndThen()
  if (head > request.cursor.log || Object.keys(request.cursor.mailboxes).length > 0 || wanted.size > 0) {
    const looks: Look[] = []
    for (const mailbox of orderMailboxes(await listMailboxes(reader), request.policy)) {
      await rest()
      looks.push(await lookInto(reader, { ...request, head, rest }, mailbox, wanted.get(mailbox.guid)))
      if (request.page && isPageFull(request.page, looks)) break
    }
    await callThreads(reader, looks, rest, request.unfound, request.page !== undefined)
    const room = new ShoreRoom(request.cursor, bounds)
    // What comes of one mailbox is let go of before the next is read.
    for (let look = looks.shift(); look; look = looks.shift()) {
      await rest()
      const { mailbox, wants, window } = look
      if (window && (!look.isQuiet || window.brings > 0))
        mailboxes.push(await planMailbox(reader, { ...request, head, room, rest }, { ...look, window }, sent))
      else if (!window && wants) mailboxes.push(await planWants(reader, mailbox, wants, rest))
    }
  }
  if (!request.page) return { log: head, structure, mailboxes }
  const onPage = new Set(mailboxes.map(({ mailbox }) => mailbox.guid))
  return { log: head, structure: structure.filter(({ guid }) => onPage.has(guid)), mailboxes, sent }
}

/** First those that the device named, then INBOX, then by name, with Trash and Junk last. */
function orderMailboxes(mailboxes: readonly MailboxRecord[], policy: Policy): MailboxRecord[] {
  const first = new Map([...policy.first].reverse().map((guid, fromLast) => [guid, -1 - fromLast]))
  const rank = (mailbox: MailboxRecord): number => {
    const named = first.get(mailbox.guid)
    if (named !== undefined) return named
    if (mailbox.path.length === 1 && mailbox.path[0] === 'INBOX') return 0
    return mailbox.specialUse === '\\Junk' || mailbox.specialUse === '\\Trash' ? 2 : 1
  }
  return [...mailboxes].sort((a, b) => rank(a) - rank(b))
}

/** Lets others have their turn. */
type Rest = () => Promise<void>

async function planMailbox(
  reader: Reader,
  request: PlanRequest & { readonly head: number; readonly room: ShoreRoom; readonly rest: Rest },
  look: Look & { readonly window: MailboxWindow },
  sent: Map<Guid, Guid>,
): Promise<MailboxPlan> {
  const { mailbox, wants, window } = look
  const { changes, left } = look.told ?? (await takeNews(reader, request, look))
  await window.fillHoles(request.room.of(mailbox.guid))
  const { missing } = cursorOf(request.cursor, mailbox.guid)
  const ashore = await window.left()
  if (ashore) request.room.take(mailbox.guid, ashore.ranges.length)
  const asked = wantedTier(wants, 0)
  const { links, listed, ...later } = await listNews(reader, request, window.coming(), asked, sent)
  // What may turn up below others when it has been read: a device that numbers its mail in that order waits for it.
  const unread = await tables.unread.get(reader, mailbox.guid)
  const kept = unread ? [{ from: unread.from, to: unread.to }] : []
  const unlisted = normalizeRanges([...rangesOf(later.unlisted), ...kept, ...left])
  // What was to come and has gone before anybody read it.
  const isOver = missing.length > 0 && listed.length + links.length + unlisted.length === 0
  return {
    ...(await planWants(reader, mailbox, wants, request.rest)),
    links,
    changes: changes ?? (ashore || isOver ? nothingChanged : undefined),
    ...(ashore && { ashore }),
    listed,
    missing: joinNearest(
      normalizeRanges([...rangesOf(listed.map(({ number }) => number)), ...unlisted]),
      mostMissing,
    ),
    unlisted: joinNearest(unlisted, mostUnlisted),
  }
}

/**
 * How many missing ranges of one mailbox are named. They stand in every frame of its list, and in the next
 * request if the line breaks. Between numbers that are new to a device, nearly all others belong to messages
 * that are gone.
 */
const mostMissing = 64
/** The most messages that can't be listed yet and are told as ranges, within one frame. What lies between them and is here is listed again each time. */
const mostUnlisted = 20_000

/**
 * How to tell each message that the device doesn't know, newest first: as another appearance of a content
 * that it has (`links`), by an entry in the list, or not yet, while nothing of it is here to be listed.
 * @param sent by content, the message under which this answer brings it
 */
async function listNews(
  reader: Reader,
  request: PlanRequest & { readonly rest: Rest },
  news: readonly MessageRecord[],
  asked: readonly UidRange[],
  sent: Map<Guid, Guid>,
): Promise<{ readonly links: LinkEntry[]; readonly listed: Listed[]; readonly unlisted: number[] }> {
  const links: LinkEntry[] = []
  const listed: Listed[] = []
  const unlisted: number[] = []
  for await (const page of inPages(news)) {
    await readContentsAhead(reader, page)
    for (const message of page) {
      await request.rest()
      const { number, guid } = message
      const byName = isInRanges(asked, number)
      const source = byName ? undefined : sent.get(message.content)
      const twin = byName || source !== undefined ? undefined : await knownTwin(reader, request, message)
      if (twin !== undefined) links.push({ ...message, source: twin })
      else if ((await getContent(reader, message.content))?.outline)
        listed.push({ number, guid, ...(source !== undefined && { source }) })
      else {
        unlisted.push(number)
        continue
      }
      if (!sent.has(message.content)) sent.set(message.content, guid)
    }
  }
  return { links, listed, unlisted }
}

async function planWants(
  reader: Reader,
  mailbox: MailboxRecord,
  wants: Wants | undefined,
  rest: Rest,
): Promise<MailboxPlan> {
  const live = async (tier: number): Promise<Listed[]> => {
    const found: Listed[] = []
    for (const range of wantedTier(wants, tier))
      for await (const { number, guid } of liveMessages(reader, mailbox.guid, range)) {
        await rest()
        found.push({ number, guid })
      }
    return found.sort((a, b) => b.number - a.number)
  }
  return {
    mailbox,
    links: [],
    changes: undefined,
    listed: [],
    missing: [],
    unlisted: [],
    wantText: await live(1),
    wantStructure: await live(2),
    parts: wants?.parts ?? [],
    gists: wants?.gists ?? [],
  }
}

/**
 * Another message with the same content that the device has been told of and, by its cursor, still has. A
 * tombstone counts too until the device has heard of it.
 */
async function knownTwin(
  reader: Reader,
  request: PlanRequest,
  message: MessageRecord,
): Promise<Guid | undefined> {
  const { device, cursor } = request
  const held = await tables.holds.get(reader, device, message.content)
  if (held !== undefined) return held
  const knowsNothing = cursor.log === 0 && Object.keys(cursor.mailboxes).length === 0
  if ((knowsNothing || request.sent) && message.origin === undefined) return undefined
  for await (const twin of eachMessageOf(reader, message.content)) {
    if (twin.guid === message.guid || twin.hidden || !knowsMessage(device, cursor, twin)) continue
    if (!twin.expunged || twin.modseq > cursorOf(cursor, twin.mailbox).log) return twin.guid
  }
  return undefined
}

/** The listed messages whose content isn't sent under another message, newest first. */
export function newestFirst(...lists: readonly (readonly Listed[])[]): Listed[] {
  return lists
    .flat()
    .filter(({ source }) => source === undefined)
    .sort((a, b) => b.number - a.number)
}
