import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MailboxRecord, MessageRecord } from '../../replica/records.js'
import { inPages } from '../../store/table.js'
import type { Account } from '../account.js'
import { outlineOfContent, readTexts } from '../content/message-text.js'
import { restNowAndThen } from '../yield-event-loop.js'
import { type Candidate, candidatesFor, mailboxesFor } from './candidates.js'
import { dayOf, lastDay, liesBetween } from './days.js'
import { fitsField, type HasRow, lookForRow } from './fit-term.js'
import type { Question, Term } from './read-question.js'
import { textBytes } from './update-index.js'

export interface Search {
  readonly question: Question
  /** How many of the newest hits are told. */
  readonly limit: number
  /** Mailboxes that are meant; all by default. */
  readonly isAmong?: (mailbox: MailboxRecord) => boolean
  /** Messages that are meant; all by default. */
  readonly isMeant?: (message: MessageRecord, mailbox: MailboxRecord) => boolean
  /** Whether the message with this number in that mailbox is meant, where that can be told before it is read. */
  readonly means?: (mailbox: MailboxRecord, number: number) => boolean | undefined
  readonly signal?: AbortSignal
}

export interface FoundMessages {
  /** The newest first. */
  readonly messages: readonly FoundMessage[]
  readonly total: number
  readonly totalBytes: number
  /** Whether there was too much to look at everything. */
  readonly isPartial: boolean
}

export interface FoundMessage {
  readonly message: MessageRecord
  readonly mailbox: MailboxRecord
  readonly content: ContentRecord
}

/**
 * Limits for one question: messages looked at, and texts read to check for phrases, with their characters in
 * all; beyond these the answer says nothing of what is left. Once as many hits were found as are shown, and
 * `enough` messages looked at or `enoughTexts` read, older ones aren't counted.
 */
export const searchLimits = {
  messages: 200_000,
  enough: 500,
  texts: 200,
  enoughTexts: 100,
  characters: 1024 * 1024,
} as const

/** Finds what fits a question, by the index as it is now. */
export async function findMessages(account: Account, search: Search): Promise<FoundMessages> {
  const { question, limit, isAmong = () => true, isMeant } = search
  const { means = () => (isMeant ? undefined : true) } = search
  const { db } = account.replica
  const mailboxes = await mailboxesFor(db, question, isAmong)
  const rest = restNowAndThen()
  const found = new Found(limit)
  const texts = new TermsInTexts(account, question, found)
  const look = async ({ content: id, message }: Candidate): Promise<void> => {
    const mailbox = message && mailboxes.get(message.mailbox)
    if (message) {
      const { internalDateMs } = message
      if (!mailbox || internalDateMs < question.afterMs || internalDateMs >= question.beforeMs) return
      if (isMeant?.(message, mailbox) === false) return
    }
    const content = await getContent(db, id)
    if (!content || !(await texts.fit(content, message))) return
    found.count(content)
    if (message && mailbox) found.show({ message, mailbox, content })
  }
  const { inAnyOrder, candidates } = await candidatesFor(db, question, mailboxes, {
    means,
    isOnlyCounted: (day) => found.isSettled(day) && liesBetween(day, question),
  })
  const enough = inAnyOrder ? searchLimits.messages : searchLimits.enough
  let looked = 0
  let isPartial = false
  for await (const page of inPages(candidates)) {
    isPartial = texts.isOver || looked >= (found.isFull ? enough : searchLimits.messages)
    if (isPartial) break
    await rest()
    search.signal?.throwIfAborted()
    await readContentsAhead(db, page)
    looked += page.length
    for (const candidate of page) await look(candidate)
  }
  const { total, totalBytes } = found
  return { messages: found.newest(), total, totalBytes, isPartial: isPartial || texts.isOver }
}

/** What was found so far: how much, and the newest of it. */
class Found {
  total = 0
  totalBytes = 0
  private shown: FoundMessage[] = []
  /** The day of the oldest of the first that fill the limit. */
  private oldestDay: number | undefined

  constructor(private readonly limit: number) {}

  /** Whether there are as many as are shown. */
  get isFull(): boolean {
    return this.total >= this.limit
  }

  count({ sizeBytes }: ContentRecord): void {
    this.total++
    this.totalBytes += sizeBytes
  }

  show(found: FoundMessage): void {
    this.shown.push(found)
    if (this.oldestDay === undefined && this.shown.length >= this.limit) {
      const days = this.shown.map(({ message }) => dayOf(message.internalDateMs))
      this.oldestDay = days.reduce((a, b) => Math.min(a, b), lastDay)
    }
    if (this.shown.length >= 4 * this.limit + 100) this.shown = newestOf(this.shown, this.limit)
  }

  /** Whether nothing that arrived on that day will be among the newest. */
  isSettled(day: number): boolean {
    return this.oldestDay !== undefined && day < this.oldestDay
  }

  newest(): FoundMessage[] {
    return newestOf(this.shown, this.limit)
  }
}

function newestOf(found: readonly FoundMessage[], limit: number): FoundMessage[] {
  return found
    .toSorted(
      (a, b) => b.message.internalDateMs - a.message.internalDateMs || b.message.number - a.message.number,
    )
    .slice(0, limit)
}

/** Looks for what the index can't tell: words in a row. */
class TermsInTexts {
  private readonly rows: readonly { readonly field: Term['field']; readonly hasRow: HasRow }[]
  private read = 0
  private characters = 0
  private last: { readonly content: Guid; readonly fits: boolean } | undefined

  constructor(
    private readonly account: Account,
    { terms }: Question,
    private readonly found: Found,
  ) {
    this.rows = terms.flatMap((term) =>
      term.row ? [{ field: term.field, hasRow: lookForRow(term.row) }] : [],
    )
  }

  /** No more texts are read. */
  get isOver(): boolean {
    const { texts, enoughTexts, characters } = searchLimits
    return this.read >= (this.found.isFull ? enoughTexts : texts) || this.characters >= characters
  }

  async fit(content: ContentRecord, message?: MessageRecord): Promise<boolean> {
    if (this.rows.length === 0) return true
    // Copies of a message come one behind the other.
    if (this.last?.content !== content.id)
      this.last = { content: content.id, fits: await this.look(content, message) }
    return this.last.fits
  }

  private async look(content: ContentRecord, message?: MessageRecord): Promise<boolean> {
    const envelope = content.envelope ? decodeEnvelope(content.envelope) : { from: [], to: [], cc: [] }
    const open = this.rows.filter(({ field, hasRow }) => !fitsField(field, hasRow, envelope))
    if (open.length === 0) return true
    if (open.some(({ field }) => field !== undefined) || this.isOver) return false
    this.read++
    const names = outlineOfContent(content)?.parts.map(({ name = '' }) => name) ?? []
    const { texts } = await readTexts(this.account, content, textBytes, { likely: message?.guid })
    const all = [...names, ...texts.map(({ text }) => text)]
    this.characters += all.reduce((sum, { length }) => sum + length, 0)
    return open.every(({ hasRow }) => all.some(hasRow))
  }
}
