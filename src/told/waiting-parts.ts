import { cleanText } from '../mime/headers/clean-text.js'
import type { Envelope } from '../mime/headers/envelope.js'
import { decodeEnvelope } from '../mime/headers/envelope-codec.js'
import { decodeOutline } from '../mime/outline.js'
import { decodeSkeleton } from '../mime/skeleton-codec.js'
import { fileKind } from '../mime/stand-in/file-kind.js'
import { getContent } from '../replica/content/contents.js'
import { messagesOf } from '../replica/content/messages-of-content.js'
import { isLive } from '../replica/messages.js'
import type { Guid } from '../replica/model.js'
import type { ContentRecord, MailboxRecord, MessageRecord } from '../replica/records.js'
import type { Replica } from '../replica/replica.js'
import { tables } from '../replica/tables.js'
import { isWanted, type WordOfPart, wishesWaiting, wishName } from '../replica/wishes.js'
import { blobSize } from '../store/blob.js'
import type { Reader } from '../store/database.js'
import { partBlob } from '../sync/content/content-access.js'
import { coldPiece, pieceSizes, restPiece } from '../sync/content/piece.js'
import { gistSizes } from '../sync/policy/gist-sizes.js'
import { rankedMailboxes } from '../sync/policy/mailbox-order.js'
import type { Policy, Tiers } from '../sync/policy/policy.js'
import { tiersOfContent } from '../sync/policy/tiers.js'
import { byUsefulness, type Useful } from '../sync/policy/useful-first.js'
import { counted, formatBytes } from './sizes.js'

/**
 * Why a part isn't here: somebody `wanted` it or the rules bring it (`coming`), and it hasn't arrived; the
 * rules leave it (`deferred`); somebody put it off (`later`) or refused it (`never`).
 */
export type WaitingState = 'wanted' | 'coming' | 'deferred' | 'later' | 'never'

/** A part that is known and not here. */
export interface WaitingPart {
  /** What `packetboat fetch` takes. */
  readonly name: string
  readonly part: number
  /** The tier in which the rules bring it, if they do. */
  readonly tier: Tiers[number]
  /** Header fields that nobody reads. */
  readonly cold: boolean
  /** What lacks of a long header, and of what stands between the parts. */
  readonly structure: boolean
  readonly type: string
  readonly fileName: string | undefined
  readonly sizeBytes: number
  /** What has arrived of it. */
  readonly heldBytes: number
  readonly state: WaitingState
  /** What a file says. */
  readonly gist?: string
  /** Where nothing is here of what it says, and that can be asked for: so many bytes at the most. */
  readonly gistUpTo?: number
}

/** What a part is, for a person. */
export function partTitle({
  fileName,
  type,
  cold,
  structure,
}: Pick<WaitingPart, 'fileName' | 'type' | 'cold' | 'structure'>): string {
  if (cold) return 'header fields that nobody reads'
  if (structure) return 'the rest of a long header, and what stands between the parts'
  return fileName === undefined ? type : `${fileName} (${type})`
}

/** A message of which something isn't here. */
export interface WaitingMessage {
  readonly name: string
  readonly message: MessageRecord
  readonly content: ContentRecord
  readonly envelope: Pick<Envelope, 'from' | 'subject' | 'dateMs'>
  readonly parts: readonly WaitingPart[]
}

/** The last 12 digits of a GUID: its random bits, which tell messages apart that were found in the same moment. */
export function shortName(message: Pick<MessageRecord, 'guid'>): string {
  return message.guid.slice(-12)
}

/** Every part that isn't here of every live message, or of those that show one of these contents, in no order. */
export async function* waitingMessages(
  reader: Reader,
  policy: Policy,
  contents: Iterable<Guid> | AsyncIterable<Guid> = partialContents(reader),
): AsyncGenerator<WaitingMessage> {
  const wishes = await wishesWaiting(reader)
  for await (const id of contents) {
    const content = await getContent(reader, id)
    const message = content && (await messagesOf(reader, content.id)).find((each) => isLive(each))
    if (!message || !content?.outline || content.whole) continue
    const parts = await missingParts(reader, message, content, policy, wishes)
    const envelope = content.envelope ? decodeEnvelope(content.envelope) : { from: [] }
    if (parts.length > 0) yield { name: shortName(message), message, content, envelope, parts }
  }
}

async function* partialContents(reader: Reader): AsyncGenerator<Guid> {
  for await (const { key } of tables.partial.list(reader)) yield key[0]
}

/** Shown instead of a file's words. */
const smallPicture = 'A small picture of it is in the message.'

/** What isn't here of a message, by number. */
export async function missingParts(
  reader: Reader,
  message: MessageRecord,
  content: ContentRecord,
  policy: Policy,
  wishes: ReadonlyMap<string, WordOfPart>,
): Promise<WaitingPart[]> {
  const name = shortName(message)
  const parts: WaitingPart[] = []
  const gistsUpTo = content.outline ? gistSizes(decodeOutline(content.outline)) : new Map<number, number>()
  for (const piece of await fetchable(reader, content, policy)) {
    const { part, tier, cold, structure, type, name: fileName, size } = piece
    if (content.held.includes(part)) continue
    const said = content.fileGists?.[part]?.text
    const gistUpTo =
      said || (content.gist?.part === part && content.gist.text) ? undefined : gistsUpTo.get(part)
    const gist =
      said && fileKind({ type, ...(fileName !== undefined && { name: fileName }) }) === 'images'
        ? smallPicture
        : said
    parts.push({
      ...(gist && { gist }),
      ...(gistUpTo !== undefined && { gistUpTo }),
      name: `${name}/${part + 1}`,
      part,
      tier,
      cold,
      structure,
      type: cleanText(type, 100),
      fileName: fileName === undefined ? undefined : cleanText(fileName, 200),
      sizeBytes: size,
      heldBytes: await blobSize(reader, partBlob(content.id, part)),
      state: stateOf(
        wishes.get(wishName(content.id, part)) ??
          ((await isWanted(reader, content, part)) ? 'now' : content.declined?.[part]),
        tier,
      ),
    })
  }
  return parts
}

