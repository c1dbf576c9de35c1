import { getMany, get as getOne, promisifyRequest } from 'idb-keyval'
import { equalBytes } from '../../bytes/concat.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { decodeKey, encodeKey, justAfter, rangeBounds } from '../key.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from '../store.js'
import { logName, startNewLog } from './start-new-log.js'
import { type IndexedDb, type OpenedIndexedDb, type UseOptions, useIndexedDb } from './use-indexeddb.js'

/** Pages of a list grow, from what a short one needs to what bounds the memory of a long one. */
const firstPageRows = 16
const longestPageRows = 512

/** Before each key of ours. An engine that takes no empty key has none to take, and other rows can lie beside them. */
const entryByte = 0
/** How many commits there have been, of all who have this open. */
const commitsKey = Uint8Array.of(1)

export interface IndexedDbOptions extends UseOptions {
  /** The browser goes on in the log of a life that was cut short: no commit may follow in it. */
  readonly reusesLogs?: boolean
}

/** The store port over a browser's IndexedDB, which orders binary keys byte by byte. Each commit is one transaction of its own. */
export async function openIndexedDbStore(
  browser: IndexedDb,
  name: string,
  { reusesLogs = false, ...options }: IndexedDbOptions,
): Promise<Store> {
  const db = await useIndexedDb(browser, name, options)
  const begin = async (): Promise<void> => {
    // Where there is no room for a new log, the commit says so.
    if (reusesLogs && !db.isNew) await startNewLog(browser.indexedDB, logName(name)).catch(() => undefined)
  }
  return new Engine(db, browser.IDBKeyRange, begin)
}

class Engine implements Store {
  readonly #db: OpenedIndexedDb
  readonly #ranges: typeof IDBKeyRange
  /** Done before the first commit. */
  readonly #begin: () => Promise<void>
  #begun: Promise<void> | undefined
  #ownCommits = 0
  #closed = false

  constructor(db: OpenedIndexedDb, ranges: typeof IDBKeyRange, begin: () => Promise<void>) {
    this.#db = db
    this.#ranges = ranges
    this.#begin = begin
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    this.#checkOpen()
    return plain(await getOne<Uint8Array>(at(key), this.#db.use))
  }

  async getMany(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen()
    if (keys.length === 0) return []
    return (await getMany<Uint8Array | undefined>(keys.map(at), this.#db.use)).map(plain)
  }

  async *list(range: KeyRange, options: ListOptions = {}): AsyncGenerator<StoreEntry> {
    const { reverse = false } = options
    let { from, to } = boundsOf(range)
    let left = options.limit ?? Number.POSITIVE_INFINITY
    const read = (rows: number): { readonly most: number; readonly page: Promise<Row[]> } | undefined => {
      this.#checkOpen()
      const [within, most] = [this.#between(from, to), Math.min(rows, left)]
      if (!within || most === 0) return undefined
      return { most, page: this.#db.use('readonly', (store) => readPage(store, within, most, reverse)) }
    }
    for (let reading = read(firstPageRows); reading; ) {
      const { most, page } = reading
      const rows = await page
      const last = rows.at(-1)
      left -= rows.length
      if (last && reverse) to = bytesOf(last.key)
      else if (last) from = justAfter(bytesOf(last.key))
      const isLast = rows.length < most
      // A long list is read while what was read before is worked on. Nobody may come to wait for it.
      const next = !isLast && most === longestPageRows ? read(longestPageRows) : undefined
      next?.page.catch(() => undefined)
      for (const { key, value } of rows)
        yield { key: decodeKey(bytesOf(key).subarray(1)), value: plain(value) }
      reading = isLast ? undefined : (next ?? read(Math.min(4 * most, longestPageRows)))
    }
  }

  /** At once: keys are short, and whoever asks for all of them keeps them. */
  async *listKeys(range: KeyRange): AsyncGenerator<Key> {
    this.#checkOpen()
    const { from, to } = boundsOf(range)
    const within = this.#between(from, to)
    if (!within) return
    const keys = await this.#db.use('readonly', (store) =>
      promisifyRequest<IDBValidKey[]>(store.getAllKeys(within)),
    )
    for (const key of keys) yield decodeKey(bytesOf(key as ArrayBuffer).subarray(1))
  }

  async commit(batch: StoreBatch): Promise<void> {
    this.#checkOpen()
    // Copied first: a transaction ends by itself when anything else is awaited in it, and callers may change what they gave.
    const checks = (batch.checks ?? []).map(({ key, value }) => ({ key: at(key), value: copyOf(value) }))
    const puts = (batch.puts ?? []).map(({ key, value }) => ({ key: at(key), value: new Uint8Array(value) }))
    const deletes = [
      ...(batch.deleteRanges ?? []).flatMap((range) => {
        const { from, to } = boundsOf(range)
        return this.#between(from, to) ?? []
      }),
      ...(batch.deletes ?? []).map(at),
    ]
    let counted = 0
    this.#begun ??= this.#begin()
    await this.#begun
    try {
      await this.#db.use('readwrite', async (store) => {
        const { transaction } = store
        const ended = endOf(transaction)
        // Whoever waits for nothing but requests of the transaction keeps it open.
        const [before, ...found] = await Promise.all(
          [commitsKey, ...checks.map(({ key }) => key)].map((key) => promisifyRequest(store.get(key))),
        )
        const commits: number = before ?? 0
        const isSame = batch.since !== undefined && batch.since === commits - this.#ownCommits
        if (!isSame && checks.some(({ value }, index) => !same(value, found[index]))) {
          transaction.abort()
          throw conflict()
        }
        for (const key of deletes) store.delete(key)
        for (const { key, value } of puts) store.put(value, key)
        store.put(commits + 1, commitsKey)
        counted = 1
        this.#ownCommits++
        transaction.commit()
        await ended
      })
    } catch (error) {
      this.#ownCommits -= counted
      throw error
    }
  }

  /** Counts the commits of others, not our own. */
  async generation(): Promise<number> {
    this.#checkOpen()
    return this.#db.use(
      'readonly',
      async (store) =>
        ((await promisifyRequest<number | undefined>(store.get(commitsKey))) ?? 0) - this.#ownCommits,
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#db.close()
  }

  /** The range between two keys; undefined where it is empty, since IndexedDB refuses to make such a range. */
  #between(from: Uint8Array, to: Uint8Array): IDBKeyRange | undefined {
    return compare(from, to) < 0
      ? this.#ranges.bound(from as BufferSource, to as BufferSource, false, true)
      : undefined
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('the store is closed')
  }
}

/** Resolves at the transaction's end. idb-keyval's function rejects before the transaction knows why a write failed. */
function endOf(transaction: IDBTransaction): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    // A browser that closes the database says no reason.
    transaction.onabort = () => reject(transaction.error ?? new DOMException('for no reason', 'AbortError'))
  })
  // Whoever breaks it off doesn't wait for its end.
  ended.catch(() => undefined)
  return ended
}

