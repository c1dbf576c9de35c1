import { hasCode } from '../../errors/packetboat-error.js'
import { firstText } from '../../mime/first-text.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import type { Part } from '../../mime/skeleton.js'
import { getContent, indexedPartBytes } from '../../replica/contents.js'
import { cursorOf, knowsMessage } from '../../replica/cursor.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import type { WantedPart } from '../../wire/request-frames.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { encodeStructure } from '../../wire/response/structure-frames.js'
import type { Account } from '../account.js'
import { noteUnreadable } from '../content/content-access.js'
import { partOfDevice } from '../content/known-parts.js'
import { coldPiece, pieceSizes } from '../content/piece.js'
import type { Shapes } from '../content/shapes.js'
import { contentKinds, type OutgoingFrame, textFrame } from '../frames/outgoing.js'
import { type Coming, makePrimer, primerFrame } from '../frames/primer.js'
import type { Tiers } from '../policy/policy.js'
import { SaidParts, type SharedHistory } from '../policy/shared-history.js'
import { usefulFirst } from '../policy/useful-first.js'
import { openPieces } from './open-pieces.js'
import { type Listed, type MailboxPlan, type Plan, type PlanRequest, wantedMessage } from './plan.js'
import { changesFrames, linkFrames, listFrames, OpenedMailboxes, recipientsFrames } from './stream-list.js'

/** New messages for which mail that both sides hold is looked up. */
const primedFor = 60

/** In one frame. A frame that is cut is sent again, so they stay small. */
const mailboxesPerFrame = 40

/** Lists of no more messages than this go before the first text of any mailbox: they cost some 50 bytes each. */
const listedFirst = 5000

/** A list of more messages is shown without recipients, which are a seventh of it and follow when all of it is there. */
const recipientsApart = 100

/** Parts of no more than this that somebody waits for go before new mail, however little that is. */
const smallPartBytes = 64 * 1024
/** New messages, lists and texts, that go before bigger ones. */
const fewMessages = 50

/** Asked between two frames of big parts: what has happened since the plan of that log position, when it is time to look. */
export type LookForNews = (log: number) => Promise<Plan | undefined>

/**
 * The frames of a plan, most useful first (law 3): every prefix is worth having. What happens while big parts are on their way overtakes
 * them. Returns the log position that the initiator has reached at the end.
 */
export async function* streamPlan(
  account: Account,
  plan: Plan,
  request: PlanRequest,
  look: LookForNews = async () => undefined,
): AsyncGenerator<OutgoingFrame, number> {
  const stream = new PlanStream(account, plan, request, look)
  yield* stream.structure()
  yield* stream.primer()
  yield* stage(plan, 3, (mailbox) => stream.wantedParts(mailbox, 'first'))
  yield* stage(plan, 0, (mailbox) => stream.links(mailbox))
  const listed = plan.mailboxes.reduce((sum, { listed }) => sum + listed.length, 0)
  const together =
    listed <= listedFirst ? [plan] : plan.mailboxes.map((mailbox) => ({ mailboxes: [mailbox] }))
  for (const mailboxes of together) {
    yield* stage(mailboxes, 0, (mailbox) => stream.lists(mailbox, listed > recipientsApart))
    if (listed > recipientsApart) yield* stage(mailboxes, 0, (mailbox) => stream.recipients(mailbox))
    yield* stage(mailboxes, 1, (mailbox) => stream.texts(mailbox))
  }
  yield* stage(plan, 2, (mailbox) => stream.structures(mailbox))
  stream.letOvertake()
  yield* stage(plan, 3, (mailbox) => stream.wantedParts(mailbox, 'urgent'))
  yield* stage(plan, 3, (mailbox) => stream.coldHeaders(mailbox, 'small'))
  yield* stage(plan, 3, (mailbox) => stream.attachments(mailbox))
  yield* stage(plan, 3, (mailbox) => stream.coldHeaders(mailbox, 'large'))
  yield* stage(plan, 3, (mailbox) => stream.wantedParts(mailbox, 'any'))
  yield* stream.leftOfNews()
  return stream.log
}

/** The frames of one stage, mailbox by mailbox, with a note of what they are of. */
async function* stage(
  plan: Pick<Plan, 'mailboxes'>,
  tier: 0 | 1 | 2 | 3,
  frames: (mailbox: MailboxPlan) => AsyncIterable<OutgoingFrame> | Iterable<OutgoingFrame>,
): AsyncGenerator<OutgoingFrame> {
  for (const mailbox of plan.mailboxes)
    for await (const frame of frames(mailbox)) yield { ...frame, of: { mailbox: mailbox.mailbox.guid, tier } }
}

