import { decodeEnvelope, encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { listedEnvelope, writeRecipientLines } from '../../mime/headers/listed-envelope.js'
import { getContent } from '../../replica/content/contents.js'
import { normalizeRanges, rangesBelow } from '../../replica/ids/uid-ranges.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid, UidRange } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import { encodeChanges } from '../../wire/response/changes-frame.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { encodeLinks, type LinkEntry } from '../../wire/response/links-frame.js'
import { encodeList, type ListEntry } from '../../wire/response/list-frame.js'
import { encodeRecipients, type RecipientsEntry } from '../../wire/response/recipients-frame.js'
import { encodeOpen, encodeStructure } from '../../wire/response/structure-frames.js'
import type { Shapes } from '../content/shapes.js'
import { answeredNumber } from '../content/thread.js'
import { type OutgoingFrame, textFrame } from '../frames/outgoing.js'
import type { MailboxPlan, Plan } from './plan.js'

/** Tier 0: what is new and what has changed, a mailbox's messages in rows. */

/** Things in one frame. A frame that is cut is sent again, so they stay small. */
const perFrame = { mailboxes: 40, links: 40, changes: 200, listed: 40, listBytes: 4096 }

/** Indexes of mailboxes, in order of their `open` frames. */
export class OpenedMailboxes {
  private readonly indexes = new Map<Guid, number>()

  indexOf(mailbox: Guid): number {
    return this.indexes.get(mailbox) ?? 0
  }

  /** The frame that gives it an index, unless it has one. */
  *open(mailbox: Guid): Generator<OutgoingFrame> {
    if (this.indexes.has(mailbox)) return
    this.indexes.set(mailbox, this.indexes.size)
    yield textFrame(responseKinds.open, encodeOpen(mailbox))
  }
}

/** The frames of one stage, mailbox by mailbox, with a note of what they are of. */
export async function* stage(
  plan: Pick<Plan, 'mailboxes'>,
  tier: 0 | 1 | 2 | 3,
  frames: (mailbox: MailboxPlan) => AsyncIterable<OutgoingFrame> | Iterable<OutgoingFrame>,
): AsyncGenerator<OutgoingFrame> {
  for (const mailbox of plan.mailboxes)
    for await (const frame of frames(mailbox)) yield { ...frame, of: { mailbox: mailbox.mailbox.guid, tier } }
}

/**
 * What has changed of the mailboxes themselves. The last frame says that this is all; behind a first page,
 * which leaves that open, there is one even if nothing has.
 */
export function* structureFrames(
  { structure, log }: Plan,
  is?: 'page' | 'behind page',
): Generator<OutgoingFrame> {
  const { mailboxes: size } = perFrame
  const frames = Math.max(Math.ceil(structure.length / size), is === 'behind page' ? 1 : 0)
  for (let frame = 0; frame < frames; frame++) {
    const mailboxes = structure.slice(frame * size, (frame + 1) * size)
    const isAll = is !== 'page' && frame === frames - 1
    yield textFrame(responseKinds.structure, encodeStructure({ mailboxes, ...(isAll && { log }) }))
  }
}

/** New messages of contents that the device knows. */
export function* linkFrames(
  opened: OpenedMailboxes,
  { mailbox, links }: MailboxPlan,
): Generator<OutgoingFrame> {
  for (let at = 0; at < links.length; at += perFrame.links) {
    yield* opened.open(mailbox.guid)
    const entries = links.slice(at, at + perFrame.links)
    yield textFrame(responseKinds.links, encodeLinks({ mailbox: opened.indexOf(mailbox.guid), entries }))
  }
}

/** Numbers and flags first: an expunge may be of a message that has just got its number. */
export function* changesFrames(
  opened: OpenedMailboxes,
  { mailbox, changes, missing, ashore }: MailboxPlan,
  log: number,
): Generator<OutgoingFrame> {
  if (!changes) return
  yield* opened.open(mailbox.guid)
  const { flags, numbered, uids, expunged } = changes
  const { changes: size } = perFrame
  const before = Math.ceil(Math.max(flags.length, numbered.length, uids.length) / size)
  const pieces = Math.max(1, before + Math.ceil(expunged.length / size))
  for (let piece = 0; piece < pieces; piece++) {
    const at = piece * size
    const gone = Math.max(0, piece - before) * size
    const payload = encodeChanges({
      mailbox: opened.indexOf(mailbox.guid),
      flags: flags.slice(at, at + size),
      numbered: numbered.slice(at, at + size),
      uids: uids.slice(at, at + size),
      expunged: piece < before ? [] : expunged.slice(gone, gone + size),
      ...(piece === pieces - 1 && { done: { log, missing, ...(ashore && { ashore }) } }),
    })
    yield textFrame(responseKinds.changes, payload)
  }
}

/** Tier 0. Every frame is its own checkpoint. A content that was listed a moment ago is named by that message. */
export async function* listFrames(
  db: Reader,
  shapes: Shapes,
  opened: OpenedMailboxes,
  { mailbox, listed, missing, unlisted }: MailboxPlan,
  apart: boolean,
): AsyncGenerator<OutgoingFrame> {
  let entries: ListEntry[] = []
  let links: LinkEntry[] = []
  let bytes = 0
  const flush = (below: readonly UidRange[]): OutgoingFrame => {
    const index = opened.indexOf(mailbox.guid)
    const left = normalizeRanges([...below, ...unlisted])
    const frame =
      links.length > 0
        ? textFrame(responseKinds.links, encodeLinks({ mailbox: index, entries: links, missing: left }))
        : textFrame(responseKinds.list, encodeList({ mailbox: index, entries, missing: left }))
    entries = []
    links = []
    bytes = 0
    return frame
  }
  for (const [i, { number, guid, source }] of listed.entries()) {
    yield* opened.open(mailbox.guid)
    const message = await getMessage(db, guid)
    const content = isLive(message) ? await getContent(db, message.content) : undefined
    const outline = content && shapes.outline(content)
    if (source === undefined ? links.length > 0 : entries.length > 0)
      yield flush(rangesBelow(missing, number + 1))
    if (isLive(message) && source !== undefined) links.push({ ...message, source })
    else if (message && content?.envelope && outline) {
      const whole = decodeEnvelope(content.envelope)
      const envelope = apart ? { ...whole, to: [], cc: [] } : whole
      entries.push(await listEntry(db, message, envelope, outline))
      bytes += encodeEnvelope(listedEnvelope(envelope)).length + (content.outline?.length ?? 0) + 12
    }
    const last = i === listed.length - 1
    if (last || entries.length + links.length >= perFrame.listed || bytes >= perFrame.listBytes)
      yield flush(last ? [] : rangesBelow(missing, number))
  }
}

async function listEntry(
  db: Reader,
  message: MessageRecord,
  envelope: ListEntry['envelope'],
  outline: ListEntry['outline'],
): Promise<ListEntry> {
  const { number, guid, flags, internalDateMs, uid } = message
  const answers = await answeredNumber(db, message, envelope)
  const answered = answers === undefined ? {} : { answers }
  return { number, uid, guid, flags, internalDateMs, ...answered, envelope, outline }
}

/** The recipients of messages that were just listed without them. */
export async function* recipientsFrames(
  db: Reader,
  opened: OpenedMailboxes,
  { mailbox, listed }: MailboxPlan,
): AsyncGenerator<OutgoingFrame> {
  let entries: RecipientsEntry[] = []
  let bytes = 0
  for (const { number, guid, source } of listed) {
    const message = source === undefined ? await getMessage(db, guid) : undefined
    const content = isLive(message) ? await getContent(db, message.content) : undefined
    if (!content?.envelope) continue
    const { to, cc } = decodeEnvelope(content.envelope)
    if (to.length + cc.length === 0) continue
    const entry = { number, recipients: { to, cc } }
    entries.push(entry)
    bytes += writeRecipientLines(entry.recipients).length
    if (entries.length < perFrame.listed && bytes < perFrame.listBytes) continue
    yield recipientsFrame(opened.indexOf(mailbox.guid), entries)
    entries = []
    bytes = 0
  }
  if (entries.length > 0) yield recipientsFrame(opened.indexOf(mailbox.guid), entries)
}

function recipientsFrame(mailbox: number, entries: readonly RecipientsEntry[]): OutgoingFrame {
  return textFrame(responseKinds.recipients, encodeRecipients({ mailbox, entries }))
}