interface Row {
  readonly key: ArrayBuffer
  readonly value: Uint8Array
}

/** Browsers of 2025 and later give keys with values, in either direction. */
interface WithRecords {
  getAllRecords(options: {
    query: IDBKeyRange
    count: number
    direction: IDBCursorDirection
  }): IDBRequest<Row[]>
}

async function readPage(
  store: IDBObjectStore,
  range: IDBKeyRange,
  count: number,
  reverse: boolean,
): Promise<Row[]> {
  if ('getAllRecords' in store) {
    const direction = reverse ? 'prev' : 'next'
    return promisifyRequest(
      (store as unknown as WithRecords).getAllRecords({ query: range, count, direction }),
    )
  }
  if (reverse) return readBackwards(store, range, count)
  const [keys, values] = await Promise.all([
    promisifyRequest<IDBValidKey[]>(store.getAllKeys(range, count)),
    promisifyRequest<Uint8Array[]>(store.getAll(range, count)),
  ])
  return values.map((value, index) => ({ key: keys[index] as ArrayBuffer, value }))
}

function readBackwards(store: IDBObjectStore, range: IDBKeyRange, count: number): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const rows: Row[] = []
    const request = store.openCursor(range, 'prev')
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor) rows.push({ key: cursor.key as ArrayBuffer, value: cursor.value })
      if (!cursor || rows.length === count) resolve(rows)
      else cursor.continue()
    }
  })
}

function at(key: Key): BufferSource {
  return prefixed(encodeKey(key)) as BufferSource
}

function boundsOf(range: KeyRange): { readonly from: Uint8Array; readonly to: Uint8Array } {
  const { from, to } = rangeBounds(range)
  return { from: prefixed(from), to: prefixed(to) }
}

function prefixed(encoded: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(encoded.length + 1)
  bytes[0] = entryByte
  bytes.set(encoded, 1)
  return bytes
}

function bytesOf(key: ArrayBuffer): Uint8Array {
  return new Uint8Array(key)
}

function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes)
}

/** What comes out of a database is a copy already; of another realm, perhaps. */
function plain<T extends Uint8Array | undefined>(value: T): T {
  return (value === undefined || value.constructor === Uint8Array ? value : new Uint8Array(value)) as T
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0)
  return a.length - b.length
}

function conflict(): PacketboatError {
  return new PacketboatError(
    'STORE_CONFLICT',
    'Another tab changed the database in the meantime.',
    'Nothing was changed. Try it again.',
  )
}
