import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { isLive, liveMessages, messageByNumber } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import { isSelected } from '../policy/selection.js'
import { findContents } from './find-contents.js'
import { fieldSigns, type WantedWord } from './fold-words.js'
import { type Numbered, numberedContent, type Place } from './numbered-contents.js'
import type { Question } from './read-question.js'

/** What may fit a question, by as little as can be read. */

/** Mailboxes with fewer messages in all are read themselves: in the index these would be far between. */
const few = 300

export type Mailboxes = ReadonlyMap<Guid, MailboxRecord>

export async function mailboxesFor(
  reader: Reader,
  question: Question,
  isAmong: (mailbox: MailboxRecord) => boolean,
): Promise<Mailboxes> {
  const chosen = new Map<Guid, MailboxRecord>()
  for (const mailbox of await listMailboxes(reader))
    if (isSelected(question.mailboxes, mailbox) && isAmong(mailbox)) chosen.set(mailbox.guid, mailbox)
  return chosen
}

export interface Candidates {
  /** The newest come last, perhaps: of a mailbox as it stands, or of what the index doesn't know yet. */
  readonly inAnyOrder: boolean
  readonly candidates: AsyncIterable<Candidate>
}

export interface Candidate {
  readonly content: Guid
  /** Undefined where the index told all that it takes to count it. */
  readonly message?: MessageRecord
}

/** What the index tells. */
export interface Told {
  /** False: no message with this number in that mailbox is wanted. Undefined: who wants to know reads it. */
  readonly means: (mailbox: MailboxRecord, number: number) => boolean | undefined
  /** Whether a message of that day that is wanted is only counted, and not shown. */
  readonly isOnlyCounted: (day: number) => boolean
}

export async function candidatesFor(
  reader: Reader,
  question: Question,
  mailboxes: Mailboxes,
  { means, isOnlyCounted }: Told,
): Promise<Candidates> {
  const words = question.terms.flatMap(({ field, wanted }): readonly WantedWord[] =>
    field ? wanted.map((each) => ({ ...each, word: `${fieldSigns[field]}${each.word}` })) : wanted,
  )
  const { head = -1, mailboxes: known = [] } = (await tables.searchIndex.get(reader)) ?? {}
  const isSmall = [...mailboxes.values()].reduce((sum, { messages }) => sum + messages, 0) <= few
  const isBehind = (await readReplicaRecord(reader)).head > head
  if (words.length === 0 && (isSmall || isBehind))
    return { inAnyOrder: true, candidates: shown(listed(reader, mailboxes)) }
  const byNumber = known.map((guid) => mailboxes.get(guid))
  const meansAt = ({ mailbox: at, number }: Place): boolean | undefined => {
    const mailbox = byNumber[at]
    return mailbox === undefined ? false : means(mailbox, number)
  }
  const found = findContents(reader, {
    words,
    between: question,
    ...(isSmall && { among: await numbersIn(reader, mailboxes) }),
    isWanted: (place) => meansAt(place) !== false,
  })
  const isCounted = ({ place, days: { day } }: Numbered): boolean =>
    !isBehind && place !== undefined && isOnlyCounted(day) && meansAt(place) === true
  return { inAnyOrder: false, candidates: inIndex(reader, found, { mailboxes: known, isCounted }) }
}

async function* shown(messages: AsyncIterable<MessageRecord>): AsyncGenerator<Candidate> {
  for await (const message of messages) yield { content: message.content, message }
}

async function* listed(reader: Reader, mailboxes: Mailboxes): AsyncGenerator<MessageRecord> {
  for (const guid of mailboxes.keys()) yield* liveMessages(reader, guid, { reverse: true })
}

async function numbersIn(reader: Reader, mailboxes: Mailboxes): Promise<Set<number>> {
  const numbers = new Set<number>()
  for await (const { content } of listed(reader, mailboxes)) {
    const { number } = (await numberedContent(reader, content)) ?? {}
    if (number !== undefined) numbers.add(number)
  }
  return numbers
}

/** What is only counted of these contents, and the messages that show the others. */
async function* inIndex(
  reader: Reader,
  contents: AsyncIterable<Numbered>,
  {
    mailboxes,
    isCounted,
  }: { readonly mailboxes: readonly Guid[]; readonly isCounted: (numbered: Numbered) => boolean },
): AsyncGenerator<Candidate> {
  for await (const page of inPages(contents)) {
    const places = page.map((numbered): [Guid, number] | 'counted' | undefined => {
      if (isCounted(numbered)) return 'counted'
      const { place } = numbered
      const mailbox = place && mailboxes[place.mailbox]
      return mailbox === undefined ? undefined : [mailbox, place?.number ?? 0]
    })
    const keys = places.filter((key) => typeof key === 'object')
    await tables.number.readAhead(reader, keys)
    const guids = await Promise.all(keys.map((key) => tables.number.get(reader, ...key)))
    await tables.message.readAhead(
      reader,
      guids.filter((guid) => guid !== undefined).map((guid) => [guid]),
    )
    for (const [at, { content }] of page.entries()) {
      const place = places[at]
      if (place === 'counted') yield { content }
      else yield* shown(messagesAt(reader, content, place))
    }
  }
}

async function* messagesAt(
  reader: Reader,
  content: Guid,
  place: readonly [Guid, number] | undefined,
): AsyncGenerator<MessageRecord> {
  const message = place && (await messageByNumber(reader, ...place))
  if (isLive(message) && message.content === content) yield message
  // Several, or it has been moved since the index was brought up to date.
  else yield* liveMessagesOf(reader, content)
}
