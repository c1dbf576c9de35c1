import type { Reader } from '../../store/database.js'
import { type AskedQuestion, encodeQuestion, questionLimits } from '../../wire/question-frame.js'
import { requestKinds } from '../../wire/request-frames.js'
import { encodeHits } from '../../wire/response/hits-frame.js'
import { responseKinds } from '../../wire/response/kinds.js'
import type { Account } from '../account.js'
import { type Asker, answerQuestion, indexForAnswer } from '../search/answer-question.js'
import { openQuestions } from '../search/asked-questions.js'
import { type OutgoingFrame, textFrame } from './outgoing.js'

/** What goes up of questions, and down of answers. */

/** @param reader undefined: nothing is asked now */
export async function questionFrames(
  reader: Reader | undefined,
): Promise<{ readonly numbers: readonly number[]; readonly frames: readonly OutgoingFrame[] }> {
  const questions = reader ? await openQuestions(reader, questionLimits.questions) : []
  return {
    numbers: questions.map(({ number }) => number),
    frames: questions.map((question) => textFrame(requestKinds.question, encodeQuestion(question))),
  }
}

export async function* hitsFrames(
  account: Account,
  questions: readonly AskedQuestion[],
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<OutgoingFrame> {
  if (questions.length === 0) return
  const left = await indexForAnswer(account, signal)
  for (const question of questions) {
    const hits = await answerQuestion(account, question, asker, left, signal)
    yield textFrame(responseKinds.hits, encodeHits(hits))
  }
}
