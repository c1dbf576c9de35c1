import { digestName } from '../../bytes/digest-name.js'
import { decodeOutline, outlineSize } from '../../mime/outline.js'
import { getContent } from '../../replica/content/contents.js'
import { readCursor } from '../../replica/cursor.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { getMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { JournalEntry } from '../../replica/operation.js'
import type { Cursor } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { getBearer } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import {
  encodeHello,
  encodeJournal,
  type Hello,
  protocolVersion,
  requestKinds,
} from '../../wire/request-frames.js'
import type { PendingUpload } from '../../wire/response/accept-frame.js'
import { encodeShore, type Shore } from '../../wire/shore-frame.js'
import { encodeWants, type Wants } from '../../wire/wants-frame.js'
import type { Account } from '../account.js'
import { asksForNumbers, inShort } from '../frames/named-in-short.js'
import { leastFrameBytes, type OutgoingFrame, requestEnd, textFrame } from '../frames/outgoing.js'
import { questionFrames } from '../frames/questions.js'
import { outboxHeard } from '../frames/told-outbox.js'
import { problemsHeard } from '../frames/told-problems.js'
import { sentLimits } from '../policy/limits.js'
import { encodePolicy, type Policy } from '../policy/policy.js'
import { isSelected } from '../policy/selection.js'
import { shoreToSay } from '../shore/shore-here.js'
import { collectWants } from './collect-wants.js'
import { entriesPerFrame, journalToSend } from './journal-to-send.js'

/** What one exchange asks for. */
export interface Ask {
  readonly policy: Policy
  readonly only: readonly string[]
  /** Patterns of mailboxes from which any number of messages may be expunged. */
  readonly allow: readonly string[]
  /** The upstream doesn't know the policy by name. */
  readonly sendPolicy: boolean
  /** The upstream doesn't know by name what is ashore here. */
  readonly sayShore?: boolean
  /** Only asks which of our uploads the upstream has. */
  readonly probe: boolean
  /** Bytes of content that may go up. The rest waits for the next exchange, so that new mail comes down before it. */
  readonly uploadBytes?: number
  /** A primer has not worked out in this run: none is used, in either direction. */
  readonly plain: boolean
  /** The line is slower than codec 2: it is used in both directions. */
  readonly mix: boolean
  /** Only asks what would come. */
  readonly dry?: boolean
  /** Bytes of frames that may cross, up and down together. */
  readonly bytesLeft?: number
  /** Parts that a person wants wait for another run. */
  readonly withoutWanted: boolean
  /** Bytes of payload in a text frame, both ways. */
  readonly frameBytes: number
  /** Sends only content that the upstream has said it waits for: it takes no other now. */
  readonly onlyPending?: boolean
  /** The upstream is asked which of these, by its numbers, may go from here. */
  readonly vouch?: Shore
  /** What the upstream said it has of each; those not named have not been begun. */
  readonly pending: ReadonlyMap<Guid, PendingUpload>
}

/** What an exchange takes at the least: a hello with some exceptions, and an accept. */
export const exchangeBytes = 300
/** What a message's header may take on the line, as a rule. */
const headerBytes = 2000

/** What of a request is known at its start: all but the content. */
export interface ComposedRequest {
  readonly hello: Omit<Hello, 'more'>
  /** The frames after the hello. */
  readonly frames: readonly OutgoingFrame[]
  /** The numbers of the questions that the request asks. */
  readonly questions: readonly number[]
  /** How many parts are wanted, where that is more than one exchange asks for. */
  readonly wantedParts?: number
}

export async function composeRequest(account: Account, ask: Ask): Promise<ComposedRequest> {
  const { replica, createHash } = account
  const policy = encodePolicy(ask.policy)
  const entries = await inShort(replica.db, await journalToSend(account))
  const frames: OutgoingFrame[] = []
  if (ask.sendPolicy) frames.push(textFrame(requestKinds.policy, policy))
  const shore = await shoreToSay(replica.db, createHash, ask.sayShore ?? false)
  for (const frame of shore.frames) frames.push(textFrame(requestKinds.shore, frame))
  for (let at = 0; at < entries.length && !ask.dry; at += entriesPerFrame)
    frames.push(textFrame(requestKinds.journal, encodeJournal(entries.slice(at, at + entriesPerFrame))))
  const all = ask.probe ? [] : await replica.db.transact((tx) => collectWants(tx, ask))
  const wantedParts = all.reduce((sum, { parts }) => sum + parts.length, 0)
  for (const wants of firstWants(all).flatMap(inFrames))
    frames.push(textFrame(requestKinds.wants, encodeWants(wants)))
  const questions = await questionFrames(ask.probe || ask.dry ? undefined : replica.db)
  frames.push(...questions.frames)
  if (ask.vouch && !ask.probe) frames.push(textFrame(requestKinds.vouch, encodeShore(ask.vouch)))
  const [record, cursor] = [await readReplicaRecord(replica.db), await readCursor(replica.db)]
  const { mailboxes, aside } = await cursorExceptions(replica.db, cursor, ask, entries)
  const [heard, outbox] = [await problemsHeard(replica.db), await outboxHeard(replica.db)]
  const hello = {
    version: protocolVersion,
    replica: record.device,
    ...(record.upstream !== undefined && { upstream: record.upstream }),
    acknowledged: record.acknowledged,
    batches: record.batches,
    ...(record.token !== undefined && { token: record.token }),
    cursor: { ...cursor, mailboxes },
    ...(aside !== undefined && { aside }),
    policy: digestName(policy, createHash),
    probe: ask.probe,
    plain: ask.plain,
    dry: ask.dry ?? false,
    mix: ask.mix,
    only: ask.only,
    allow: ask.allow,
    ...(ask.bytesLeft !== undefined && { budget: await leftForAnswer(replica.db, ask.bytesLeft, frames) }),
    ...(ask.frameBytes !== leastFrameBytes && { frameBytes: ask.frameBytes }),
    ...(heard !== undefined && { problems: heard }),
    ...(outbox !== undefined && { outbox }),
    ...(shore.name !== undefined && { shore: shore.name }),
    ...((await asksForNumbers(replica.db, entries)) && { numbers: true as const }),
  }
  return {
    hello,
    frames,
    questions: questions.numbers,
    ...(wantedParts > sentLimits.wantedParts && { wantedParts }),
  }
}

