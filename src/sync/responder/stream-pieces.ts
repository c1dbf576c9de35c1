import { KeptBytes } from '../../bytes/kept-bytes.js'
import { hasCode } from '../../errors/packetboat-error.js'
import type { Part } from '../../mime/skeleton.js'
import { gistTypes } from '../../mime/stand-in/gist-text.js'
import { getContent, indexedPartBytes } from '../../replica/content/contents.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import { wantGists } from '../../replica/wishes.js'
import { encodeGist } from '../../wire/response/gist-frame.js'
import { responseKinds } from '../../wire/response/kinds.js'
import type { WantedPart } from '../../wire/wants-frame.js'
import type { Account } from '../account.js'
import { noteUnreadable } from '../content/content-access.js'
import { partOfDevice } from '../content/known-parts.js'
import { fileGistOf, gistOf } from '../content/message-text.js'
import { pieceSizes } from '../content/piece.js'
import type { Shapes } from '../content/shapes.js'
import { contentKinds, type OutgoingFrame, textFrame } from '../frames/outgoing.js'
import { gistSizes } from '../policy/gist-sizes.js'
import type { Tiers } from '../policy/policy.js'
import { SaidParts } from '../policy/shared-history.js'
import { wantedMessage } from './look-into.js'
import { openPieces } from './open-pieces.js'
import type { Listed, MailboxPlan, Plan, PlanRequest } from './plan.js'
import type { OpenedMailboxes } from './stream-list.js'

/** What an answer keeps of structures at most. */
const keptStructuresBytes = 8 * 1024 * 1024

/** How long gists may hold up an answer, in ms: those of which none came, and all together. After that, mail comes as it is. */
const mostMs = { inVain: 15_000, all: 60_000 }

/** The bytes of messages in an answer: each piece once, from where the device has it, and only where it can't be named. */
export class PieceStream {
  /** Wanted parts that have been sent. */
  private readonly served = new Set<string>()
  /** Parts that are in this answer from their first byte on. */
  private readonly said: SaidParts
  /** Structures of messages that were open for their text. */
  private readonly structures = new KeptBytes(keptStructuresBytes)
  /** What is asked for by number, by its name. */
  private readonly asked = new WeakMap<MailboxPlan, Map<string, WantedPart>>()
  /** What was spent on gists, ms. */
  private readonly spentMs = { inVain: 0, all: 0 }

  constructor(
    private readonly account: Account,
    private readonly request: PlanRequest,
    private readonly opened: OpenedMailboxes,
  ) {
    this.said = new SaidParts(account.replica.db, request.policy.sharedHistory)
  }

  /** Whether a wanted part has been sent. */
  hasServed(plan: MailboxPlan, message: number, part: number): boolean {
    return this.served.has(pieceName(plan, message, part))
  }

  /**
   * Streams pieces of one content, by their numbers. Skips what isn't here, so that the initiator asks again;
   * if there is an upstream to ask, it is wanted from there meanwhile. `between` may send something else
   * before each frame; with `again`, more of the structure goes later in this answer. Returns false when a piece
   * can't be read; those after it haven't been tried.
   */
  async *stream(
    plan: MailboxPlan,
    message: MessageRecord,
    content: ContentRecord,
    pieces: readonly number[],
    {
      between = nothing,
      again = false,
    }: { readonly between?: (() => AsyncIterable<OutgoingFrame>) | undefined; readonly again?: boolean } = {},
  ): AsyncGenerator<OutgoingFrame, boolean> {
    // What is asked for by number may be asked for again, since what came wasn't what was announced.
    const prove = pieces.some((part) => this.askedFor(plan, message.number, part)?.offset === 0)
    const how = { likely: message.guid, prove, pieces, structures: this.structures }
    const source = await openPieces(this.account, content, how, this.request.tiers.shapes)
    if (!source) return true
    let tiers: Promise<Tiers | undefined> | undefined
    const tiersOnce = () => (tiers ??= this.request.tiers.of(message, content))
    try {
      for (const part of pieces) {
        yield* this.opened.open(plan.mailbox.guid)
        const ref = { scope: this.opened.indexOf(plan.mailbox.guid), id: message.number }
        const from = this.claim(plan, message.number, part)
        if (
          from === undefined ||
          (await this.isNamed(plan, message, content, source.skeleton?.parts, part, tiersOnce))
        )
          continue
        const cut = { from, frameBytes: this.request.frameBytes }
        const shared = this.request.policy.sharedHistory
        for await (const frame of source.frames({
          kinds: contentKinds.down,
          ref,
          piece: part,
          cut,
          shared,
        })) {
          yield* between()
          yield frame
        }
      }
      if (again) await source.keepStructure?.()
      else this.structures.drop(content.id)
      return true
    } catch (error) {
      // A mail server that hangs up in the middle: what has gone is kept there, and the rest is asked for again.
      if (hasCode(error, 'MAILSTORE_AWAY')) return true
      await noteUnreadable(this.account, message.guid, error)
      return false
    } finally {
      await source.close()
    }
  }

