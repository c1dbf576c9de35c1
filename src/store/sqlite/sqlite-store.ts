import { existsSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { equalBytes } from '../../bytes/concat.js'
import { SmallArrays } from '../../bytes/small-arrays.js'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { decodeKey, encodeKey, justAfter, rangeBounds } from '../key.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from '../store.js'
import { whileBusy } from './patience.js'
import {
  closeSqlite,
  collectStatements,
  defaultSqlite,
  inTransaction,
  type Sqlite,
  type SqliteEngine,
} from './sqlite-engine.js'
import { corruptDatabase, hasDiskFailed, sqliteError } from './sqlite-error.js'
import { ensurePrivateFile, openDatabaseFile, openDatabaseFileToLook } from './sqlite-file.js'

export interface SqliteStoreOptions {
  /** Ends waiting for a lock while opening. */
  readonly signal?: AbortSignal
  /** SQLite's page cache, in bytes. */
  readonly cacheBytes?: number
  /** How long to wait while another process writes, before LOCKED. */
  readonly busyMs?: number
  /** Default: Node's own, or else the one of a package. */
  readonly engine?: SqliteEngine
  /** For callers that hardly ever write: opens where the disk is full or read-only, too; only commits fail then. */
  readonly orToLook?: boolean
}

const defaultCacheBytes = 8 * 1024 * 1024
const defaultBusyMs = 10_000

/** Many lists are left after a few entries: the first page is short, later ones grow. */
const firstPageRows = 16
const longestPageRows = 1024
/** A page ends early when its values come to this. */
const maxPageBytes = 1024 * 1024

/**
 * SQLite works synchronously, and promises alone never let the event loop turn. After this many calls it gets
 * a turn, for timers, signals and the network.
 */
const callsPerTurn = 64

type Statement = ReturnType<Sqlite['prepare']>

interface Row {
  readonly k: Uint8Array
  readonly v: Uint8Array
}

/**
 * Opens the store in one SQLite file, which is made with its directory if missing (for the owner only).
 * Several processes may use one file at once. Throws CONFIG (another program's file, a newer format, an
 * impossible path), READ_ONLY, STORE_CORRUPT, LOCKED, DISK_FULL.
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const { busyMs: waitMs = defaultBusyMs, cacheBytes = defaultCacheBytes, signal } = options
  const engine = options.engine ?? defaultSqlite()
  const opened = async (open: typeof openDatabaseFile): Promise<Sqlite> => {
    try {
      return await whileBusy({ waitMs, signal }, () => open(engine, path, cacheBytes))
    } catch (error) {
      throw sqliteError(error, path)
    }
  }
  try {
    makeFile(path)
    const reopen = (): Sqlite | undefined =>
      existsSync(path) ? openDatabaseFile(engine, path, cacheBytes) : undefined
    return new SqliteStore(await opened(openDatabaseFile), { path, busyMs: waitMs, reopen })
  } catch (error) {
    if (!options.orToLook || !(hasCode(error, 'DISK_FULL') || hasCode(error, 'READ_ONLY'))) throw error
    await collectStatements()
    return new SqliteStore(await opened(openDatabaseFileToLook).catch(() => Promise.reject(error)), {
      path,
      busyMs: waitMs,
      reopen: () => undefined,
      unwritable: error,
    })
  }
}

function makeFile(path: string): void {
  try {
    ensurePrivateFile(path)
  } catch (error) {
    throw sqliteError(error, path)
  }
}

interface Opening {
  readonly path: string
  readonly busyMs: number
  /** The file once more, if it is there. Throws SQLite's errors. */
  readonly reopen: () => Sqlite | undefined
  /** Why nothing can be written here, where that is known from the beginning. */
  readonly unwritable?: unknown
}

class SqliteStore implements Store {
  /** Undefined once it is closed, when nobody holds a statement. */
  #open: OpenStatements | undefined
  readonly #opening: Opening
  #callsSinceTurn = 0
  /** The generation as it was when the event loop last turned. */
  #generation: number | undefined
  /** The disk failed under it, and may be back: a file that was open on a disk that has gone stays unreadable. */
  #hasFailed = false

  constructor(db: Sqlite, opening: Opening) {
    this.#open = prepareStatements(db, 0)
    this.#opening = opening
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    return this.#run((open) => readValue(open, key))
  }

  async getMany(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    return this.#run((open) => readValues(open, keys))
  }

  async *list(range: KeyRange, options: ListOptions = {}): AsyncGenerator<StoreEntry> {
    const { reverse = false } = options
    let { from, to } = rangeBounds(range)
    let left = options.limit ?? Number.POSITIVE_INFINITY
    for (let rows = firstPageRows; left > 0; rows = Math.min(4 * rows, longestPageRows)) {
      const limit = Math.min(rows, left)
      const page = await this.#run((open) =>
        readPage(reverse ? open.descending : open.ascending, from, to, limit),
      )
      for (const { k, v } of page.rows) yield { key: this.#decodeKey(k), value: v }
      const last = page.rows.at(-1)?.k
      if (!last || page.isLast) return
      if (reverse) to = last
      else from = justAfter(last)
      left -= page.rows.length
      await turn()
    }
  }

  async commit(batch: StoreBatch): Promise<void> {
    const { unwritable, path } = this.#opening
    if (unwritable !== undefined) throw unwritable
    await this.#run((open) => inTransaction(open.db, () => write(open, batch, path)))
    await turn()
  }

