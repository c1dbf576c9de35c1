import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import {
  bridgeGaps,
  equalRanges,
  isInRanges,
  normalizeRanges,
  rangesOf,
  rangesWithout,
} from '../../replica/ids/uid-ranges.js'
import { liveMessages } from '../../replica/messages.js'
import type { Guid, UidRange } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import type { Ashore } from '../../wire/response/changes-frame.js'
import { edgeOf, isInside, keepIn, type Window, type WindowEdge } from '../policy/window.js'

/** What a device's window leaves out of a mailbox: docs/PROTOCOL.md "The window". */

export interface WindowRequest {
  readonly windows: readonly Window[]
  /** The clock by which the window moves is the responder's. */
  readonly nowMs: number
  /** What is ashore was found by other windows: all of it is looked at again. */
  readonly windowsMoved: boolean
  /** What this answer has told of what is ashore, by mailbox: only what has come to it and gone from it since is counted. */
  readonly told?: ReadonlyMap<Guid, Ashore>
}

/** What a device's window leaves out of one mailbox. */
export class MailboxWindow {
  private readonly inside = new Map<Guid, MessageRecord>()
  /** Numbers, since of a whole account there may be more outside than fit in memory. */
  private news: readonly UidRange[] = []
  private filled: readonly UidRange[] = []
  /** Everything ashore or new. Numbers between of messages that have gone are included. */
  private spans: readonly UidRange[] | undefined

  private constructor(
    private readonly reader: Reader,
    private readonly mailbox: MailboxRecord,
    /** Undefined: the device holds the whole mailbox. */
    private readonly edge: WindowEdge | undefined,
    private readonly ashore: readonly UidRange[],
    /** What is ashore and may be inside by now, whatever has happened to it. */
    readonly doubted: readonly UidRange[],
    private readonly rest: () => Promise<void>,
    private readonly told?: Ashore,
  ) {}

  static async over(
    reader: Reader,
    mailbox: MailboxRecord,
    ashore: readonly UidRange[],
    {
      windows,
      nowMs,
      windowsMoved,
      told,
      isQuiet,
      rest,
    }: WindowRequest & { readonly isQuiet: boolean; readonly rest: () => Promise<void> },
  ): Promise<MailboxWindow> {
    const keep = keepIn(windows, mailbox)
    if (keep === 'all') return new MailboxWindow(reader, mailbox, undefined, ashore, ashore, rest)
    // Where nothing has happened it stands where it stood: a quiet sync doesn't count its way there.
    const isCounted = 'messages' in keep && (windowsMoved || !isQuiet)
    const newest = isCounted ? await lowestOfNewest(reader, mailbox.guid, keep.messages) : 0
    const edge = edgeOf(keep, nowMs, newest)
    // Where so many of the newest are held, another one comes in for each that goes.
    const above = newest > 0 ? [{ from: newest, to: Number.MAX_SAFE_INTEGER }] : []
    const doubted = windowsMoved ? ashore : rangesWithout(ashore, rangesWithout(ashore, above))
    return new MailboxWindow(reader, mailbox, edge, ashore, doubted, rest, told?.get(mailbox.guid))
  }

  /** Whether there is anything to look at though nothing has happened in the mailbox. */
  get moves(): boolean {
    return this.doubted.length > 0
  }

  get leavesOut(): boolean {
    return this.edge !== undefined
  }

  leaves(message: MessageRecord): boolean {
    return this.edge !== undefined && !isInside(this.edge, message)
  }

  /** How many messages come. */
  get brings(): number {
    return this.inside.size
  }

  /**
   * Decides which messages are inside.
   * @param news newest first
   * @param asked numbers that were asked for by name; they are inside in any case
   */
  take(news: readonly MessageRecord[], asked: readonly UidRange[]): void {
    this.news = rangesOf(news.map(({ number }) => number))
    for (const message of news)
      if (!this.edge || isInRanges(asked, message.number) || isInside(this.edge, message))
        this.inside.set(message.guid, message)
  }

  /** Makes a message come, whatever its age, because a message that comes answers it. False where it comes or is there anyway. */
  call(message: MessageRecord): boolean {
    if (this.inside.has(message.guid)) return false
    const { number } = message
    if (!isInRanges(this.news, number) && !isInRanges(this.ashore, number)) return false
    this.inside.set(message.guid, message)
    return true
  }

  /** The messages that come, newest first. */
  coming(): readonly MessageRecord[] {
    return [...this.inside.values()].sort((a, b) => b.number - a.number)
  }

