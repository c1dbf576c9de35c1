import type { Reader } from '../../store/database.js'
import { encodeQuestion, questionLimits } from '../../wire/question-frame.js'
import { requestKinds } from '../../wire/request-frames.js'
import { openQuestions } from '../search/asked-questions.js'
import { type OutgoingFrame, textFrame } from './outgoing.js'

/** What goes up of questions. @param reader undefined: nothing is asked now */
export async function questionFrames(
  reader: Reader | undefined,
): Promise<{ readonly numbers: readonly number[]; readonly frames: readonly OutgoingFrame[] }> {
  const questions = reader ? await openQuestions(reader, questionLimits.questions) : []
  return {
    numbers: questions.map(({ number }) => number),
    frames: questions.map((question) => textFrame(requestKinds.question, encodeQuestion(question))),
  }
}
