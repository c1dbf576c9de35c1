import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { wantedWords } from './fold-words.js'
import { blockOf, numbersWith } from './postings.js'

/** More words than that find nothing more precisely. */
const mostWanted = 20

/**
 * Contents that have all of the words typed, those first that were taken in last, which are the newest mostly. What was expunged since the index
 * was brought up to date is among them. Nothing where there is no word in what was typed.
 */
export async function* findContents(reader: Reader, typed: string): AsyncGenerator<Guid> {
  const wanted = wantedWords(typed).slice(0, mostWanted)
  const { next } = (await tables.searchState.get(reader)) ?? { next: 0 }
  if (wanted.length === 0) return
  for (let block = blockOf(Math.max(0, next - 1)); block >= 0; block--)
    for (const number of await numbersWith(reader, block, wanted)) {
      const content = await tables.searchContent.get(reader, number)
      if (content !== undefined) yield content
    }
}