class PlanStream {
  private readonly opened = new OpenedMailboxes()
  /** Wanted parts that have been sent. */
  private readonly served = new Set<string>()
  /** Parts that are in this answer from their first byte on. */
  private readonly said: SaidParts
  /** Messages without an attachment that the policy lets through. */
  private readonly slight = new Set<Guid>()
  /** Messages of which no large cold header fields are to come: they needn't be read again for those. */
  private readonly noLargeCold = new Set<Guid>()

  private readonly shapes: Shapes
  /** What is asked for by number, by its name. */
  private readonly asked = new WeakMap<MailboxPlan, Map<string, WantedPart>>()
  /** Plans that have overtaken, of which the attachments are still to go. */
  private readonly overtaken: Plan[] = []
  /** Everything of the plan has been listed, and nothing is overtaking: only then may the initiator's cursor go beyond the plan. */
  private mayOvertake = false
  private staysAsPlanned = false

  constructor(
    private readonly account: Account,
    private plan: Plan,
    private readonly request: PlanRequest,
    private readonly look: LookForNews,
  ) {
    this.said = new SaidParts(account.replica.db, request.policy.sharedHistory)
    this.shapes = request.tiers.shapes
  }

  letOvertake(): void {
    this.mayOvertake = !this.staysAsPlanned
  }

  get log(): number {
    return this.plan.log
  }

  *structure(): Generator<OutgoingFrame> {
    const { structure, log } = this.plan
    for (let at = 0; at < structure.length; at += mailboxesPerFrame) {
      const last = at + mailboxesPerFrame >= structure.length
      const mailboxes = structure.slice(at, at + mailboxesPerFrame)
      yield textFrame(responseKinds.structure, encodeStructure({ mailboxes, ...(last && { log }) }))
    }
  }

  /** Mail that the device holds and that is like what it is about to get. */
  async *primer(): AsyncGenerator<OutgoingFrame> {
    const { device, cursor, policy, wants, plain } = this.request
    if (plain || cursor.log === 0) return
    const shared = policy.sharedHistory
    const coming = await this.coming(shared)
    if (coming.length === 0) return
    const lacking = new Set(wants.map(({ mailbox }) => mailbox))
    const primed = await makePrimer(
      this.account,
      coming,
      { coldBytes: policy.coldBytes, shared },
      async (message, content) => {
        const { mailbox, number, created } = message
        // What it made it has a number for only when it was told; where it lacks anything in a mailbox, a part of that may be it.
        const told = created <= cursorOf(cursor, mailbox).log && knowsMessage(device, cursor, message)
        if (!told || lacking.has(mailbox) || !content.outline) return undefined
        const tiers = await this.tiersOf(message, content)
        const outline = this.shapes.outline(content)
        const texts = outline ? firstText(outline) : []
        return texts.every((part) => tiers?.[part] !== undefined) ? { mailbox, number } : undefined
      },
    )
    if (!primed) return
    // What overtakes would be of other senders.
    if (shared !== 'all') this.staysAsPlanned = true
    yield primerFrame(responseKinds.primer, primed)
  }

  /**
   * Mail that a primer is to help. Where not every mail may serve every other, that is all of which anything comes; none where it is so much
   * that it helps itself.
   */
  private async coming(shared: SharedHistory): Promise<Coming[]> {
    const { db } = this.account.replica
    const coming: Coming[] = []
    for (const plan of this.plan.mailboxes) {
      const { guid: mailbox } = plan.mailbox
      const guids = newestFirst(plan.listed, plan.wantText).map(({ guid }) => guid)
      if (shared !== 'all') {
        guids.push(...plan.wantStructure.map(({ guid }) => guid))
        for (const { message } of plan.parts) {
          const wanted = await wantedMessage(db, mailbox, message)
          if (wanted) guids.push(wanted.guid)
        }
      }
      for (const guid of guids) {
        if (coming.length >= primedFor) return shared === 'all' ? coming : []
        const message = await getMessage(db, guid)
        const content = message && (await getContent(db, message.content))
        if (content?.envelope) coming.push({ mailbox, envelope: decodeEnvelope(content.envelope) })
      }
    }
    return coming
  }

  links(mailbox: MailboxPlan): Generator<OutgoingFrame> {
    return linkFrames(this.opened, mailbox)
  }

