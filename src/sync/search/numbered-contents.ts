import { fromHex, toHex } from '../../bytes/hex.js'
import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'

/**
 * The numbers that contents have in the index, with the day on which their messages arrived: in rows of many, since a row of its own for each would take
 * as much as all of its words. The other way round, they are found by some digits of their GUIDs.
 */

export interface Numbered {
  readonly number: number
  readonly content: Guid
  readonly days: Days
}

/** When the messages that show a content arrived. */
export interface Days {
  /** The last one, since 1970. */
  readonly day: number
  /** Another one arrived before that day. */
  readonly earlier: boolean
}

const dayMs = 86_400_000
/** In September 2059. */
const lastDay = 0x7fff
const earlierBit = 0x8000

export const dayOf = (ms: number): number => Math.min(Math.max(Math.floor(ms / dayMs), 0), lastDay)

/** Whether anything that arrived then may lie between these times. */
function mayLieBetween({ day, earlier }: Days, afterMs: number, beforeMs: number): boolean {
  const isAfter = day === lastDay || (day + 1) * dayMs > afterMs
  return isAfter && (earlier || day === 0 || day * dayMs < beforeMs)
}

const guidBytes = 16
const entryBytes = guidBytes + 2
/** With its key a row fits four times on a page of SQLite. */
const perPage = 50

/** Those of these numbers that have a content of which something may have arrived between these times: the last days first. */
export async function newestNumbers(
  reader: Reader,
  numbers: Iterable<number>,
  { afterMs, beforeMs }: { readonly afterMs: number; readonly beforeMs: number },
  rest: () => Promise<void>,
): Promise<number[]> {
  // Day and number in one: there may be a hundred thousand.
  const found: number[] = []
  let at = -1
  let page: Uint8Array | undefined
  for (const number of numbers) {
    if (Math.floor(number / perPage) !== at) {
      await rest()
      at = Math.floor(number / perPage)
      page = await tables.searchPage.get(reader, at)
    }
    const days = page && daysOf(page, number)
    if (days && mayLieBetween(days, afterMs, beforeMs)) found.push(days.day * 2 ** 32 + number)
  }
  return Array.from(Float64Array.from(found).sort().reverse(), (both) => both % 2 ** 32)
}

export async function numberedAt(reader: Reader, number: number): Promise<Numbered | undefined> {
  const page = await tables.searchPage.get(reader, Math.floor(number / perPage))
  const days = page && daysOf(page, number)
  if (!days) return undefined
  const from = (number % perPage) * entryBytes
  return { number, content: toHex(page.subarray(from, from + guidBytes)), days }
}

/** Undefined where no content has the number. */
function daysOf(page: Uint8Array, number: number): Days | undefined {
  const from = (number % perPage) * entryBytes
  if (from >= page.length || isEmpty(page, from)) return undefined
  const [high = 0, low = 0] = page.subarray(from + guidBytes, from + entryBytes)
  const both = high * 256 + low
  return { day: both & lastDay, earlier: both >= earlierBit }
}

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

export async function putNumbered(tx: Transaction, { number, content, days }: Numbered): Promise<void> {
  const both = days.day | (days.earlier ? earlierBit : 0)
  const entry = new Uint8Array(entryBytes)
  entry.set(fromHex(content))
  entry.set([both >> 8, both & 255], guidBytes)
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
  const at = Math.floor(number / perPage)
  const before = (await tables.searchPage.get(tx, at)) ?? new Uint8Array()
  const from = (number % perPage) * entryBytes
  const page = new Uint8Array(Math.max(before.length, from + entryBytes))
  page.set(before)
  page.set(entry, from)
  if (page.every((byte) => byte === 0)) tables.searchPage.delete(tx, at)
  else tables.searchPage.put(tx, at, page)
}

type Place = readonly [mark: number, number: number]

/** 1024 rows: of some hundred bytes each where there are 100,000 messages. */
function placeOf(content: Guid): { readonly bucket: number; readonly mark: number } {
  const mark = Number.parseInt(content.slice(-8), 16)
  return { bucket: mark % 1024, mark }
}

async function changePlaces(
  tx: Transaction,
  content: Guid,
  change: (places: readonly Place[]) => readonly Place[],
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

function readPlaces(row: Uint8Array): Place[] {
  const reader = new ByteReader(row)
  const places: Place[] = []
  while (!reader.done) places.push([reader.u32(), reader.varint()])
  return places
}
