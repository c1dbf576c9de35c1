import type { AnswerRecord, QuestionRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Database, Reader, Transaction } from '../../store/database.js'
import type { AskedQuestion } from '../../wire/question-frame.js'
import { decodeHits, encodeHits, type Hit, type Hits } from '../../wire/response/hits-frame.js'

/** What a person asks the upstream for, and what it said: both stay for a while. docs/PROTOCOL.md "Questions". */

export interface Asked {
  readonly number: number
  readonly question: QuestionRecord
  /** Undefined: no answer has come yet. */
  readonly answer:
    | { readonly atMs: number; readonly hits: Hits | undefined; readonly isShown: boolean }
    | undefined
}

/** How many questions are kept; beyond that the oldest go. */
const mostKept = 50

/** How many bytes of a hit's senders and subject are kept. */
const bytesEach = 120

/** Puts a question on the list, unless it is there and asks for as many. */
export async function askQuestion(
  db: Database,
  question: QuestionRecord,
  { again }: { readonly again: boolean },
): Promise<Asked> {
  return db.transact(async (tx) => {
    const all = await listAsked(tx)
    const same = all.find(({ question: { text } }) => text === question.text)
    const keep = question.keep ?? same?.question.keep
    const isKept = keep === same?.question.keep
    if (same && !again && isKept && same.question.most >= question.most) return same
    const number = (all.at(-1)?.number ?? 0) + 1
    // Got, so that two who ask at once don't take one number.
    await tables.question.get(tx, number)
    const now = { ...question, ...(keep !== undefined && { keep }) }
    tables.question.put(tx, number, now)
    const others = all.filter((each) => each !== same)
    for (const { number: old } of [
      ...(same ? [same] : []),
      ...others.slice(0, Math.max(0, others.length + 1 - mostKept)),
    ]) {
      tables.question.delete(tx, old)
      tables.answer.delete(tx, old)
    }
    return { number, question: now, answer: undefined }
  })
}

/** In the order in which they were asked. */
export async function listAsked(reader: Reader): Promise<Asked[]> {
  const questions: [number, QuestionRecord][] = []
  for await (const { key, value } of tables.question.list(reader)) questions.push([key[0], value])
  // Most people never ask.
  if (questions.length === 0) return []
  const answers = new Map<number, AnswerRecord>()
  for await (const { key, value } of tables.answer.list(reader)) answers.set(key[0], value)
  return questions.map(([number, question]) => {
    const { atMs, hits, shown = false } = answers.get(number) ?? {}
    const answer = atMs === undefined ? undefined : { atMs, hits: hits && decodeHits(hits), isShown: shown }
    return { number, question, answer }
  })
}

/** The questions for the next exchange: first those without an answer, then those with an incomplete one. */
export async function openQuestions(reader: Reader, most: number): Promise<AskedQuestion[]> {
  const open = (await listAsked(reader)).filter(isOpen)
  return open
    .toSorted((a, b) => Number(a.answer !== undefined) - Number(b.answer !== undefined))
    .slice(0, most)
    .map(({ number, question: { text, most } }) => ({ number, text, most, mostBytes: most * bytesEach }))
}

/** Whether the next sync asks it once more. */
export function isOpen({ answer }: Asked): boolean {
  if (!answer) return true
  return answer.hits !== undefined && (answer.hits.isLater || answer.hits.left > 0)
}

/** The upstream has answered; a question that is on the list no more has no answer. */
export async function hearHits(tx: Transaction, hits: Hits, atMs: number): Promise<void> {
  if (await isAsked(tx, hits.number)) tables.answer.put(tx, hits.number, { atMs, hits: encodeHits(hits) })
}

/** The mailbox that was wished for shows this answer; unless it was asked again meanwhile. */
export async function noteShown(tx: Transaction, { number, answer }: Asked): Promise<void> {
  const now = await tables.answer.get(tx, number)
  if (now?.atMs === answer?.atMs && now && (await isAsked(tx, number)))
    tables.answer.put(tx, number, { ...now, shown: true })
}

/** Notes that an answer came to its end without these: the other side knows no questions. */
export async function noteUnanswered(
  tx: Transaction,
  numbers: Iterable<number>,
  atMs: number,
): Promise<void> {
  for (const number of numbers) if (await isAsked(tx, number)) tables.answer.put(tx, number, { atMs })
}

async function isAsked(reader: Reader, number: number): Promise<boolean> {
  for await (const _ of tables.question.list(reader, [], { start: number, end: number + 1 })) return true
  return false
}

/** These come with the next exchange, wherever the window ends, and stay. */
export async function takeHits(db: Database, hits: readonly Hit[]): Promise<void> {
  await db.transact(async (tx) => {
    for (const { mailbox, message } of hits) {
      tables.unknown.put(tx, mailbox, message, { asked: false })
      tables.taken.put(tx, mailbox, message, true)
    }
  })
}

/** Whether a hit comes with the next exchange. */
export async function isTaken(reader: Reader, { mailbox, message }: Hit): Promise<boolean> {
  return tables.unknown.has(reader, mailbox, message)
}
