import { equalBytes } from '../bytes/concat.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { sortableKey as at, decodeKey, sortableBounds } from './key.js'
import { fromSortable, type SortableKey, SortedKeys } from './sorted-keys.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from './store.js'

/** What a memory store held at one moment. Immutable: it may be opened any number of times. */
export interface MemorySnapshot {
  readonly keys: SortedKeys
  readonly values: ReadonlyMap<SortableKey, Uint8Array>
}

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
  readonly #keys: SortedKeys
  readonly #values: Map<SortableKey, Uint8Array>
  #closed = false

  constructor(options: MemoryStoreOptions = {}) {
    this.#options = options
    this.#keys = new SortedKeys(options.content?.keys)
    this.#values = new Map(options.content?.values)
  }

  /** How many entries there are. */
  get size(): number {
    return this.#values.size
  }

  /** What it holds now; also of a closed store. */
  snapshot(): MemorySnapshot {
    return { keys: new SortedKeys(this.#keys), values: new Map(this.#values) }
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    this.#checkOpen()
    return copyOf(this.#values.get(at(key)))
  }

  async getMany(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen()
    return keys.map((key) => copyOf(this.#values.get(at(key))))
  }

  async *list(range: KeyRange, options: ListOptions = {}): AsyncGenerator<StoreEntry> {
    const limit = options.limit ?? Number.POSITIVE_INFINITY
    let { from, to } = sortableBounds(range)
    for (let given = 0; given < limit; given++) {
      this.#checkOpen()
      const found = options.reverse ? this.#keys.before(to) : this.#keys.atOrAfter(from)
      if (found === undefined || found < from || found >= to) return
      yield { key: decodeKey(fromSortable(found)), value: copyOf(this.#values.get(found)) ?? missing() }
      if (options.reverse) to = found
      else from = `${found}\0`
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
      for (const check of checks) if (!same(this.#values.get(check.at), check.value)) throw storeConflict()
      for (const { from, to } of ranges) {
        for (let key = this.#keys.atOrAfter(from); key !== undefined && key < to; ) {
          this.#delete(key)
          key = this.#keys.atOrAfter(key)
        }
      }
      for (const key of deletes) this.#delete(key)
      for (const put of puts) {
        this.#keys.add(put.at)
        this.#values.set(put.at, put.value)
      }
    }
  }

  #delete(key: SortableKey): void {
    if (this.#values.delete(key)) this.#keys.delete(key)
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
