import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { knowsMessage, knowsNumber } from '../../replica/cursor.js'
import type { Guid } from '../../replica/model.js'
import type { Cursor, MailboxRecord, MessageRecord } from '../../replica/records.js'
import type { AskedQuestion } from '../../wire/question-frame.js'
import { type Hit, type Hits, shownHit } from '../../wire/response/hits-frame.js'
import type { Account } from '../account.js'
import { type FoundMessage, findMessages } from './find-messages.js'
import { indexFound, type Patience } from './index-found.js'
import { type Question, readQuestion } from './read-question.js'
import { updateIndex } from './update-index.js'

/** Who asks, and what it has. */
export interface Asker {
  readonly device: Guid
  readonly cursor: Cursor
  /** Its cursor tells what it has of the mailbox; of others it may have anything, and all is told of. */
  readonly takesPart: (mailbox: MailboxRecord) => boolean
}

/** How long an answer waits for mail that isn't in the index yet, in ms. */
const indexMs = 1000

/** Takes in what it may take in while somebody waits. Returns how many messages are left, about; undefined where nobody can tell now. */
export async function indexForAnswer(
  account: Account,
  signal: AbortSignal,
  mostMs = indexMs,
): Promise<number | undefined> {
  const { now } = account.replica
  const begunMs = now()
  try {
    return await updateIndex(account, {
      signal,
      goOn: () => Math.abs(now() - begunMs) < mostMs,
    })
  } catch (error) {
    if (signal.aborted) throw error
    // Another process takes in the same, or the mail store is away: what is in the index is found.
    return undefined
  }
}

export interface AnswerOptions {
  /** How many messages aren't in the index, as `indexForAnswer` says. */
  readonly left: number | undefined
  readonly patience: Patience
  readonly signal: AbortSignal
}

/** What is here for a question of what its asker doesn't have. */
export async function answerQuestion(
  account: Account,
  { number, text, most, mostBytes }: AskedQuestion,
  { device, cursor, takesPart }: Asker,
  { left, patience, signal }: AnswerOptions,
): Promise<Hits> {
  const nothing = {
    number,
    isPartial: false,
    isStrange: false,
    isLater: false,
    left: 0,
    total: 0,
    totalBytes: 0,
  }
  const question = readIfPossible(text)
  if (!question) return { ...nothing, isStrange: true, entries: [] }
  const isMeant = (message: MessageRecord, mailbox: MailboxRecord): boolean =>
    !takesPart(mailbox) || !knowsMessage(device, cursor, message)
  try {
    const taken = left ? await indexFound(account, { question, isMeant, patience, signal }) : 0
    const { messages, ...found } = await findMessages(account, {
      question,
      limit: most,
      isMeant,
      means: (mailbox, number) => {
        const isKnown = takesPart(mailbox) && knowsNumber(cursor, mailbox, number)
        return isKnown === undefined ? undefined : !isKnown
      },
      signal,
    })
    const isLater = left === undefined
    return {
      ...nothing,
      ...found,
      isLater,
      left: Math.max(0, (left ?? 0) - taken),
      entries: fitting(messages, mostBytes),
    }
  } catch (error) {
    if (signal.aborted) throw error
    return { ...nothing, isLater: true, entries: [] }
  }
}

function readIfPossible(text: string): Question | undefined {
  try {
    return readQuestion(text)
  } catch {
    return undefined
  }
}

function fitting(messages: readonly FoundMessage[], mostBytes: number): Hit[] {
  const hits: Hit[] = []
  let bytes = 0
  for (const each of messages) {
    const hit = hitOf(each)
    bytes += new TextEncoder().encode(hit.from + hit.subject).length
    if (bytes > mostBytes) break
    hits.push(hit)
  }
  return hits
}

function hitOf({ message, content }: FoundMessage): Hit {
  const { from, subject = '' } = content.envelope ? decodeEnvelope(content.envelope) : { from: [] }
  return shownHit({
    mailbox: message.mailbox,
    message: message.number,
    arrivedMs: message.internalDateMs,
    sizeBytes: content.sizeBytes,
    from: from[0]?.name || from[0]?.address || '',
    subject,
  })
}
