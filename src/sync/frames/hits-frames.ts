import type { AskedQuestion } from '../../wire/question-frame.js'
import { encodeHits } from '../../wire/response/hits-frame.js'
import { responseKinds } from '../../wire/response/kinds.js'
import type { Account } from '../account.js'
import { type Asker, answerQuestion, indexForAnswer } from '../search/answer-question.js'
import { usualPatience } from '../search/index-found.js'
import { type OutgoingFrame, textFrame } from './outgoing.js'

/** What goes down of answers to questions. */
export async function* hitsFrames(
  account: Account,
  questions: readonly AskedQuestion[],
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<OutgoingFrame> {
  if (questions.length === 0) return
  const left = await indexForAnswer(account, signal)
  const patience = usualPatience()
  for (const question of questions) {
    const hits = await answerQuestion(account, question, asker, { left, patience, signal })
    yield textFrame(responseKinds.hits, encodeHits(hits))
  }
}
