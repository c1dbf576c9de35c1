import { equalBytes } from '../../bytes/concat.js'
import { sortableKey as at, decodeKey, sortableBounds } from '../key.js'
import { storeConflict } from '../memory-store.js'
import { createQueue } from '../queue.js'
import { fromSortable, type SortableKey } from '../sorted-keys.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from '../store.js'
import type { Row } from './encode-rows.js'
import { inMemory, isOnDisk, nothing, PagedDisk, type PageSizes } from './paged-disk.js'
import { RecentValues } from './recent-values.js'
import { WriteBehind, type WriteOptions } from './write-behind.js'

/** Of commits a caller of more than may wait for the disk waits, too; without a pause, what is committed is written at once. */
export interface ResidentOptions extends Partial<WriteOptions> {
  /** Bytes of blobs that stay in memory after they are written or read. */
  readonly recentBytes?: number
  readonly sizes?: Partial<PageSizes>
}

/**
 * A store that keeps its records in memory, over one on a disk where each commit and each read has its price:
 * a browser's. Of blobs it keeps the names, so that asking for one that doesn't exist costs nothing. Commits
 * are visible at once and written later, in their order and many together: a crash loses some of the last
 * ones, never one before another, and `flush` says when all are durable. Nothing else may write to the disk.
 */
export class ResidentStore implements Store {
  readonly #disk: PagedDisk
  readonly #recent: RecentValues
  readonly #behind: WriteBehind
  readonly #enqueue = createQueue()
  #commits = 0
  #closed = false

  private constructor(disk: PagedDisk, { recentBytes = 8_000_000, ...options }: ResidentOptions) {
    this.#disk = disk
    this.#recent = new RecentValues(recentBytes)
    const writing = { behindBytes: 8_000_000, gatheredBytes: 1_000_000, pause: async () => undefined }
    this.#behind = new WriteBehind((rows) => disk.write(rows), { ...writing, ...options })
  }

  /** Reads all records of the disk, and of blobs no more than their names. Closes the disk when it is closed. */
  static async open(disk: Store, options: ResidentOptions = {}): Promise<ResidentStore> {
    return new ResidentStore(await PagedDisk.open(disk, options.sizes), options)
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    return (await this.getMany([key]))[0]
  }

  async getMany(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen()
    const names = keys.map(at)
    const values = names.map((name) => copyOf(this.#disk.rows.get(name)))
    const lacking = names.flatMap((name, index) => {
      const value = values[index]
      return value && isOnDisk(name, value) ? [{ name, index }] : []
    })
    if (lacking.length === 0) return values
    const chunks = await this.#chunks(lacking.map(({ name }) => name))
    for (const [at, { index }] of lacking.entries()) values[index] = chunks[at]
    return values
  }

  async *list(range: KeyRange, options?: ListOptions): AsyncGenerator<StoreEntry> {
    this.#checkOpen()
    for (const name of this.#disk.rows.keys(sortableBounds(range), options)) {
      const value = await this.#valueOf(name)
      if (value) yield { key: decodeKey(fromSortable(name)), value }
      this.#checkOpen()
    }
  }

  /** Seen by whoever reads on return; durable after the next `flush`. Throws what kept earlier commits from the disk, and has changed nothing then. */
  async commit(batch: StoreBatch): Promise<void> {
    this.#checkOpen()
    const { rows } = this.#disk
    const checks = (batch.checks ?? []).map(({ key, value }) => ({ name: at(key), value: copyOf(value) }))
    const ranges = (batch.deleteRanges ?? []).map(sortableBounds)
    const deletes = (batch.deletes ?? []).map(at)
    const puts = (batch.puts ?? []).map(({ key, value }): Row => [at(key), new Uint8Array(value)])
    await this.#enqueue(async () => {
      await this.#behind.makeRoom()
      for (const { name, value } of checks) if (!same(await this.#valueOf(name), value)) throw storeConflict()
      this.#checkOpen()
      // From here to the end nobody else has a turn: what is written next is all that is in memory.
      const gone = [...ranges.flatMap((range) => [...rows.keys(range)]), ...deletes]
      for (const name of gone) rows.delete(name)
      for (const [name, value = nothing] of puts) {
        const short = inMemory(name, value)
        rows.set(name, short)
        if (short === nothing) this.#recent.keep(name, value)
      }
      this.#behind.add([...gone.map((name): Row => [name, undefined]), ...puts])
      this.#commits++
    })
  }

  async flush(): Promise<void> {
    this.#checkOpen()
    await this.#behind.flush()
  }

  /** Never changes: nobody else writes. */
  generation(): number {
    return 0
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      await this.#behind.flush()
    } finally {
      await this.#disk.close()
    }
  }

  #valueOf(name: SortableKey): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const value = this.#disk.rows.get(name)
    if (!value || !isOnDisk(name, value)) return copyOf(value)
    return this.#chunks([name]).then(([chunk]) => chunk)
  }

  /** Reads rows that exist, in one go where they are on the disk alone; undefined for one that was deleted meanwhile. */
  async #chunks(names: readonly SortableKey[]): Promise<(Uint8Array | undefined)[]> {
    const known = names.map((name) => copyOf(this.#behind.peek(name) ?? this.#recent.get(name)))
    const lacking = names.filter((_, index) => !known[index])
    if (lacking.length === 0) return known
    const commits = this.#commits
    const read = await this.#disk.getMany(lacking)
    // What was committed meanwhile may be newer.
    if (commits === this.#commits)
      for (const [index, name] of lacking.entries()) {
        const value = read[index]
        if (value) this.#recent.keep(name, new Uint8Array(value))
      }
    let next = 0
    return known.map((value) => value ?? read[next++])
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('the store is closed')
  }
}

/** Callers may change what they gave, and what they got. */
function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes)
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}
