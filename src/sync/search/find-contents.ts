import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { inPages } from '../../store/table.js'
import { restNowAndThen } from '../yield-event-loop.js'
import type { WantedWord } from './fold-words.js'
import { blockOf, numbersWith } from './postings.js'

/** More words than that find nothing more precisely. */
const mostWanted = 20

/**
 * Contents that have all of these words, those first that were taken in last, which are the newest mostly. What was expunged since the index was
 * brought up to date is among them. Nothing where no word is wanted.
 */
export async function* findContents(reader: Reader, words: readonly WantedWord[]): AsyncGenerator<Guid> {
  const wanted = words.slice(0, mostWanted)
  const { next } = (await tables.searchState.get(reader)) ?? { next: 0 }
  const rest = restNowAndThen()
  if (wanted.length === 0) return
  for (let block = blockOf(Math.max(0, next - 1)); block >= 0; block--)
    for await (const page of inPages(await numbersWith(reader, block, wanted, rest))) {
      await tables.searchContent.readAhead(
        reader,
        page.map((number) => [number]),
      )
      for (const number of page) {
        const content = await tables.searchContent.get(reader, number)
        if (content !== undefined) yield content
      }
    }
}