  async *lists(mailbox: MailboxPlan, apart = false): AsyncGenerator<OutgoingFrame> {
    yield* changesFrames(this.opened, mailbox, this.plan.log)
    yield* listFrames(this.account.replica.db, this.shapes, this.opened, mailbox, apart)
  }

  recipients(mailbox: MailboxPlan): AsyncGenerator<OutgoingFrame> {
    return recipientsFrames(this.account.replica.db, this.opened, mailbox)
  }

  /** Tier 1 of what was just listed, and of what was listed in an earlier exchange. */
  async *texts(plan: MailboxPlan): AsyncGenerator<OutgoingFrame> {
    for (const listed of await this.inOrder([1], plan.listed, plan.wantText))
      yield* this.parts(plan, listed, [1])
  }

  /** Tier 2: structure and small parts. */
  async *structures(plan: MailboxPlan): AsyncGenerator<OutgoingFrame> {
    for (const listed of await this.inOrder([2], plan.listed, plan.wantText, plan.wantStructure))
      yield* this.parts(plan, listed, [2])
  }

  /** Tier 3: attachments that the policy lets through. Those of mail that has just come go before what is left. */
  async *attachments(plan: MailboxPlan): AsyncGenerator<OutgoingFrame> {
    for (const listed of await this.inOrder([3], plan.listed, plan.wantText, plan.wantStructure)) {
      yield* this.leftOfNews()
      if (!this.slight.has(listed.guid)) yield* this.parts(plan, listed, [3])
    }
  }

  private inOrder(tiers: readonly number[], ...lists: readonly (readonly Listed[])[]): Promise<Listed[]> {
    return usefulFirst(this.account.replica.db, lists.flat(), (message, content) =>
      this.bytesIn(message, content, tiers),
    )
  }

  /** What parts of these tiers come to, without the structure. */
  private async bytesIn(
    message: MessageRecord,
    content: ContentRecord,
    tiers: readonly number[],
  ): Promise<number> {
    const tierOf = (await this.tiersOf(message, content)) ?? []
    let bytes = 0
    for (const [part, { size }] of this.shapes.outline(content)?.parts.entries() ?? []) {
      const tier = tierOf[part]
      if (tier !== undefined && tiers.includes(tier)) bytes += size
    }
    return bytes
  }

  async *leftOfNews(): AsyncGenerator<OutgoingFrame> {
    for (let news = this.overtaken.pop(); news; news = this.overtaken.pop())
      for (const mailbox of news.mailboxes) {
        yield* this.coldHeaders(mailbox, 'small')
        yield* this.attachments(mailbox)
        yield* this.coldHeaders(mailbox, 'large')
      }
  }

  /** All but the attachments of what has happened since. */
  private async *overtake(): AsyncGenerator<OutgoingFrame> {
    const news = this.mayOvertake ? await this.look(this.plan.log) : undefined
    if (!news) return
    this.mayOvertake = false
    this.plan = news
    this.overtaken.push(news)
    yield* this.structure()
    for (const mailbox of news.mailboxes) yield* this.links(mailbox)
    for (const mailbox of news.mailboxes) yield* this.lists(mailbox)
    for (const mailbox of news.mailboxes) yield* this.texts(mailbox)
    for (const mailbox of news.mailboxes) yield* this.structures(mailbox)
    this.mayOvertake = true
  }

  /** Cold header fields complete a message and tell nobody anything: small ones go before attachments, others behind. */
  async *coldHeaders(plan: MailboxPlan, which: 'small' | 'large'): AsyncGenerator<OutgoingFrame> {
    const { db } = this.account.replica
    const { coldBytes, smallBytes } = this.request.policy
    for (const { guid } of newestFirst(plan.listed, plan.wantText, plan.wantStructure)) {
      if (which === 'large' && this.noLargeCold.has(guid)) continue
      const message = await getMessage(db, guid)
      const content = isLive(message) ? await getContent(db, message.content) : undefined
      if (!isLive(message) || !content) continue
      const skeleton = this.shapes.skeleton(content)
      if (!skeleton) continue
      const piece = coldPiece(skeleton)
      const { sizeBytes = 0 } = skeleton.cold ?? {}
      const isLarge = sizeBytes > smallBytes
      if (piece === undefined || sizeBytes > coldBytes || !isLarge) this.noLargeCold.add(guid)
      if (piece === undefined || sizeBytes > coldBytes || isLarge !== (which === 'large')) continue
      yield* this.pieces(plan, message, content, [piece])
    }
  }

