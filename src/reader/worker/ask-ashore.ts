import type { Database } from '../../store/database.js'
import { askQuestion, listAsked, takeHits } from '../../sync/search/asked-questions.js'
import { checkQuestion } from '../../told/found-ashore.js'
import { notFound } from './file-acts.js'

/** How many of the hits are told, the newest ones. */
const mostTold = 50

/** Throws USAGE. */
export async function askAshore(db: Database, words: string, askedMs: number): Promise<void> {
  const text = words.trim()
  checkQuestion(text)
  await askQuestion(db, { text, most: mostTold, askedMs }, { again: true })
}

/** Takes hits by their places. Throws NOT_FOUND where that question is no longer kept. */
export async function takeFound(db: Database, words: string, places: readonly number[]): Promise<void> {
  const asked = (await listAsked(db)).find(({ question }) => question.text === words)
  if (!asked) throw notFound('This question')
  const entries = asked.answer?.hits?.entries ?? []
  await takeHits(
    db,
    places.flatMap((at) => entries[at] ?? []),
  )
}
