import type { Reader, Transaction, Value } from './database.js'
import { showRows } from './record.js'
import type { Key, KeyPart } from './store.js'

/**
 * Records of one kind in a store, under keys that begin with the table's name: ['file', mailbox, locator] is
 * a row of `file`. `Parts` are the rest of the key, `Row` is the value.
 */
export interface Table<Parts extends Key, Row> {
  /** The first part of every key. A table's name never changes: it is on disks. */
  readonly name: string
  get(reader: Pick<Reader, 'get'>, ...parts: Parts): Promise<Row | undefined>
  /** What will be got soon is read in one call, where records are kept in memory. */
  readAhead(reader: Pick<Reader, 'readAhead'>, keys: readonly Parts[]): Promise<void>
  has(reader: Pick<Reader, 'get'>, ...parts: Parts): Promise<boolean>
  put(tx: Transaction, ...row: [...parts: Parts, row: Row]): void
  delete(tx: Transaction, ...parts: Parts): void
  /** Rows whose keys begin with `prefix`, in order of their keys; all without one. Rules for changes meanwhile: `Transaction`. */
  list<const Prefix extends BeginningOf<Parts> | readonly [] = readonly []>(
    reader: Pick<Reader, 'list'>,
    prefix?: Prefix,
    range?: TableRange<PartAfter<Parts, Prefix>>,
  ): AsyncIterable<{ readonly key: Parts; readonly value: Row }>
  /** How many rows `list` would give. */
  count(reader: Pick<Reader, 'list'>, prefix?: BeginningOf<Parts>): Promise<number>
  /** Whether `list` would give any. */
  any(reader: Pick<Reader, 'list'>, prefix?: BeginningOf<Parts>): Promise<boolean>
  /** Deletes what `list` would give. */
  clear(tx: Transaction, prefix?: BeginningOf<Parts>): Promise<void>
  /** Gives the rows that `list(from)` would give keys that begin with `to`, which has as many parts. */
  move(tx: Transaction, from: BeginningOf<Parts>, to: BeginningOf<Parts>): Promise<void>
}

export interface TableRange<Part> {
  /** Only rows whose first part after the prefix is at least this. */
  readonly start?: Part
  /** Only rows whose first part after the prefix is below this. */
  readonly end?: Part
  readonly reverse?: boolean
  readonly limit?: number
}

/** `[A, B, C]`: `[A, B, C]`, `[A, B]`, `[A]` and `[]`. */
export type BeginningOf<Parts extends Key> = Parts extends readonly [...infer Head extends Key, KeyPart]
  ? Parts | BeginningOf<Head>
  : Parts

/** `[A, B, C]` and a prefix of two: C. */
type PartAfter<Parts extends Key, Prefix extends Key> = Parts extends readonly [
  infer First extends KeyPart,
  ...infer Rest extends Key,
]
  ? Prefix extends readonly [KeyPart, ...infer After extends Key]
    ? PartAfter<Rest, After>
    : First
  : never

/** A row is written and read as a record (`record.ts`): what comes back is taken for a `Row`, since only `put` writes under this name. */
export function defineTable<Parts extends Key, Row extends object | Value>(name: string): Table<Parts, Row> {
  const table: Table<Parts, Row> = {
    name,
    get: (reader, ...parts) => reader.get<Row>([name, ...parts]),
    readAhead: (reader, keys) => reader.readAhead(keys.map((parts) => [name, ...parts])),
    has: async (reader, ...parts) => (await reader.get([name, ...parts])) !== undefined,
    put: (tx, ...row) => {
      const parts = row.slice(0, -1) as unknown as Parts
      tx.put([name, ...parts], row.at(-1) as Row)
    },
    delete: (tx, ...parts) => tx.delete([name, ...parts]),
    list: (reader, prefix, { start, end, ...options } = {}) => {
      const range = {
        prefix: [name, ...(prefix ?? [])],
        ...(start !== undefined && { start: [start] }),
        ...(end !== undefined && { end: [end] }),
      }
      const begin = () => reader.list<Row>(range, options)[Symbol.asyncIterator]()
      return showRows(begin, ({ key, value }) => ({ key: key.slice(1) as unknown as Parts, value }))
    },
    count: async (reader, prefix) => {
      let count = 0
      for await (const _ of reader.list({ prefix: [name, ...(prefix ?? [])] })) count++
      return count
    },
    any: async (reader, prefix) => {
      for await (const _ of reader.list({ prefix: [name, ...(prefix ?? [])] }, { limit: 1 })) return true
      return false
    },
    clear: async (tx, prefix) => {
      for await (const { key } of tx.list({ prefix: [name, ...(prefix ?? [])] })) tx.delete(key)
    },
    move: async (tx, from, to) => {
      for await (const { key, value } of tx.list<Row>({ prefix: [name, ...from] })) {
        tx.delete(key)
        tx.put([name, ...to, ...key.slice(1 + from.length)], value)
      }
    },
  }
  return table
}

/** What is read in one call: a page is small at first, since many lists are left after a few of their rows. */
const firstPage = 8
const longestPage = 128

/** Rows, or what names them, in pages for `readAhead`; none is empty. */
export async function* inPages<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T[]> {
  let page: T[] = []
  let size = firstPage
  for await (const item of items) {
    page.push(item)
    if (page.length < size) continue
    yield page
    page = []
    size = Math.min(4 * size, longestPage)
  }
  if (page.length > 0) yield page
}