function stateOf(said: WordOfPart | undefined, tier: Tiers[number]): WaitingState {
  if (said === 'now') return 'wanted'
  return said ?? (tier === undefined ? 'deferred' : 'coming')
}

interface Fetchable {
  readonly part: number
  readonly tier: Tiers[number]
  readonly cold: boolean
  readonly structure: boolean
  readonly type: string
  readonly name?: string
  readonly size: number
}

/** What a person can ask for of a message, by the numbers of its pieces. */
async function fetchable(reader: Reader, content: ContentRecord, policy: Policy): Promise<Fetchable[]> {
  const tiers = await tiersOfContent(reader, content, policy)
  if (!content.outline || !tiers) return []
  const pieces: Fetchable[] = decodeOutline(content.outline).parts.map((about, part) => ({
    ...about,
    part,
    tier: tiers[part],
    cold: false,
    structure: false,
  }))
  const skeleton = content.skeleton && decodeSkeleton(content.skeleton)
  if (!skeleton) return pieces
  const sizes = pieceSizes(skeleton)
  const [cold, rest] = [coldPiece(skeleton), restPiece(skeleton)]
  for (const part of [cold, rest])
    if (part !== undefined)
      pieces.push({
        part,
        tier: tiers[part],
        cold: part === cold,
        structure: part === rest,
        type: 'text/rfc822-headers',
        size: sizes[part] ?? 0,
      })
  return pieces
}

const stateOrder: readonly WaitingState[] = ['wanted', 'coming', 'deferred', 'later', 'never']

/** The same in the order in which it would come: what is wanted, what the rules bring, the rest; mailbox by mailbox, most useful first. */
export async function waitingInOrder(
  replica: Replica,
  policy: Policy,
  priority: readonly string[],
  contents?: Iterable<Guid>,
): Promise<(WaitingMessage & { readonly mailbox: MailboxRecord })[]> {
  let ranks: ReadonlyMap<Guid, { readonly mailbox: MailboxRecord; readonly rank: number }> | undefined
  const found: { waiting: WaitingMessage & { mailbox: MailboxRecord }; first: Turn }[] = []
  for await (const message of waitingMessages(replica.db, policy, contents)) {
    // Of thousands of mailboxes only where something waits.
    ranks ??= await ranksOf(replica, priority)
    const { mailbox, rank = 0 } = ranks.get(message.message.mailbox) ?? {}
    if (!mailbox) continue
    const turnOf = ({ tier, state, sizeBytes, heldBytes }: WaitingPart): Turn => ({
      place: [stateOrder.indexOf(state), state === 'coming' ? (tier ?? 0) : 0, rank],
      useful: {
        flags: message.message.flags,
        number: message.message.upstream,
        bytes: sizeBytes - heldBytes,
      },
    })
    const turns = message.parts.map((part) => ({ part, turn: turnOf(part) }))
    turns.sort((a, b) => byTurn(a.turn, b.turn))
    const [first] = turns
    if (first)
      found.push({
        waiting: { ...message, mailbox, parts: turns.map(({ part }) => part) },
        first: first.turn,
      })
  }
  return found.sort((a, b) => byTurn(a.first, b.first)).map(({ waiting }) => waiting)
}

async function ranksOf(replica: Replica, priority: readonly string[]) {
  const ranked = await rankedMailboxes(replica, priority)
  return new Map(ranked.map(({ mailbox }, rank) => [mailbox.guid, { mailbox, rank }]))
}

interface Turn {
  readonly place: readonly number[]
  readonly useful: Useful
}

function byTurn(a: Turn, b: Turn): number {
  for (const [at, place] of a.place.entries()) if (place !== b.place[at]) return place - (b.place[at] ?? 0)
  return byUsefulness(a.useful, b.useful)
}

export interface PartTotals {
  readonly parts: number
  readonly bytes: number
}

/** What isn't here. */
export interface WaitingTotals {
  /** Wanted, or brought by the rules: the next syncs go on with it by themselves. */
  readonly coming: PartTotals
  /** Comes when somebody wants it. What nobody ever wants isn't counted. */
  readonly deferred: PartTotals
}

/** How much isn't here, by whether it comes by itself. */
export async function waitingTotals(reader: Reader, policy: Policy): Promise<WaitingTotals> {
  const totals = { coming: { parts: 0, bytes: 0 }, deferred: { parts: 0, bytes: 0 } }
  for await (const message of waitingMessages(reader, policy))
    for (const { state, sizeBytes, heldBytes } of message.parts) {
      if (state === 'never') continue
      const of = totals[state === 'wanted' || state === 'coming' ? 'coming' : 'deferred']
      of.parts++
      of.bytes += sizeBytes - heldBytes
    }
  return totals
}

/** The same in sentences; nothing where nothing waits. */
export function waitingWords({ coming, deferred }: WaitingTotals): string[] {
  const said = ({ parts, bytes }: PartTotals, one: string, more: string): string[] =>
    parts > 0 ? [`${counted(parts, 'part')} (${formatBytes(bytes)}) ${parts === 1 ? one : more}.`] : []
  return [
    ...said(coming, 'comes with the next sync', 'come with the next sync'),
    ...said(deferred, 'waits for packetboat fetch', 'wait for packetboat fetch'),
  ]
}