  /**
   * Where what is outside would be in more pieces than can be named, brings the shortest pieces too, whatever
   * their age: so as little as possible is sent that was to stay ashore.
   */
  async fillHoles(most: number): Promise<void> {
    const ranges = this.edge ? await this.outside() : []
    if (ranges.length <= most) return
    const shortest = [...ranges].sort((a, b) => a.to - a.from - (b.to - b.from))
    this.filled = normalizeRanges(shortest.slice(0, ranges.length - most))
    for await (const page of inPages(messagesIn(this.reader, this.mailbox.guid, this.filled))) {
      for (const message of page) this.inside.set(message.guid, message)
      await this.rest()
    }
  }

  private async outside(): Promise<UidRange[]> {
    this.spans ??= await this.spanned()
    const comes = rangesOf([...this.inside.values()].map(({ number }) => number))
    return rangesWithout(rangesWithout(this.spans, comes), this.filled)
  }

  private async spanned(): Promise<readonly UidRange[]> {
    const ranges = normalizeRanges([...this.ashore, ...this.news])
    // Where nothing is new between two of them it was looked at when they were found.
    const holes = new Set(this.ashore.slice(1).map(({ from }) => from))
    return bridgeGaps(ranges, async ({ from, to }) => {
      if (holes.has(to) && isInRanges(this.ashore, from - 1)) return true
      await this.rest()
      return isAnyThere(this.reader, this.mailbox.guid, { from, to })
    })
  }

  /** What the device doesn't hold of the mailbox when it has what comes; undefined where that is what it has said. */
  async left(): Promise<Ashore | undefined> {
    if (!this.edge && this.ashore.length === 0) return undefined
    const ranges = await this.outside()
    if (equalRanges(ranges, this.ashore)) return undefined
    const sumOf = (counted: readonly UidRange[]): Promise<Ashore> =>
      measure(this.reader, { mailbox: this.mailbox.guid, ranges: counted, rest: this.rest })
    const { told } = this
    return told && equalRanges(told.ranges, this.ashore) ? sumSince(told, ranges, sumOf) : sumOf(ranges)
  }
}

/** The number of the last of so many, counted from the newest; 0 where there are no more than that. */
async function lowestOfNewest(reader: Reader, mailbox: Guid, count: number): Promise<number> {
  let left = count
  for await (const { number } of liveMessages(reader, mailbox, { reverse: true }))
    if (--left < 0) return number + 1
  return 0
}

/** A message that is there: what was and is gone has left its number behind, and nobody gets that again. */
async function isAnyThere(reader: Reader, mailbox: Guid, { from, to }: UidRange): Promise<boolean> {
  for await (const _ of liveMessages(reader, mailbox, { from, to })) return true
  return false
}

/** Where mail is read slice by slice, each of them leaves a little more ashore. */
async function sumSince(
  before: Ashore,
  ranges: readonly UidRange[],
  sumOf: (ranges: readonly UidRange[]) => Promise<Ashore>,
): Promise<Ashore> {
  const added = rangesWithout(ranges, before.ranges)
  const more = await sumOf(added)
  const less = await sumOf(rangesWithout(before.ranges, ranges))
  const messages = before.messages + more.messages - less.messages
  const bytes = before.bytes + more.bytes - less.bytes
  // Something of it is larger than when it was counted, or came there since: it is counted anew.
  if (messages < 0 || bytes < 0) return sumOf(ranges)
  return { ranges: rangesWithout(ranges, rangesWithout(added, more.ranges)), messages, bytes }
}

/** Ranges of messages that are all gone are left out. */
async function measure(
  reader: Reader,
  of: { readonly mailbox: Guid; readonly ranges: readonly UidRange[]; readonly rest: () => Promise<void> },
): Promise<Ashore> {
  const ranges: UidRange[] = []
  let [messages, bytes, at] = [0, 0, 0]
  for await (const page of inPages(messagesIn(reader, of.mailbox, of.ranges))) {
    await readContentsAhead(reader, page)
    for (const { content, number } of page) {
      bytes += (await getContent(reader, content))?.sizeBytes ?? 0
      while ((of.ranges[at]?.to ?? Number.POSITIVE_INFINITY) <= number) at++
      const range = of.ranges[at]
      if (range && range !== ranges.at(-1)) ranges.push(range)
    }
    messages += page.length
    await of.rest()
  }
  return { ranges, messages, bytes }
}

async function* messagesIn(
  reader: Reader,
  mailbox: Guid,
  ranges: readonly UidRange[],
): AsyncGenerator<MessageRecord> {
  for (const range of ranges) yield* liveMessages(reader, mailbox, range)
}
