import { equalBytes } from '../../bytes/concat.js'
import { blobRange, isBlobKey, recordRanges } from '../blob.js'
import { sortableKey as at } from '../key.js'
import { MemoryStore, storeConflict } from '../memory-store.js'
import { createQueue } from '../queue.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from '../store.js'
import { RecentValues } from './recent-values.js'
import { WriteBehind, type WriteOptions } from './write-behind.js'

/** Rows read from the disk at once when it is opened. */
const loadedRows = 1000

/** Rows of blobs longer than this stay on disk: heads without bytes are shorter. */
const residentBytes = 256

/** Stands in memory for a row that is on the disk: no row of a blob is empty. */
const nothing = new Uint8Array(0)

/** Of commits a caller of more than may wait for the disk waits, too; without a pause, what is committed is written at once. */
export interface ResidentOptions extends Partial<WriteOptions> {
  /** Bytes of blobs that stay in memory after they are written or read. */
  readonly recentBytes?: number
}

/**
 * A store that keeps its records in memory, over one on a disk where each commit and each read has its price:
 * a browser's. Of blobs it keeps the names, so that asking for one that doesn't exist costs nothing. Commits
 * are visible at once and written later, in their order and many together: a crash loses some of the last
 * ones, never one before another, and `flush` says when all are durable. Nothing else may write to the disk.
 */
export class ResidentStore implements Store {
  readonly #disk: Store
  /** All keys; `nothing` stands for rows that hold bytes of a blob. */
  readonly #memory = new MemoryStore()
  readonly #recent: RecentValues
  readonly #behind: WriteBehind
  readonly #enqueue = createQueue()
  #commits = 0
  #closed = false

  private constructor(disk: Store, { recentBytes = 8_000_000, ...options }: ResidentOptions) {
    this.#disk = disk
    this.#recent = new RecentValues(recentBytes)
    const writing = { behindBytes: 8_000_000, gatheredBytes: 1_000_000, pause: async () => undefined }
    this.#behind = new WriteBehind(disk, { ...writing, ...options })
  }

  /** Reads all records of the disk, and of blobs no more than their names where the disk can tell them alone. Closes the disk when it is closed. */
  static async open(disk: Store, options: ResidentOptions = {}): Promise<ResidentStore> {
    const store = new ResidentStore(disk, options)
    const load = async (entries: AsyncIterable<StoreEntry>): Promise<void> => {
      let puts: StoreEntry[] = []
      const take = async (): Promise<void> => {
        await store.#memory.commit({ puts })
        puts = []
      }
      for await (const { key, value } of entries) {
        puts.push({ key, value: inMemory(key, value) })
        if (puts.length === loadedRows) await take()
      }
      await take()
    }
    for (const range of recordRanges) await load(disk.list(range))
    await load(disk.listKeys ? withNothing(disk.listKeys(blobRange)) : disk.list(blobRange))
    const root = await disk.get([])
    if (root) await store.#memory.commit({ puts: [{ key: [], value: root }] })
    return store
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    this.#checkOpen()
    const value = await this.#memory.get(key)
    return value && isOnDisk(key, value) ? this.#chunk(key) : value
  }

  async getMany(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen()
    const values = await this.#memory.getMany(keys)
    const lacking = keys.flatMap((key, index) => {
      const value = values[index]
      return value && isOnDisk(key, value) ? [{ key, index }] : []
    })
    const chunks = await this.#chunks(lacking.map(({ key }) => key))
    for (const [at, { index }] of lacking.entries()) values[index] = chunks[at]
    return values
  }

  async *list(range: KeyRange, options?: ListOptions): AsyncGenerator<StoreEntry> {
    this.#checkOpen()
    for await (const entry of this.#memory.list(range, options)) {
      const value = isOnDisk(entry.key, entry.value) ? await this.#chunk(entry.key) : entry.value
      if (value) yield { key: entry.key, value }
      this.#checkOpen()
    }
  }

  /** Seen by whoever reads on return; durable after the next `flush`. Throws what kept earlier commits from the disk, and has changed nothing then. */
  async commit(batch: StoreBatch): Promise<void> {
    this.#checkOpen()
    const copy = copyOf(batch)
    await this.#enqueue(async () => {
      await this.#behind.makeRoom()
      this.#checkOpen()
      const checks = (copy.checks ?? []).filter(({ key }) => !isBlobKey(key))
      for (const { key, value } of copy.checks ?? [])
        if (isBlobKey(key) && !same(await this.get(key), value)) throw storeConflict()
      const puts = copy.puts.map(({ key, value }) => ({ key, value: inMemory(key, value) }))
      await this.#memory.commit({ ...copy, checks, puts })
      for (const { key, value } of copy.puts)
        if (inMemory(key, value) === nothing) this.#recent.keep(at(key), value)
      this.#behind.add(copy)
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
      await Promise.all([this.#memory.close(), this.#disk.close()])
    }
  }

  async #chunk(key: Key): Promise<Uint8Array | undefined> {
    return (await this.#chunks([key]))[0]
  }

  /** Reads rows that exist, in one go where they are on the disk alone; undefined for one that was deleted meanwhile. */
  async #chunks(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    const known = keys.map((key) => {
      const name = at(key)
      const value = this.#behind.peek(name) ?? this.#recent.get(name)
      return value && new Uint8Array(value)
    })
    const lacking = keys.filter((_, index) => !known[index])
    if (lacking.length === 0) return known
    const commits = this.#commits
    const read = await this.#disk.getMany(lacking)
    // What was committed meanwhile may be newer.
    if (commits === this.#commits)
      for (const [index, key] of lacking.entries()) {
        const value = read[index]
        if (value) this.#recent.keep(at(key), new Uint8Array(value))
      }
    let next = 0
    return known.map((value) => value ?? read[next++])
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('the store is closed')
  }
}

async function* withNothing(keys: AsyncIterable<Key>): AsyncGenerator<StoreEntry> {
  for await (const key of keys) yield { key, value: nothing }
}

function inMemory(key: Key, value: Uint8Array): Uint8Array {
  return isBlobKey(key) && value.length > residentBytes ? nothing : value
}

function isOnDisk(key: Key, value: Uint8Array): boolean {
  return value.length === 0 && isBlobKey(key)
}

/** Callers may change what they gave. */
function copyOf(batch: StoreBatch): StoreBatch & { readonly puts: readonly StoreEntry[] } {
  const copied = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
  const parts = (key: Key): Key => key.map((part) => (part instanceof Uint8Array ? copied(part) : part))
  return {
    ...batch,
    deletes: (batch.deletes ?? []).map(parts),
    puts: (batch.puts ?? []).map(({ key, value }) => ({ key: parts(key), value: copied(value) })),
    checks: (batch.checks ?? []).map(({ key, value }) => ({
      key: parts(key),
      value: value && copied(value),
    })),
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}
