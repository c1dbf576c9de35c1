import { firstText } from '../../mime/first-text.js'
import { getContent } from '../../replica/content/contents.js'
import { getMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { OperationResult } from '../../replica/operation.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import { blobSize } from '../../store/blob.js'
import type { Reader } from '../../store/database.js'
import type { Accept, Lost, PendingUpload } from '../../wire/response/accept-frame.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import type { Shore } from '../../wire/shore-frame.js'
import { partBlob } from '../content/content-access.js'
import { isComplete } from '../content/content-shape.js'
import { restPiece } from '../content/piece.js'
import { Shapes } from '../content/shapes.js'
import type { AcceptBounds } from '../frames/accept-bounds.js'
import { trafficOf } from '../frames/traffic.js'
import type { Policy } from '../policy/policy.js'
import { tiersOfMessage } from '../policy/tiers.js'
import { type ExchangeTally, nothingCounted } from './exchange-tally.js'

/** How far an answer has come: what its next frame is read by, and what decides whether another exchange follows. */
export interface Received {
  accept?: Accept
  /** The results of an accept, over all its frames. */
  readonly results: OperationResult[]
  readonly pending: PendingUpload[]
  /** What these may come to, once somebody has looked. */
  acceptBounds?: AcceptBounds
  /** What the upstream did not take of the request; all of it, where no accept came. */
  refusal?: Refusal
  /** Set when not all wanted parts were asked for: how many are wanted. */
  wantedParts?: number
  /** What the upstream answers for, of what it was asked: it has all of it, and it is outside the window. */
  vouched?: Shore
  ended: boolean
  /** The answer stopped where the budget did. */
  paused: boolean
  /** Mailboxes in order of their `open` frames. */
  readonly mailboxes: Guid[]
  /** One of the two had lost its memory: what was said so far counts for nothing, and the next exchange compares everything. */
  healed?: Lost | 'endpoint'
  /** Some message came as a reference to something that is no longer here, or as a change of one that is unknown: asked for once more. */
  unresolved: boolean
  /** What the upstream took for held by both sides isn't, or not in the same way: nothing after that could be read. */
  unprimed: boolean
  /** Contents of which the skeleton has come, but not all that is to come: what is named there and isn't here has to be asked for. */
  readonly skeletons: Set<Guid>
  /** For each content, how many pieces must be here before everything that is to come of it can be here. */
  readonly satisfiedFrom: Map<Guid, number>
  readonly shapes: Shapes
  /** Questions that this exchange asks, of which nothing has come yet. */
  readonly unanswered: Set<number>
  /** The same for a person: no decision hangs on it. */
  readonly tally: ExchangeTally
}

export function nothingReceived(): Received {
  return {
    results: [],
    pending: [],
    ended: false,
    paused: false,
    mailboxes: [],
    unresolved: false,
    unprimed: false,
    skeletons: new Set(),
    satisfiedFrom: new Map(),
    shapes: new Shapes(),
    unanswered: new Set(),
    tally: nothingCounted(),
  }
}

export function countListed(received: Received, mailbox: Guid, messages: number): void {
  received.tally.listed += messages
  trafficOf(received.tally.traffic, mailbox).messages += messages
}

export async function countDeferred(
  reader: Reader,
  { tally: { deferred }, shapes }: Received,
  guid: Guid,
  policy: Policy,
): Promise<void> {
  const message = await getMessage(reader, guid)
  const content = message && (await getContent(reader, message.content))
  const tiers = message && content && (await tiersOfMessage(reader, content, message, policy, shapes))
  if (!content?.outline || !tiers) return
  for (const [part, { size }] of shapes.outline(content)?.parts.entries() ?? []) {
    if (tiers[part] !== undefined) continue
    deferred.parts++
    deferred.bytes += size
  }
}

/** What a text has come of doesn't come by itself any more. */
export function countGist(
  { tally: { deferred }, satisfiedFrom, shapes }: Received,
  content: ContentRecord,
  part: number,
): void {
  satisfiedFrom.delete(content.id)
  if (content.gist) return
  deferred.parts++
  deferred.bytes += shapes.outline(content)?.parts[part]?.size ?? 0
}

/** Counts the rest of a structure: only when the skeleton is here does it show that the structure is longer than what comes of it. */
export async function countRest(
  reader: Reader,
  { tally: { deferred }, shapes }: Received,
  message: MessageRecord,
  content: ContentRecord,
  policy: Policy,
): Promise<void> {
  const skeleton = shapes.skeleton(content)
  const rest = skeleton && restPiece(skeleton)
  if (!skeleton || rest === undefined) return
  if ((await tiersOfMessage(reader, content, message, policy, shapes))?.[rest] !== undefined) return
  deferred.parts++
  deferred.bytes += skeleton.restBytes ?? 0
}

/** Counts a content that is complete now, and one whose text can be read. */
export function countWhatIsHere(received: Received, before: ContentRecord, after: ContentRecord): void {
  if (after === before) return
  const { shapes } = received
  if (isComplete(after, shapes) && !isComplete(before, shapes)) {
    received.tally.contents++
    received.tally.contentBytes += after.sizeBytes
  }
  const outline = shapes.outline(after)
  const text = outline ? firstText(outline) : []
  const readable = ({ held, gist }: ContentRecord): boolean => {
    const here = new Set(held)
    return text.every((part) => here.has(part) || gist?.part === part)
  }
  if (text.length > 0 && readable(after) && !readable(before)) received.tally.texts++
}

/** Counted from the start for the first piece of a content, and when it begins anew; else by what has come of the piece. */
export async function countItem(
  reader: Reader,
  received: Received,
  before: ContentRecord,
  after: ContentRecord,
  growth: number,
): Promise<void> {
  const { id, envelope, sizeBytes } = after
  const goesOn = received.tally.item?.id === id && after.held.length >= before.held.length
  const heldBytes = goesOn
    ? (received.tally.item?.heldBytes ?? 0) + growth
    : await heldOfParts(reader, received, after)
  received.tally.item = { id, envelope, sizeBytes, heldBytes }
}

async function heldOfParts(reader: Reader, received: Received, content: ContentRecord): Promise<number> {
  let sum = 0
  for (const part of received.shapes.outline(content)?.parts.keys() ?? [])
    sum += await heldOfPiece(reader, received, content, part)
  return sum
}

/** Bytes that are here of a part; 0 where no part is meant, or a piece that isn't a part. */
export async function heldOfPiece(
  reader: Reader,
  { shapes }: Received,
  content: ContentRecord,
  piece: number | undefined,
): Promise<number> {
  const part = piece === undefined ? undefined : shapes.outline(content)?.parts[piece]
  if (piece === undefined || !part) return 0
  return content.held.includes(piece) ? part.size : blobSize(reader, partBlob(content.id, piece))
}
