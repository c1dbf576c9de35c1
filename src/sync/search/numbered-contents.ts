import { fromHex, toHex } from '../../bytes/hex.js'
import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import { type Days, lastDay } from './days.js'

/**
 * The numbers of contents in the index, each with the day and the mailbox in which its messages arrived. Rows
 * hold many, since a row for each would take as much room as all of its words. In the other direction,
 * contents are found by some digits of their GUIDs.
 */

export interface Numbered {
  readonly number: number
  readonly content: Guid
  readonly days: Days
  /** Undefined where several messages show it. */
  readonly place: Place | undefined
}

/** Where the message is that shows a content. */
export interface Place {
  /** The mailbox's own number in the index, since GUIDs are long (`SearchStateRecord`). */
  readonly mailbox: number
  readonly number: number
}

const earlierBit = 0x8000

const guidBytes = 16
const daysBytes = 2
/** Its mailbox's own number in the index, and its number there. */
const placeBytes = 5
const entryBytes = guidBytes + daysBytes + placeBytes
/** Marks a content that is in several places, or in one that can't be written like this. */
const noPlace = 0xffff
const mostNumber = 0xffffff
/** With its key a row fits four times on a page of SQLite. */
const perPage = 39

/** The row in which a content lies. */
const rowOf = (number: number): number => Math.floor(number / perPage)

/** What is checked of a content before its records are read: there may be a hundred thousand. */
export interface Sieve {
  readonly hasDays: (day: number, earlier: boolean) => boolean
  readonly hasPlace: (mailbox: number, number: number) => boolean
}

/** The day and the number of a content as one figure, so that the latest is the greatest: there may be a hundred thousand. */
export type DatedNumber = number

export const dayIn = (dated: DatedNumber): number => Math.floor(dated / 2 ** 32)
export const numberIn = (dated: DatedNumber): number => dated % 2 ** 32

/** Contents by their numbers. Neighbours lie in one row, so the row that was read last is kept. */
export class NumberedContents {
  #row = -1
  #page: Uint8Array | undefined
  readonly #reader: Reader
  readonly #rest: () => Promise<void>

  constructor(reader: Reader, rest: () => Promise<void>) {
    this.#reader = reader
    this.#rest = rest
  }