  /** What stands for parts that don't come by themselves, among the tiers. */
  async *gists(plan: MailboxPlan, listed: Listed, tiers: readonly number[]): AsyncGenerator<OutgoingFrame> {
    if (tiers.includes(1)) yield* this.gist(plan, listed)
    if (tiers.includes(2)) yield* this.fileGists(plan, listed)
  }

  /** What stands for a long text in its place, where the device wants that and has nothing of it, which then doesn't come by itself. */
  private async *gist(plan: MailboxPlan, { guid }: Listed): AsyncGenerator<OutgoingFrame> {
    const found = await this.liveContent(guid)
    const part = found && (await this.request.tiers.gistPart(found.message, found.content))
    if (!found || part === undefined) return
    const { message, content } = found
    const known = content.gist?.part === part ? content.gist.text : ''
    yield* this.gistFrame(plan, message, part, known, () => gistOf(this.account, content, part))
  }

  /** What the files say that the device's policy defers, where it wants that. */
  private async *fileGists(plan: MailboxPlan, { guid }: Listed): AsyncGenerator<OutgoingFrame> {
    const found = await this.liveContent(guid)
    if (!found) return
    for (const part of await this.request.tiers.gistFiles(found.message, found.content)) {
      // As it is by now, with the gists that were made of other parts.
      const content = (await getContent(this.account.replica.db, found.content.id)) ?? found.content
      const known = content.fileGists?.[part]?.text ?? ''
      yield* this.gistFrame(plan, found.message, part, known, () => fileGistOf(this.account, content, part))
    }
  }

  /** What somebody asks of single parts, whatever the policy wants. Where this isn't here as a whole, it is asked of the upstream meanwhile. */
  async *wantedGists(plan: MailboxPlan): AsyncGenerator<OutgoingFrame> {
    const { replica } = this.account
    for (const { message: number, part } of plan.gists) {
      const message = await wantedMessage(replica.db, plan.mailbox.guid, number)
      const content = message && (await getContent(replica.db, message.content))
      const outline = content && this.request.tiers.shapes.outline(content)
      if (!message || !content || !outline || !gistSizes(outline).has(part)) continue
      const isText = gistTypes.includes(outline.parts[part]?.type ?? '')
      const known = isText
        ? content.gist?.part === part && content.gist.text
        : content.fileGists?.[part]?.text
      const make = isText ? gistOf : fileGistOf
      yield* this.gistFrame(plan, message, part, known || '', () => make(this.account, content, part))
      if (!known && !content.whole && replica.hasUpstream)
        await replica.db.transact(async (tx) => wantGists(tx, content, [part]))
    }
  }

  private async liveContent(
    guid: Guid,
  ): Promise<{ readonly message: MessageRecord; readonly content: ContentRecord } | undefined> {
    const { db } = this.account.replica
    const message = await getMessage(db, guid)
    const content = isLive(message) ? await getContent(db, message.content) : undefined
    return isLive(message) && content ? { message, content } : undefined
  }

  private async *gistFrame(
    plan: MailboxPlan,
    { number }: MessageRecord,
    part: number,
    known: string,
    make: () => Promise<string>,
  ): AsyncGenerator<OutgoingFrame> {
    if (this.askedFor(plan, number, part)) return
    const text = await this.gistInTime(known, make)
    if (text === '') return
    yield* this.opened.open(plan.mailbox.guid)
    const ref = { scope: this.opened.indexOf(plan.mailbox.guid), id: number }
    yield textFrame(responseKinds.gist, encodeGist({ ref, part, text }))
  }

