import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord, MailboxRecord, MessageRecord } from '../../replica/records.js'
import { inPages } from '../../store/table.js'
import type { Account } from '../account.js'
import { outlineOfContent, readTexts } from '../content/message-text.js'
import { restNowAndThen } from '../yield-event-loop.js'
import { candidatesFor, mailboxesFor } from './candidates.js'
import { fitsField, hasRow } from './fit-term.js'
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
  /** False where no message with this number in that mailbox is meant: it isn't read then. */
  readonly mayMean?: (mailbox: MailboxRecord, number: number) => boolean
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
 * Limits for one question: messages looked at, and texts read to check for phrases; beyond these the answer
 * says nothing of what is left. Once `enough` messages were looked at and as many hits found as are shown,
 * older ones aren't counted.
 */
export const searchLimits = { messages: 200_000, enough: 500, texts: 200 } as const

/** Finds what fits a question, by the index as it is now. */
export async function findMessages(account: Account, search: Search): Promise<FoundMessages> {
  const { question, limit, isAmong = () => true, isMeant = () => true, mayMean = () => true } = search
  const { db } = account.replica
  const mailboxes = await mailboxesFor(db, question, isAmong)
  const rest = restNowAndThen()
  const texts = new TermsInTexts(account, question)
  const look = async (message: MessageRecord): Promise<FoundMessage | undefined> => {
    const { internalDateMs } = message
    const mailbox = mailboxes.get(message.mailbox)
    if (!mailbox || internalDateMs < question.afterMs || internalDateMs >= question.beforeMs) return undefined
    const content = isMeant(message, mailbox) ? await getContent(db, message.content) : undefined
    return content && (await texts.fit(content)) ? { message, mailbox, content } : undefined
  }
  const { inAnyOrder, messages } = await candidatesFor(db, question, mailboxes, mayMean)
  const enough = inAnyOrder ? searchLimits.messages : searchLimits.enough
  let newest: FoundMessage[] = []
  let [looked, total, totalBytes] = [0, 0, 0]
  let isPartial = false
  for await (const page of inPages(messages)) {
    isPartial = texts.isOver || looked >= (total >= limit ? enough : searchLimits.messages)
    if (isPartial) break
    await rest()
    search.signal?.throwIfAborted()
    await readContentsAhead(db, page)
    looked += page.length
    for (const message of page) {
      const found = await look(message)
      if (!found) continue
      newest.push(found)
      total++
      totalBytes += found.content.sizeBytes
      if (newest.length >= 4 * limit + 100) newest = newestOf(newest, limit)
    }
  }
  return { messages: newestOf(newest, limit), total, totalBytes, isPartial: isPartial || texts.isOver }
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
  private readonly rows: readonly { readonly field: Term['field']; readonly row: readonly string[] }[]
  private read = 0
  private last: { readonly content: Guid; readonly fits: boolean } | undefined

  constructor(
    private readonly account: Account,
    { terms }: Question,
  ) {
    this.rows = terms.flatMap((term) => (term.row ? [{ field: term.field, row: term.row }] : []))
  }

  /** No more texts are read. */
  get isOver(): boolean {
    return this.read >= searchLimits.texts
  }

  async fit(content: ContentRecord): Promise<boolean> {
    if (this.rows.length === 0) return true
    // Copies of a message come one behind the other.
    if (this.last?.content !== content.id) this.last = { content: content.id, fits: await this.look(content) }
    return this.last.fits
  }

  private async look(content: ContentRecord): Promise<boolean> {
    const envelope = content.envelope ? decodeEnvelope(content.envelope) : { from: [], to: [], cc: [] }
    const open = this.rows.filter(({ field, row }) => !fitsField(field, row, envelope))
    if (open.length === 0) return true
    if (open.some(({ field }) => field !== undefined) || this.isOver) return false
    this.read++
    const names = outlineOfContent(content)?.parts.map(({ name = '' }) => name) ?? []
    const { texts } = await readTexts(this.account, content, textBytes)
    const all = [...names, ...texts.map(({ text }) => text)]
    return open.every(({ row }) => all.some((text) => hasRow(text, row)))
  }
}