  /** Those of the numbers, which ascend, that have a content which fits. */
  async among(numbers: Iterable<number>, { hasDays, hasPlace }: Sieve): Promise<DatedNumber[]> {
    const found: DatedNumber[] = []
    for (const number of numbers) {
      if (rowOf(number) !== this.#row) await this.#turnTo(number)
      const page = this.#page
      const from = (number % perPage) * entryBytes
      if (!page || from >= page.length || isEmpty(page, from)) continue
      const both = uint16(page, from + guidBytes)
      if (!hasDays(both & lastDay, both >= earlierBit)) continue
      const mailbox = uint16(page, from + guidBytes + daysBytes)
      if (mailbox !== noPlace && !hasPlace(mailbox, placedNumber(page, from))) continue
      found.push((both & lastDay) * 2 ** 32 + number)
    }
    return found
  }

  /** Undefined where no content has the number. */
  async get(number: number): Promise<Numbered | undefined> {
    if (rowOf(number) !== this.#row) await this.#turnTo(number)
    return this.#page && entryOf(this.#page, number)
  }

  async #turnTo(number: number): Promise<void> {
    await this.#rest()
    const row = rowOf(number)
    this.#page = await tables.searchPage.get(this.#reader, row)
    this.#row = row
  }
}

async function numberedAt(reader: Reader, number: number): Promise<Numbered | undefined> {
  const page = await tables.searchPage.get(reader, rowOf(number))
  return page && entryOf(page, number)
}

/** Undefined where no content has the number. */
function entryOf(page: Uint8Array, number: number): Numbered | undefined {
  const from = (number % perPage) * entryBytes
  if (from >= page.length || isEmpty(page, from)) return undefined
  const both = uint16(page, from + guidBytes)
  const mailbox = uint16(page, from + guidBytes + daysBytes)
  return {
    number,
    content: toHex(page.subarray(from, from + guidBytes)),
    days: { day: both & lastDay, earlier: both >= earlierBit },
    place: mailbox === noPlace ? undefined : { mailbox, number: placedNumber(page, from) },
  }
}

const uint16 = (page: Uint8Array, at: number): number => (page[at] ?? 0) * 256 + (page[at + 1] ?? 0)

const placedNumber = (page: Uint8Array, from: number): number =>
  (page[from + guidBytes + daysBytes + 2] ?? 0) * 65_536 + uint16(page, from + guidBytes + daysBytes + 3)

function isEmpty(page: Uint8Array, from: number): boolean {
  for (let at = from; at < from + entryBytes; at++) if (page[at] !== 0) return false
  return true
}

/** What the index knows of a content. */
export async function numberedContent(reader: Reader, content: Guid): Promise<Numbered | undefined> {
  const { bucket, mark } = placeOf(content)
  const row = await tables.searchPlace.get(reader, bucket)
  for (const [each, number] of row ? readPlaces(row) : [])
    if (each === mark) {
      const numbered = await numberedAt(reader, number)
      if (numbered?.content === content) return numbered
    }
  return undefined
}

export async function putNumbered(
  tx: Transaction,
  { number, content, days, place }: Numbered,
): Promise<void> {
  const entry = new Uint8Array(entryBytes)
  const view = new DataView(entry.buffer)
  entry.set(fromHex(content))
  view.setUint16(guidBytes, days.day | (days.earlier ? earlierBit : 0))
  const isShort = place !== undefined && place.mailbox < noPlace && place.number <= mostNumber
  view.setUint32(guidBytes + daysBytes + 1, isShort ? place.number : 0)
  view.setUint16(guidBytes + daysBytes, isShort ? place.mailbox : noPlace)
  if (!(await numberedContent(tx, content)))
    await changePlaces(tx, content, (places) => [...places, [placeOf(content).mark, number]])
  await putEntry(tx, number, entry)
}

export async function deleteNumbered(
  tx: Transaction,
  { number, content }: Pick<Numbered, 'number' | 'content'>,
): Promise<void> {
  await changePlaces(tx, content, (places) => places.filter(([, each]) => each !== number))
  await putEntry(tx, number, new Uint8Array(entryBytes))
}

async function putEntry(tx: Transaction, number: number, entry: Uint8Array): Promise<void> {
  const at = rowOf(number)
  const before = (await tables.searchPage.get(tx, at)) ?? new Uint8Array()
  const from = (number % perPage) * entryBytes
  const page = new Uint8Array(Math.max(before.length, from + entryBytes))
  page.set(before)
  page.set(entry, from)
  if (page.every((byte) => byte === 0)) tables.searchPage.delete(tx, at)
  else tables.searchPage.put(tx, at, page)
}

type Marked = readonly [mark: number, number: number]

/** 1024 rows: of some hundred bytes each where there are 100,000 messages. */
function placeOf(content: Guid): { readonly bucket: number; readonly mark: number } {
  const mark = Number.parseInt(content.slice(-8), 16)
  return { bucket: mark % 1024, mark }
}

async function changePlaces(
  tx: Transaction,
  content: Guid,
  change: (places: readonly Marked[]) => readonly Marked[],
): Promise<void> {
  const { bucket } = placeOf(content)
  const row = await tables.searchPlace.get(tx, bucket)
  const places = change(row ? readPlaces(row) : [])
  const writer = new ByteWriter()
  for (const [mark, number] of places) {
    writer.u32(mark)
    writer.varint(number)
  }
  if (places.length > 0) tables.searchPlace.put(tx, bucket, writer.finish())
  else tables.searchPlace.delete(tx, bucket)
}

function readPlaces(row: Uint8Array): Marked[] {
  const reader = new ByteReader(row)
  const places: Marked[] = []
  while (!reader.done) places.push([reader.u32(), reader.varint()])
  return places
}
