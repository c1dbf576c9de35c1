import type { Reader } from '../../store/database.js'
import { listAsked } from '../../sync/search/asked-questions.js'
import { counted } from '../../told/sizes.js'

/** What the endpoint has answered in a run. */
export interface FoundAshore {
  readonly question: string
  readonly total: number
}

export async function foundAshore(reader: Reader, sinceMs: number): Promise<FoundAshore[]> {
  return (await listAsked(reader)).flatMap(({ question, answer }) =>
    answer?.hits && answer.atMs >= sinceMs ? [{ question: question.text, total: answer.hits.total }] : [],
  )
}

export function foundWords(found: readonly FoundAshore[]): string[] {
  return found.map(({ question, total }) => `${counted(total, 'message')} found ashore for ${question}.`)
}
