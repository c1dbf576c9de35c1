import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { WantedWord } from './fold-words.js'
import { compareWords, readRun, type WordEntry, writeRun } from './word-run.js'

/**
 * Which contents have a word. Contents are numbered in the order in which they were indexed. Each block of
 * numbers has its words in rows, each of which holds many that follow each other (`word-run.ts`).
 */

/** Numbers of a block. With fewer, rows repeat each word more often; with more, more rows change with each message. */
export const blockSize = 4096

export const blockOf = (number: number): number => Math.floor(number / blockSize)

/** Bytes of a row: with its key it fits four times on a page of SQLite, and none of it lies on a page of its own. */
const rowBytes = 900

/** Words that are tried in a row. */
const rowWords = 128

/** What changes in one block: numbers within the block that get a word, and those that lose all. */
export interface BlockChanges {
  readonly add: Map<string, Set<number>>
  readonly remove: Set<number>
}

interface Row {
  readonly first: string
  readonly value: Uint8Array
}

export async function changeBlock(
  tx: Transaction,
  block: number,
  { add, remove }: BlockChanges,
  rest: () => Promise<void>,
): Promise<void> {
  const words = [...add.keys()].sort(compareWords)
  const rows: Row[] = []
  for await (const { key, value } of tables.searchRun.list(tx, [block])) rows.push({ first: key[1], value })
  let at = 0
  for (let i = 0; i < Math.max(rows.length, 1); i++) {
    const next = rows[i + 1]?.first
    const from = at
    while (at < words.length && (next === undefined || compareWords(words[at] ?? '', next) < 0)) at++
    if (at === from && remove.size === 0) continue
    await rest()
    changeRow(tx, block, rows[i], { words: words.slice(from, at), add, remove })
  }
}

function changeRow(
  tx: Transaction,
  block: number,
  row: Row | undefined,
  { words, add, remove }: BlockChanges & { readonly words: readonly string[] },
): void {
  const before = row ? readRun(row.first, row.value, blockSize) : []
  const isGone = (number: number): boolean => remove.has(number)
  if (words.length === 0 && !before.some(([, numbers]) => numbers.some(isGone))) return
  const entries = new Map(before)
  for (const word of words)
    entries.set(word, sortedUnion(entries.get(word) ?? [], add.get(word) ?? new Set()))
  const kept = [...entries]
    .map(([word, numbers]): WordEntry => [word, withoutGone(numbers, remove)])
    .filter(([, numbers]) => numbers.length > 0)
    .sort(([a], [b]) => compareWords(a, b))
  if (row && kept[0]?.[0] !== row.first) tables.searchRun.delete(tx, block, row.first)
  const parts = Math.ceil(kept.length / rowWords)
  for (let part = 0; part < parts; part++) {
    const [from, to] = [part, part + 1].map((each) => Math.floor((each * kept.length) / parts))
    putRun(tx, block, kept.slice(from, to))
  }
}

function sortedUnion(before: readonly number[], added: ReadonlySet<number>): number[] {
  return [...new Set([...before, ...added])].sort((a, b) => a - b)
}

function withoutGone(numbers: readonly number[], gone: ReadonlySet<number>): readonly number[] {
  return gone.size > 0 ? numbers.filter((number) => !gone.has(number)) : numbers
}

function putRun(tx: Transaction, block: number, entries: readonly WordEntry[]): void {
  const [first] = entries
  if (!first) return
  const value = writeRun(entries, blockSize)
  if (value.length <= rowBytes || entries.length === 1) tables.searchRun.put(tx, block, first[0], value)
  else {
    const middle = entries.length >> 1
    putRun(tx, block, entries.slice(0, middle))
    putRun(tx, block, entries.slice(middle))
  }
}

/** The numbers of a block that have all of the words, ascending. */
export async function numbersWith(
  reader: Reader,
  block: number,
  wanted: readonly WantedWord[],
  rest: () => Promise<void>,
): Promise<number[]> {
  let found: Uint8Array | undefined
  for (const word of [...wanted].sort(rarestFirst)) {
    const having = new Uint8Array(blockSize)
    let isAny = false
    for await (const numbers of numbersOf(reader, block, word)) {
      // A mail can have thousands of words that begin alike.
      await rest()
      for (const number of numbers)
        if (!found || found[number] === 1) {
          having[number] = 1
          isAny = true
        }
    }
    if (!isAny) return []
    found = having
  }
  const numbers: number[] = []
  for (let number = 0; number < blockSize; number++)
    if (found?.[number] === 1) numbers.push(block * blockSize + number)
  return numbers
}

/** Sorts words that are likely rarer first: whole words before beginnings, long ones before short ones. */
function rarestFirst(a: WantedWord, b: WantedWord): number {
  return Number(a.beginning) - Number(b.beginning) || b.word.length - a.word.length
}

async function* numbersOf(
  reader: Reader,
  block: number,
  { word, beginning }: WantedWord,
): AsyncGenerator<readonly number[]> {
  const isWanted = beginning
    ? (each: string): boolean => each.startsWith(word)
    : (each: string): boolean => each === word
  const before = { end: `${word}\0`, reverse: true, limit: 1 }
  for await (const { key, value } of tables.searchRun.list(reader, [block], before))
    for (const [, numbers] of readRun(key[1], value, blockSize, isWanted)) yield numbers
  if (!beginning) return
  const behind = { start: `${word}\0`, end: `${word}\u{10ffff}` }
  for await (const { key, value } of tables.searchRun.list(reader, [block], behind))
    for (const [, numbers] of readRun(key[1], value, blockSize, isWanted)) yield numbers
}