  /** Looks at the file once in a turn of the event loop. */
  generation(): number | Promise<number> {
    if (++this.#callsSinceTurn < callsPerTurn && this.#generation !== undefined) return this.#generation
    return this.#run((open) => {
      if (this.#generation === undefined) setImmediate(() => (this.#generation = undefined))
      this.#generation ??= dataVersion(open)
      return this.#generation
    })
  }

  async close(): Promise<void> {
    const db = this.#open?.db
    this.#open = undefined
    if (db) await closeSqlite(db)
  }

  async #run<T>(work: (open: OpenStatements) => T): Promise<T> {
    if (++this.#callsSinceTurn >= callsPerTurn) {
      this.#callsSinceTurn = 0
      await turn()
    }
    const { path, busyMs: waitMs } = this.#opening
    try {
      return await whileBusy({ waitMs }, () => {
        if (!this.#open) throw new Error('the store is closed')
        if (this.#hasFailed) this.#open = this.#openAgain(this.#open)
        return work(this.#open)
      })
    } catch (error) {
      this.#hasFailed ||= hasDiskFailed(error)
      throw sqliteError(error, path)
    }
  }

  #openAgain(before: OpenStatements): OpenStatements {
    const db = this.#opening.reopen()
    if (!db) return before
    this.#hasFailed = false
    this.#generation = undefined
    try {
      before.db.close()
    } catch {
      // On a disk that has gone, nothing can be closed in order.
    }
    return prepareStatements(db, before.base + generationsOfOne)
  }

  #decodeKey(encoded: Uint8Array): Key {
    try {
      return decodeKey(encoded)
    } catch (cause) {
      throw corruptDatabase(this.#opening.path, cause)
    }
  }
}

/** More than the commits that one connection lives to see. */
const generationsOfOne = 2 ** 40

interface OpenStatements {
  readonly db: Sqlite
  /** What is added to the generations of this connection, so that none is one of another's. */
  readonly base: number
  readonly get: Statement
  readonly put: Statement
  readonly delete: Statement
  readonly deleteRange: Statement
  readonly ascending: Statement
  readonly descending: Statement
  readonly version: Statement
  /** For keys, of which SQLite makes copies. */
  readonly arrays: SmallArrays
}

function prepareStatements(db: Sqlite, base: number): OpenStatements {
  const page = 'SELECT k, v FROM kv WHERE k >= ? AND k < ? ORDER BY k'
  return {
    db,
    base,
    get: db.prepare('SELECT v FROM kv WHERE k = ?'),
    put: db.prepare('INSERT INTO kv (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v'),
    delete: db.prepare('DELETE FROM kv WHERE k = ?'),
    deleteRange: db.prepare('DELETE FROM kv WHERE k >= ? AND k < ?'),
    ascending: db.prepare(`${page} LIMIT ?`),
    descending: db.prepare(`${page} DESC LIMIT ?`),
    version: db.prepare('PRAGMA data_version'),
    arrays: new SmallArrays(),
  }
}

function readValue({ get, arrays }: OpenStatements, key: Key): Uint8Array | undefined {
  return (get.get(encodeKey(key, arrays)) as Pick<Row, 'v'> | undefined)?.v
}

/** Reads values in one transaction: a read outside of one locks and unlocks the file, which takes as long as the read itself. */
function readValues(open: OpenStatements, keys: readonly Key[]): (Uint8Array | undefined)[] {
  return inTransaction(open.db, () => keys.map((key) => readValue(open, key)), 'BEGIN')
}

/** Changes with each commit of another connection, and not with our own. */
function dataVersion({ version, base }: OpenStatements): number {
  return base + (version.get() as { readonly data_version: number }).data_version
}

/** Read as a whole before anything is given out: no statement stays open, and a commit can come between two pages. */
function readPage(
  statement: Statement,
  from: Uint8Array,
  to: Uint8Array,
  limit: number,
): { rows: Row[]; isLast: boolean } {
  const rows: Row[] = []
  let bytes = 0
  for (const row of statement.iterate(from, to, limit) as Iterable<Row>) {
    rows.push(row)
    bytes += row.v.length
    if (bytes >= maxPageBytes) return { rows, isLast: false }
  }
  return { rows, isLast: rows.length < limit }
}

/** Node 22 takes an empty array for NULL when it has no memory behind it, as what `TextEncoder` makes of an empty text. */
const empty = new Uint8Array(1).subarray(0, 0)

function write(open: OpenStatements, batch: StoreBatch, path: string): void {
  const checks = batch.since !== undefined && batch.since === dataVersion(open) ? [] : batch.checks
  for (const { key, value } of checks ?? []) {
    const found = readValue(open, key)
    if (found === undefined || value === undefined ? found !== value : !equalBytes(found, value))
      throw new PacketboatError(
        'STORE_CONFLICT',
        `Another program changed the database ${path} meanwhile.`,
        'Nothing was changed. Run the command again.',
      )
  }
  for (const range of batch.deleteRanges ?? []) {
    const { from, to } = rangeBounds(range)
    open.deleteRange.run(from, to)
  }
  for (const key of batch.deletes ?? []) open.delete.run(encodeKey(key, open.arrays))
  for (const { key, value } of batch.puts ?? [])
    open.put.run(encodeKey(key, open.arrays), value.length > 0 ? value : empty)
}
