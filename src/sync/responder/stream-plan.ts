import { getContent } from '../../replica/content/contents.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MessageRecord } from '../../replica/records.js'
import type { Account } from '../account.js'
import { coldPiece } from '../content/piece.js'
import type { Shapes } from '../content/shapes.js'
import type { OutgoingFrame } from '../frames/outgoing.js'
import type { Tiers } from '../policy/policy.js'
import { usefulFirst } from '../policy/useful-first.js'
import type { News } from './look-for-news.js'
import { wantedMessage } from './look-into.js'
import { type Listed, type MailboxPlan, newestFirst, type Plan, type PlanRequest } from './plan.js'
import {
  changesFrames,
  linkFrames,
  listFrames,
  OpenedMailboxes,
  recipientsFrames,
  stage,
  structureFrames,
} from './stream-list.js'
import { byMessage, goesFirst, PieceStream } from './stream-pieces.js'
import { primerOf } from './stream-primer.js'

/** Lists of no more messages than this go before the first text of any mailbox: they cost some 50 bytes each. */
const listedFirst = 5000

/** A list of more messages is shown without recipients, which are a seventh of it and follow when all of it is there. */
const recipientsApart = 100

/**
 * The frames of a plan, most useful first (law 3), so that every prefix is worth having. What happens while
 * big parts are on their way overtakes them. Returns the log position that the initiator has reached at the
 * end.
 */
export async function* streamPlan(
  account: Account,
  first: Plan,
  request: PlanRequest,
  news: News = {},
): AsyncGenerator<OutgoingFrame, number> {
  const stream = new PlanStream(account, first, request, news)
  yield* stream.structure()
  const plan = yield* stream.wholePlan()
  yield* stream.primer()
  yield* stage(plan, 1, (mailbox) => stream.pieces.wantedGists(mailbox))
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
  yield* stream.readOn()
  stream.letOvertake()
  yield* stage(plan, 3, (mailbox) => stream.wantedParts(mailbox, 'urgent'))
  yield* stage(plan, 3, (mailbox) => stream.coldHeaders(mailbox, 'small'))
  yield* stage(plan, 3, (mailbox) => stream.attachments(mailbox))
  yield* stage(plan, 3, (mailbox) => stream.coldHeaders(mailbox, 'large'))
  yield* stage(plan, 3, (mailbox) => stream.wantedParts(mailbox, 'any'))
  yield* stream.leftOfNews()
  return stream.log
}

class PlanStream {
  private readonly opened = new OpenedMailboxes()
  readonly pieces: PieceStream
  /** Messages without an attachment that the policy lets through. */
  private readonly slight = new Set<Guid>()
  /** Messages of which no large cold header fields are to come: they needn't be read again for those. */
  private readonly noLargeCold = new Set<Guid>()

  private readonly shapes: Shapes
  /** Plans that have overtaken, of which the attachments are still to go. */
  private readonly overtaken: Plan[] = []
  /** Everything of the plan has been listed, and nothing is overtaking: only then may the initiator's cursor go beyond the plan. */
  private mayOvertake = false
  private staysAsPlanned = false

  constructor(
    private readonly account: Account,
    private plan: Plan,
    private readonly request: PlanRequest,
    private readonly news: News,
  ) {
    this.pieces = new PieceStream(account, request, this.opened)
    this.shapes = request.tiers.shapes
  }

  letOvertake(): void {
    this.mayOvertake = !this.staysAsPlanned
  }

  get log(): number {
    return this.plan.log
  }

  structure(): Generator<OutgoingFrame> {
    return structureFrames(this.plan, this.plan.sent && 'page')
  }

  /** The newest are listed, and can be read, before all that there is has been looked at. */
  async *wholePlan(): AsyncGenerator<OutgoingFrame, Plan> {
    if (!this.news.rest) return this.plan
    yield* stage(this.plan, 0, (mailbox) => this.links(mailbox))
    yield* stage(this.plan, 0, (mailbox) => this.lists(mailbox))
    yield* stage(this.plan, 1, (mailbox) => this.texts(mailbox))
    this.plan = yield* this.news.rest()
    yield* structureFrames(this.plan, 'behind page')
    return this.plan
  }

