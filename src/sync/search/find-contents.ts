import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { restNowAndThen } from '../yield-event-loop.js'
import type { WantedWord } from './fold-words.js'
import { type Numbered, newestNumbers, numberedAt } from './numbered-contents.js'
import { blockOf, numbersWith } from './postings.js'

/** More words than that find nothing more precisely. */
const mostWanted = 20

/**
 * Contents that have all of these words and of which something may have arrived between these times, those of the last days first. What was expunged
 * since the index was brought up to date is among them. All that are in the index where no word is wanted.
 */
export async function* findContents(
  reader: Reader,
  words: readonly WantedWord[],
  between = { afterMs: Number.NEGATIVE_INFINITY, beforeMs: Number.POSITIVE_INFINITY },
): AsyncGenerator<Numbered> {
  const wanted = words.slice(0, mostWanted)
  const { next } = (await tables.searchIndex.get(reader)) ?? { next: 0 }
  const rest = restNowAndThen()
  let numbers: number[] = []
  if (wanted.length === 0) numbers = Array.from({ length: next }, (_, number) => number)
  else
    for (let block = 0; block <= blockOf(Math.max(0, next - 1)); block++)
      numbers = numbers.concat(await numbersWith(reader, block, wanted, rest))
  for (const number of await newestNumbers(reader, numbers, between, rest)) {
    const numbered = await numberedAt(reader, number)
    if (numbered) yield numbered
  }
}
