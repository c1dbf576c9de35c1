import { equalBytes } from '../bytes/concat.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { sortableKey as at, decodeKey, sortableBounds } from './key.js'
import { fromSortable } from './sorted-keys.js'
import { SortedRows } from './sorted-rows.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from './store.js'

/** What a memory store held at one moment. Nobody changes it: it may be opened any number of times. */
export type MemorySnapshot = SortedRows

export interface MemoryStoreOptions {
  /** Opens with this content: a store that survived a crash, or an old backup. */
  readonly content?: MemorySnapshot
  /** Called before a batch is applied. What it throws is what `commit` throws, and nothing has changed: a crash, a full disk. */
  readonly onCommit?: (batch: StoreBatch) => void | Promise<void>
  /** Called after a batch was applied. What it throws is what `commit` throws: only the acknowledgement is lost. */
  readonly afterCommit?: (batch: StoreBatch) => void | Promise<void>
}

/** The store port in memory, for tests and simulations. Bytes are copied in and out, as on a real disk. */
export class MemoryStore implements Store {
  readonly #options: MemoryStoreOptions
  readonly #rows: SortedRows
  #closed = false

  constructor(options: MemoryStoreOptions = {}) {
    this.#options = options
    this.#rows = new SortedRows(options.content)
  }

  /** How many entries there are. */
  get size(): number {
    return this.#rows.size
  }

  /** What it holds now; also of a closed store. */
  snapshot(): MemorySnapshot {
    return new SortedRows(this.#rows)
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    this.#checkOpen()
    return copyOf(this.#rows.get(at(key)))
  }

  async getMany(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen()
    return keys.map((key) => copyOf(this.#rows.get(at(key))))
  }

  async *list(range: KeyRange, options: ListOptions = {}): AsyncGenerator<StoreEntry> {
    this.#checkOpen()
    for (const found of this.#rows.keys(sortableBounds(range), options)) {
      yield { key: decodeKey(fromSortable(found)), value: copyOf(this.#rows.get(found)) ?? missing() }
      this.#checkOpen()
    }
  }

  async commit(batch: StoreBatch): Promise<void> {
    this.#checkOpen()
    const apply = this.#prepare(batch)
    await this.#options.onCommit?.(batch)
    this.#checkOpen()
    apply()
    await this.#options.afterCommit?.(batch)
  }

  /** Nobody else can write to it. */
  generation(): number {
    return 0
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** Copies the batch, so that what the caller changes meanwhile has no effect. What it returns does all or nothing. */
  #prepare(batch: StoreBatch): () => void {
    const checks = (batch.checks ?? []).map(({ key, value }) => ({ at: at(key), value: copyOf(value) }))
    const ranges = (batch.deleteRanges ?? []).map(sortableBounds)
    const deletes = (batch.deletes ?? []).map(at)
    const puts = (batch.puts ?? []).map(({ key, value }) => ({ at: at(key), value: new Uint8Array(value) }))
    return () => {
      for (const check of checks) if (!same(this.#rows.get(check.at), check.value)) throw storeConflict()
      for (const range of ranges) for (const key of this.#rows.keys(range)) this.#rows.delete(key)
      for (const key of deletes) this.#rows.delete(key)
      for (const put of puts) this.#rows.set(put.at, put.value)
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('the store is closed')
  }
}

/** Copies bytes. A Buffer's `slice` would share memory. */
function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes)
}

function missing(): never {
  throw new Error('a key without a value')
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}

export function storeConflict(): PacketboatError {
  return new PacketboatError(
    'STORE_CONFLICT',
    'Another program changed the database in the meantime.',
    'Nothing was changed. Run the command again.',
  )
}