  /** Waits for a gist within the limits: anybody can send many pages and files whose gist comes late or never. */
  private async gistInTime(known: string, make: () => Promise<string>): Promise<string> {
    if (known !== '' || this.spentMs.inVain >= mostMs.inVain || this.spentMs.all >= mostMs.all) return known
    const { now } = this.account.replica
    const begunMs = now()
    const text = await make()
    const tookMs = Math.max(0, now() - begunMs)
    this.spentMs.all += tookMs
    if (text === '') this.spentMs.inVain += tookMs
    return text
  }

  /**
   * Whether the digest in the skeleton is enough for this part: the device holds the part in another message,
   * or is about to. A part that it asks for by number is one that it didn't find.
   */
  private async isNamed(
    plan: MailboxPlan,
    message: MessageRecord,
    content: ContentRecord,
    parts: readonly Part[] | undefined,
    part: number,
    tiersOf: () => Promise<Tiers | undefined>,
  ): Promise<boolean> {
    // Structure and cold fields are no parts.
    const { digest, size = 0 } = parts?.[part] ?? {}
    // For less than an index row nobody looks.
    if (digest === undefined || size < indexedPartBytes) return false
    const tiers = await tiersOf()
    // The text that is read first comes before the skeleton.
    if (!tiers || tiers[part] === 1) return false
    const asked = this.askedFor(plan, message.number, part)
    if (asked?.named !== false && (await this.said.serves(digest, content.id))) return true
    if (!asked && (await partOfDevice(this.account.replica.db, digest, content.id, this.request))) return true
    if (content.whole) this.said.add(digest, content.id)
    return false
  }

  /** The offset at which to begin with a piece; undefined when it was sent in this exchange. */
  private claim(plan: MailboxPlan, number: number, part: number): number | undefined {
    const name = pieceName(plan, number, part)
    if (this.served.has(name)) return undefined
    const wanted = this.askedFor(plan, number, part)
    if (wanted) this.served.add(name)
    return wanted?.offset ?? 0
  }

  private askedFor(plan: MailboxPlan, message: number, part: number): WantedPart | undefined {
    const index = this.asked.get(plan) ?? new Map<string, WantedPart>()
    if (!this.asked.has(plan)) {
      this.asked.set(plan, index)
      for (const wanted of plan.parts.toReversed())
        index.set(pieceName(plan, wanted.message, wanted.part), wanted)
    }
    return index.get(pieceName(plan, message, part))
  }
}

const pieceName = (plan: MailboxPlan, message: number, part: number): string =>
  `${plan.mailbox.guid}/${message}/${part}`

async function* nothing(): AsyncGenerator<OutgoingFrame> {}

/** Runs of parts of one message, in their order: its content is opened once for all of a run. */
export function byMessage(parts: readonly WantedPart[]): WantedPart[][] {
  const runs: WantedPart[][] = []
  for (const part of parts) {
    const run = runs.at(-1)
    if (run?.[0]?.message === part.message) run.push(part)
    else runs.push([part])
  }
  return runs
}

/** Parts of no more than this that somebody waits for go before new mail, however little that is. */
const smallPartBytes = 64 * 1024
/** New messages, lists and texts, that go before bigger ones. */
const fewMessages = 50

/** What somebody waits for goes before everything else, unless it is big and there is little else. */
export function goesFirst(
  { mailboxes }: Pick<Plan, 'mailboxes'>,
  shapes: Shapes,
  content: ContentRecord,
  { part, offset }: WantedPart,
): boolean {
  const messages = mailboxes.reduce((sum, { listed, wantText }) => sum + listed.length + wantText.length, 0)
  if (messages > fewMessages) return true
  const skeleton = shapes.skeleton(content)
  const sizes = skeleton ? pieceSizes(skeleton) : shapes.outline(content)?.parts.map(({ size }) => size)
  return (sizes?.[part] ?? 0) - offset <= smallPartBytes
}
