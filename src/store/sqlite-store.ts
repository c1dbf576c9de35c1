import { setImmediate as turn } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { equalBytes } from '../bytes/concat.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { decodeKey, encodeKey, justAfter, rangeBounds } from './key.js'
import { whileBusy } from './patience.js'
import { corruptDatabase, sqliteError } from './sqlite-error.js'
import { ensurePrivateFile, openDatabaseFile } from './sqlite-file.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from './store.js'

export interface SqliteStoreOptions {
  /** Ends waiting for a lock while opening. */
  readonly signal?: AbortSignal
  /** SQLite's page cache, in bytes. */
  readonly cacheBytes?: number
  /** How long to wait while another process writes, before LOCKED. */
  readonly busyMs?: number
}

const defaultCacheBytes = 8 * 1024 * 1024
const defaultBusyMs = 10_000

/** Many lists are left after a few entries: the first page is short, later ones grow. */
const firstPageRows = 16
const longestPageRows = 1024
/** A page ends early when its values come to this. */
const maxPageBytes = 1024 * 1024

/**
 * better-sqlite3 works synchronously, and promises alone never let the event loop turn: after so many calls it gets its chance, for
 * timers, signals and the network.
 */
const callsPerTurn = 64

type Row = readonly [k: Buffer, v: Buffer]

/**
 * Opens the store in one SQLite file, made with its directory if missing (for the owner only). Several processes may use one file at
 * once. Throws CONFIG (another program's or a newer format, an impossible path), READ_ONLY, STORE_CORRUPT, LOCKED, DISK_FULL.
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const waitMs = options.busyMs ?? defaultBusyMs
  try {
    ensurePrivateFile(path)
    const db = await whileBusy({ waitMs, signal: options.signal }, () =>
      openDatabaseFile(path, options.cacheBytes ?? defaultCacheBytes),
    )
    return new SqliteStore(db, path, waitMs)
  } catch (error) {
    throw sqliteError(error, path)
  }
}

class SqliteStore implements Store {
  readonly #db: Database.Database
  readonly #path: string
  readonly #busyMs: number
  readonly #get: Database.Statement<[Uint8Array], Buffer>
  readonly #put: Database.Statement<[Uint8Array, Uint8Array]>
  readonly #delete: Database.Statement<[Uint8Array]>
  readonly #deleteRange: Database.Statement<[Uint8Array, Uint8Array]>
  readonly #ascending: Database.Statement<[Uint8Array, Uint8Array, number], Row>
  readonly #descending: Database.Statement<[Uint8Array, Uint8Array, number], Row>
  readonly #apply: Database.Transaction<(batch: StoreBatch) => void>
  #callsSinceTurn = 0

  constructor(db: Database.Database, path: string, busyMs: number) {
    this.#db = db
    this.#path = path
    this.#busyMs = busyMs
    this.#get = db.prepare<[Uint8Array], Buffer>('SELECT v FROM kv WHERE k = ?').pluck()
    this.#put = db.prepare('INSERT INTO kv (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v')
    this.#delete = db.prepare('DELETE FROM kv WHERE k = ?')
    this.#deleteRange = db.prepare('DELETE FROM kv WHERE k >= ? AND k < ?')
    const page = 'SELECT k, v FROM kv WHERE k >= ? AND k < ? ORDER BY k'
    this.#ascending = db.prepare<[Uint8Array, Uint8Array, number], Row>(`${page} LIMIT ?`).raw()
    this.#descending = db.prepare<[Uint8Array, Uint8Array, number], Row>(`${page} DESC LIMIT ?`).raw()
    this.#apply = db.transaction((batch) => this.#write(batch))
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    const encoded = encodeKey(key)
    const value = await this.#run(() => this.#get.get(encoded))
    return value && plain(value)
  }

  async *list(range: KeyRange, options: ListOptions = {}): AsyncGenerator<StoreEntry> {
    let { from, to } = rangeBounds(range)
    let left = options.limit ?? Number.POSITIVE_INFINITY
    for (let rows = firstPageRows; left > 0; rows = Math.min(4 * rows, longestPageRows)) {
      const page = await this.#run(() => this.#page(from, to, Math.min(rows, left), options.reverse ?? false))
      for (const [k, v] of page.rows) yield { key: this.#decodeKey(k), value: plain(v) }
      const last = page.rows.at(-1)?.[0]
      if (!last || page.isLast) return
      if (options.reverse) to = plain(last)
      else from = justAfter(last)
      left -= page.rows.length
      await turn()
    }
  }

  async commit(batch: StoreBatch): Promise<void> {
    await this.#run(() => this.#apply.immediate(batch))
    await turn()
  }

  async close(): Promise<void> {
    this.#db.close()
  }

  /** Read as a whole before anything is given out: no statement stays open, and a commit can come between two pages. */
  #page(from: Uint8Array, to: Uint8Array, limit: number, reverse: boolean): { rows: Row[]; isLast: boolean } {
    const rows: Row[] = []
    let bytes = 0
    for (const row of (reverse ? this.#descending : this.#ascending).iterate(from, to, limit)) {
      rows.push(row)
      bytes += row[1].length
      if (bytes >= maxPageBytes) return { rows, isLast: false }
    }
    return { rows, isLast: rows.length < limit }
  }

  #write(batch: StoreBatch): void {
    for (const { key, value } of batch.checks ?? []) {
      const found = this.#get.get(encodeKey(key))
      if (found === undefined || value === undefined ? found !== value : !equalBytes(found, value))
        throw new PacketboatError(
          'STORE_CONFLICT',
          `Another program changed the database ${this.#path} in the meantime.`,
          'Nothing was changed. Run the command again.',
        )
    }
    for (const range of batch.deleteRanges ?? []) {
      const { from, to } = rangeBounds(range)
      this.#deleteRange.run(from, to)
    }
    for (const key of batch.deletes ?? []) this.#delete.run(encodeKey(key))
    for (const { key, value } of batch.puts ?? []) this.#put.run(encodeKey(key), value)
  }

  async #run<T>(work: () => T): Promise<T> {
    if (++this.#callsSinceTurn >= callsPerTurn) {
      this.#callsSinceTurn = 0
      await turn()
    }
    if (!this.#db.open) throw new Error('the store is closed')
    try {
      return await whileBusy({ waitMs: this.#busyMs }, work)
    } catch (error) {
      throw sqliteError(error, this.#path)
    }
  }

  #decodeKey(encoded: Uint8Array): Key {
    try {
      return decodeKey(encoded)
    } catch (cause) {
      throw corruptDatabase(this.#path, cause)
    }
  }
}

/** The bytes of a Buffer without its methods, which differ from a Uint8Array's. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
