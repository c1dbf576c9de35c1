import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { restNowAndThen } from '../yield-event-loop.js'
import { type Between, blockDays, mayLieBetween } from './days.js'
import type { WantedWord } from './fold-words.js'
import {
  type DatedNumber,
  dayIn,
  type Numbered,
  NumberedContents,
  numberIn,
  type Place,
} from './numbered-contents.js'
import { blockSize, numbersWith } from './postings.js'

/** How many words are looked up; more find nothing more precisely. */
const mostWanted = 20

export interface Wanted {
  /** All of these words; if there are none, everything in the index. */
  readonly words: readonly WantedWord[]
  /** When something of it may have arrived. Default: ever. */
  readonly between?: Between
  /** No others. */
  readonly among?: ReadonlySet<number>
  /** False: nobody wants what lies there. */
  readonly isWanted?: (place: Place) => boolean
}

const ever: Between = { afterMs: Number.NEGATIVE_INFINITY, beforeMs: Number.POSITIVE_INFINITY }

/**
 * Contents that match, the latest first; reads no more of the index than that takes. They include messages
 * that were expunged since the index was last brought up to date.
 */
export async function* findContents(
  reader: Reader,
  { words, between = ever, among, isWanted = () => true }: Wanted,
): AsyncGenerator<Numbered> {
  const wanted = words.slice(0, mostWanted)
  const state = await tables.searchIndex.get(reader)
  const rest = restNowAndThen()
  const sieve = {
    hasDays: (day: number, earlier: boolean) => mayLieBetween(earlier ? 0 : day, day, between),
    hasPlace: (mailbox: number, number: number) => isWanted({ mailbox, number }),
  }
  const numbersIn = async (block: number): Promise<number[]> => {
    const numbers =
      wanted.length > 0 ? await numbersWith(reader, block, wanted, rest) : allOf(block, state?.next ?? 0)
    return among ? numbers.filter((number) => among.has(number)) : numbers
  }
  const blocks = blockDays(state)
    .filter(({ block, first, last }) => {
      const isAmong = !among || [...among].some((number) => Math.floor(number / blockSize) === block)
      return isAmong && mayLieBetween(first, last, between)
    })
    .sort((a, b) => b.last - a.last)
  const contents = new NumberedContents(reader, rest)
  let waiting: DatedNumber[] = []
  let latest = 0
  for (const [at, { block }] of blocks.entries()) {
    for (const dated of await contents.among(await numbersIn(block), sieve)) {
      waiting.push(dated)
      latest = Math.max(latest, dated)
    }
    // Blocks that are still to be read may have something of the same days.
    const lastOfOthers = blocks[at + 1]?.last ?? -1
    if (dayIn(latest) <= lastOfOthers) continue
    const sorted = Float64Array.from(waiting).sort()
    let left = sorted.length
    for (; left > 0 && dayIn(sorted[left - 1] ?? 0) > lastOfOthers; left--) {
      const numbered = await contents.get(numberIn(sorted[left - 1] ?? 0))
      if (numbered) yield numbered
    }
    waiting = [...sorted.subarray(0, left)]
    latest = waiting.at(-1) ?? 0
  }
}

function allOf(block: number, next: number): number[] {
  const from = block * blockSize
  return Array.from({ length: Math.max(0, Math.min(blockSize, next - from)) }, (_, at) => from + at)
}