  /** Single parts that were asked for, from where the last exchange stopped. */
  async *wantedParts(plan: MailboxPlan, which: 'first' | 'urgent' | 'any'): AsyncGenerator<OutgoingFrame> {
    for (const wants of byMessage(plan.parts)) {
      const asked = wants.filter(
        ({ urgent, message, part }) =>
          (which === 'any' || urgent) && !this.served.has(pieceName(plan, message, part)),
      )
      const { db } = this.account.replica
      const message = asked[0] && (await wantedMessage(db, plan.mailbox.guid, asked[0].message))
      const content = message && (await getContent(db, message.content))
      if (!message || !content) continue
      let left = asked
        .filter((wanted) => which !== 'first' || this.goesFirst(content, wanted))
        .map(({ part }) => part)
      // A piece that can't be read doesn't hold up those behind it.
      while (left.length > 0 && !(yield* this.pieces(plan, message, content, left, { bulk: true })))
        left = left.filter((part) => !this.served.has(pieceName(plan, message.number, part)))
    }
  }

  /** What somebody waits for goes before everything else, unless it is big and there is little else. */
  private goesFirst(content: ContentRecord, { part, offset }: WantedPart): boolean {
    const messages = this.plan.mailboxes.reduce(
      (sum, { listed, wantText }) => sum + listed.length + wantText.length,
      0,
    )
    if (messages > fewMessages) return true
    const skeleton = this.shapes.skeleton(content)
    const sizes = skeleton
      ? pieceSizes(skeleton)
      : this.shapes.outline(content)?.parts.map(({ size }) => size)
    return (sizes?.[part] ?? 0) - offset <= smallPartBytes
  }

  /** What of a message belongs to these tiers but its cold fields; its structure goes before its parts, in one look at its file. */
  private async *parts(
    plan: MailboxPlan,
    listed: Listed,
    wanted: readonly (1 | 2 | 3)[],
  ): AsyncGenerator<OutgoingFrame> {
    const { db } = this.account.replica
    const message = await getMessage(db, listed.guid)
    const content = isLive(message) ? await getContent(db, message.content) : undefined
    const tiers = isLive(message) && content && (await this.tiersOf(message, content))
    if (!isLive(message) || !content?.outline || !tiers) return
    const parts = this.shapes.outline(content)?.parts.length ?? 0
    if (!tiers.slice(0, parts).includes(3)) this.slight.add(listed.guid)
    const skeleton = this.shapes.skeleton(content)
    const cold = skeleton && coldPiece(skeleton)
    const chosen = tiers.flatMap((tier, piece) =>
      tier !== undefined && wanted.includes(tier) && piece !== cold ? [piece] : [],
    )
    const pieces = [...chosen.filter((piece) => piece >= parts), ...chosen.filter((piece) => piece < parts)]
    if (pieces.length > 0) yield* this.pieces(plan, message, content, pieces, { bulk: wanted.includes(3) })
  }

  /**
   * Pieces of one content, by their numbers. What isn't here is passed over, and the initiator asks again: where there is an
   * upstream to ask, it is wanted from there meanwhile. Returns false where one can't be read: those behind it haven't been tried.
   */
  private async *pieces(
    plan: MailboxPlan,
    message: MessageRecord,
    content: ContentRecord,
    pieces: readonly number[],
    { bulk = false } = {},
  ): AsyncGenerator<OutgoingFrame, boolean> {
    const source = await openPieces(this.account, content, message.guid, this.shapes)
    if (!source) return true
    let tiers: Promise<Tiers | undefined> | undefined
    const tiersOnce = () => (tiers ??= this.tiersOf(message, content))
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
          if (bulk) yield* this.overtake()
          yield frame
        }
      }
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

  /**
   * The device holds this part already, or is about to, in another mail: the digest in the skeleton is enough. What it asks for by number
   * it has looked for in vain so far.
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

  private tiersOf(message: MessageRecord, content: ContentRecord): Promise<Tiers | undefined> {
    return this.request.tiers.of(message, content)
  }

  /** Where to begin with a piece; undefined when it has been sent in this exchange. */
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

/** Runs of parts of one message, in their order: its content is opened once for all of a run. */
function byMessage(parts: readonly WantedPart[]): WantedPart[][] {
  const runs: WantedPart[][] = []
  for (const part of parts) {
    const run = runs.at(-1)
    if (run?.[0]?.message === part.message) run.push(part)
    else runs.push([part])
  }
  return runs
}

/** Those whose content isn't sent under another message. */
function newestFirst(...lists: readonly (readonly Listed[])[]): Listed[] {
  return lists
    .flat()
    .filter(({ source }) => source === undefined)
    .sort((a, b) => b.number - a.number)
}