  async *primer(): AsyncGenerator<OutgoingFrame> {
    const primer = await primerOf(this.account, this.plan, this.request)
    if (!primer) return
    // What overtakes would be of other senders.
    if (this.request.policy.sharedHistory !== 'all') this.staysAsPlanned = true
    yield primer
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

  /** Tier 2: structure and small parts, and what stands for files that don't come. */
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

  private readonly overtaking = (): AsyncGenerator<OutgoingFrame> => this.overtake()

  /** Streams everything that has happened since, except attachments. */
  private async *overtake(): AsyncGenerator<OutgoingFrame> {
    const news = this.mayOvertake ? await this.news.look?.(this.plan.log) : undefined
    if (!news) return
    this.mayOvertake = false
    this.overtaken.push(news)
    yield* this.withoutAttachments(news)
    this.mayOvertake = true
  }

  /** What the mail store still has to show goes before attachments. */
  async *readOn(): AsyncGenerator<OutgoingFrame> {
    const { readOn } = this.news
    if (!readOn) return
    for (let news = yield* readOn(this.plan.log); news; news = yield* readOn(this.plan.log)) {
      // Of what is read first the attachments go first, too.
      this.overtaken.unshift(news)
      yield* this.withoutAttachments(news)
    }
  }

  private async *withoutAttachments(news: Plan): AsyncGenerator<OutgoingFrame> {
    this.plan = news
    yield* this.structure()
    for (const mailbox of news.mailboxes) yield* this.links(mailbox)
    for (const mailbox of news.mailboxes) yield* this.lists(mailbox)
    for (const mailbox of news.mailboxes) yield* this.texts(mailbox)
    for (const mailbox of news.mailboxes) yield* this.structures(mailbox)
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
      yield* this.pieces.stream(plan, message, content, [piece])
    }
  }

  /** Single parts that were asked for, from where the last exchange stopped. */
  async *wantedParts(plan: MailboxPlan, which: 'first' | 'urgent' | 'any'): AsyncGenerator<OutgoingFrame> {
    for (const wants of byMessage(plan.parts)) {
      const asked = wants.filter(
        ({ urgent, message, part }) =>
          (which === 'any' || urgent) && !this.pieces.hasServed(plan, message, part),
      )
      const { db } = this.account.replica
      const message = asked[0] && (await wantedMessage(db, plan.mailbox.guid, asked[0].message))
      const content = message && (await getContent(db, message.content))
      if (!message || !content) continue
      let left = asked
        .filter((wanted) => which !== 'first' || goesFirst(this.plan, this.shapes, content, wanted))
        .map(({ part }) => part)
      // A piece that can't be read doesn't hold up those behind it.
      while (
        left.length > 0 &&
        !(yield* this.pieces.stream(plan, message, content, left, { between: this.overtaking }))
      )
        left = left.filter((part) => !this.pieces.hasServed(plan, message.number, part))
    }
  }

  /** What of a message belongs to these tiers but its cold fields; its structure goes before its parts, in one look at its file. */
  private async *parts(
    plan: MailboxPlan,
    listed: Listed,
    wanted: readonly (1 | 2 | 3)[],
  ): AsyncGenerator<OutgoingFrame> {
    yield* this.pieces.gists(plan, listed, wanted)
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
    const between = wanted.includes(3) ? this.overtaking : undefined
    // What comes after attachments isn't worth to be kept for so long.
    const again =
      !wanted.includes(3) &&
      tiers.some((tier, piece) => tier !== undefined && piece >= parts && !pieces.includes(piece))
    if (pieces.length > 0) yield* this.pieces.stream(plan, message, content, pieces, { between, again })
  }

  private tiersOf(message: MessageRecord, content: ContentRecord): Promise<Tiers | undefined> {
    return this.request.tiers.of(message, content)
  }
}