/** The frames of a request, to its end where no content follows. A hello that is all of it is its own end. */
export function requestFrames(
  { hello, frames }: ComposedRequest,
  { contentFollows }: { readonly contentFollows: boolean },
): readonly OutgoingFrame[] {
  const more = contentFollows || frames.length > 0
  const first = textFrame(requestKinds.hello, encodeHello({ ...hello, more }))
  return [first, ...frames, ...(more && !contentFollows ? [requestEnd] : [])]
}

/** What one exchange asks for: whole tiers, and the first of the single parts. */
function firstWants(all: readonly Wants[]): Wants[] {
  let left: number = sentLimits.wantedParts
  return all.flatMap((wants) => {
    const parts = wants.parts.slice(0, left)
    left -= parts.length
    const isAny = parts.length > 0 || wants.tiers.length > 0 || (wants.gists ?? []).length > 0
    return isAny ? [{ ...wants, parts }] : []
  })
}

/** Parts or ranges in one frame: each takes some ten bytes at the most. */
const wantsPerFrame = 20_000

/** A mailbox may lack more than a frame can name: the upstream puts together what it is told of one. */
export function inFrames(wants: Wants): Wants[] {
  const { mailbox, tiers, parts, gists = [] } = wants
  const ranges = tiers.reduce((sum, { messages }) => sum + messages.length, 0)
  if (parts.length + ranges + gists.length <= wantsPerFrame) return [wants]
  const pieces = <T>(list: readonly T[]): T[][] =>
    Array.from({ length: Math.ceil(list.length / wantsPerFrame) }, (_, i) =>
      list.slice(i * wantsPerFrame, (i + 1) * wantsPerFrame),
    )
  return [
    ...tiers.flatMap(({ tier, messages }) =>
      pieces(messages).map((some) => ({ mailbox, tiers: [{ tier, messages: some }], parts: [] })),
    ),
    ...pieces(parts).map((some) => ({ mailbox, tiers: [], parts: some })),
    ...pieces(gists).map((some) => ({ mailbox, tiers: [], parts: [], gists: some })),
  ]
}

/** What goes up goes first: an answer may take what that leaves, at its worst. */
async function leftForAnswer(
  reader: Reader,
  bytesLeft: number,
  frames: readonly OutgoingFrame[],
): Promise<number> {
  let left = bytesLeft - exchangeBytes - frames.reduce((sum, { payload }) => sum + payload.length, 0)
  for await (const { key } of tables.upload.list(reader)) {
    if (left <= 0) return 0
    const bearer = await getBearer(reader, key[0])
    const content = bearer && (await getContent(reader, bearer.content))
    left -= content?.outline ? outlineSize(decodeOutline(content.outline)) + headerBytes : 0
  }
  return Math.max(0, left)
}

/**
 * The cursor's exceptions that matter to this run: those of mailboxes that take part or that the journal
 * speaks of, since the upstream applies the journal by what this side knew; and those of deleted mailboxes,
 * since it must know what this side hadn't seen of them. Mailboxes left out because the run was narrowed
 * still have expunges to report; the lowest position says from where.
 */
async function cursorExceptions(
  reader: Reader,
  cursor: Cursor,
  ask: Ask,
  entries: readonly JournalEntry[],
): Promise<Pick<Hello, 'aside'> & Pick<Cursor, 'mailboxes'>> {
  const exceptions = Object.entries(cursor.mailboxes)
  if (exceptions.length === 0) return { mailboxes: {} }
  const named = await mailboxesOf(reader, entries)
  const left = new Set<Guid>()
  let aside: number | undefined
  for (const mailbox of await listMailboxes(reader)) {
    const selected = isSelected(ask.policy.select, mailbox)
    const narrowed = ask.only.length > 0 && !isSelected(ask.only, mailbox)
    const position = cursor.mailboxes[mailbox.guid]
    if (position === undefined || named.has(mailbox.guid) || (selected && !narrowed)) continue
    left.add(mailbox.guid)
    // Of what was never listed and holds nothing there is nothing to hear.
    if (selected && (position.log > 0 || mailbox.messages > 0))
      aside = Math.min(aside ?? position.log, position.log)
  }
  const mailboxes = Object.fromEntries(exceptions.filter(([mailbox]) => !left.has(mailbox)))
  return { mailboxes, ...(aside !== undefined && { aside }) }
}

/** Mailboxes that these entries name, or something in them. */
async function mailboxesOf(reader: Reader, entries: readonly JournalEntry[]): Promise<ReadonlySet<Guid>> {
  const named = new Set<Guid>()
  for (const { operation } of entries) {
    if ('mailbox' in operation) named.add(operation.mailbox)
    const messages = [
      'message' in operation && operation.message,
      operation.op === 'copy' && operation.source,
      operation.op === 'expunge' && operation.movedTo,
    ]
    for (const guid of messages) {
      const message = guid ? await getMessage(reader, guid) : undefined
      if (message) named.add(message.mailbox)
    }
  }
  return named
}
