import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { WantedWord } from './fold-words.js'

/**
 * Which contents have a word: contents are numbered in the order in which they were taken in, and each block of numbers has a row for each word,
 * the numbers in it ascending, each as its distance from the one before.
 */

/** Numbers of a block. With fewer, rows repeat each word more often; with more, a row takes longer to be changed. */
export const blockSize = 2048

export const blockOf = (number: number): number => Math.floor(number / blockSize)

/** What changes in one block, by word: numbers within the block that get it, or lose it. */
export type BlockChanges = Map<string, { readonly add: Set<number>; readonly remove: Set<number> }>

export function noteChange(changes: BlockChanges, word: string, number: number, act: 'add' | 'remove'): void {
  let change = changes.get(word)
  if (!change) {
    change = { add: new Set(), remove: new Set() }
    changes.set(word, change)
  }
  change[act].add(number % blockSize)
}

export async function changeBlock(tx: Transaction, block: number, changes: BlockChanges): Promise<void> {
  for (const [word, { add, remove }] of changes) {
    const row = await tables.searchWord.get(tx, block, word)
    const before = row ? readNumbers(row) : []
    const after = new Set(before.filter((number) => !remove.has(number)))
    for (const number of add) after.add(number)
    if (after.size > 0) tables.searchWord.put(tx, block, word, writeNumbers([...after].sort((a, b) => a - b)))
    else if (row) tables.searchWord.delete(tx, block, word)
  }
}

/** The numbers of a block that have all of the words, the last one first. */
export async function numbersWith(
  reader: Reader,
  block: number,
  wanted: readonly WantedWord[],
  rest: () => Promise<void>,
): Promise<number[]> {
  let found: Set<number> | undefined
  // The longest first: it is in the fewest.
  for (const { word, beginning } of [...wanted].sort((a, b) => b.word.length - a.word.length)) {
    const having = new Set<number>()
    for await (const row of rowsOf(reader, block, word, beginning)) {
      // A mail can have thousands of words that begin alike.
      await rest()
      for (const number of readNumbers(row)) if (!found || found.has(number)) having.add(number)
    }
    found = having
    if (found.size === 0) break
  }
  return [...(found ?? [])].sort((a, b) => b - a).map((number) => block * blockSize + number)
}

async function* rowsOf(
  reader: Reader,
  block: number,
  word: string,
  beginning: boolean,
): AsyncGenerator<Uint8Array> {
  if (beginning) {
    const range = { start: word, end: `${word}\u{10ffff}` }
    for await (const { value } of tables.searchWord.list(reader, [block], range)) yield value
    return
  }
  const row = await tables.searchWord.get(reader, block, word)
  if (row) yield row
}

function readNumbers(row: Uint8Array): number[] {
  const reader = new ByteReader(row)
  const numbers: number[] = []
  let last = -1
  while (!reader.done) {
    last += reader.varint() + 1
    numbers.push(last)
  }
  return numbers
}

function writeNumbers(numbers: readonly number[]): Uint8Array {
  const writer = new ByteWriter()
  let last = -1
  for (const number of numbers) {
    writer.varint(number - last - 1)
    last = number
  }
  return writer.finish()
}
