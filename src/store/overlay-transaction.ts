import { equalBytes } from '../bytes/concat.js'
import type { Transaction, Value } from './database.js'
import { encodeKey, rangeBounds } from './key.js'
import type { ReadCache } from './read-cache.js'
import type { RecordCodec } from './record.js'
import { type SortableKey, SortedKeys, sortable } from './sorted-keys.js'
import type { Key, KeyRange, ListOptions, StoreBatch, StoreEntry } from './store.js'

/** Values up to this are held until the commit, to be checked; what is longer is a chunk of a blob, guarded by the blob's head. */
const maxCheckedBytes = 4096

interface Write {
  readonly key: Key
  /** undefined: deleted. */
  readonly value: Uint8Array | undefined
}

/**
 * A transaction that keeps its writes to itself and overlays them on what the store holds. Short values that
 * it read become checks of its batch: if another process changes one of them meanwhile, the commit fails
 * rather than undo that change.
 */
export class OverlayTransaction implements Transaction {
  readonly #reads: ReadCache
  readonly #codec: RecordCodec
  readonly #since: number | undefined
  readonly #writes = new Map<SortableKey, Write>()
  readonly #written = new SortedKeys()
  readonly #seen = new Map<SortableKey, { readonly key: Key; readonly value: Uint8Array | undefined }>()
  #ended = false

  /** @param since what `reads` said when it began. */
  constructor(reads: ReadCache, codec: RecordCodec, since: number | undefined) {
    this.#reads = reads
    this.#codec = codec
    this.#since = since
  }

  async get<T>(key: Key): Promise<T | undefined> {
    this.#checkOpen()
    const at = sortable(encodeKey(key))
    const write = this.#writes.get(at)
    const value = write ? write.value?.slice() : await this.#read(at, key)
    this.#checkOpen()
    return value && this.#codec.decode<T>(key, value)
  }

  async readAhead(keys: readonly Key[]): Promise<void> {
    this.#checkOpen()
    await this.#reads.readAhead(keys)
  }

  async *list<T>(range: KeyRange, options: ListOptions = {}): AsyncGenerator<{ key: Key; value: T }> {
    let left = options.limit ?? Number.POSITIVE_INFINITY
    if (left <= 0) return
    for await (const { key, value } of this.#merge(range, options.reverse ?? false)) {
      yield { key, value: this.#codec.decode<T>(key, value) }
      this.#checkOpen()
      if (--left <= 0) return
    }
  }

  put(key: Key, value: object | Value): void {
    this.#write(key, this.#codec.encode(value))
  }

  delete(key: Key): void {
    this.#write(key, undefined)
  }

  /** Every later use throws. */
  end(): void {
    this.#ended = true
  }

  /** What it changed, or undefined when it changed nothing: a record that was read and is put as it was is no write. */
  batch(): StoreBatch | undefined {
    const puts: StoreEntry[] = []
    const deletes: Key[] = []
    for (const [at, { key, value }] of this.#writes) {
      if (this.#stands(at, key, value)) continue
      if (value) puts.push({ key, value })
      else deletes.push(key)
    }
    if (puts.length + deletes.length === 0) return undefined
    const since = this.#since === undefined ? {} : { since: this.#since }
    return { ...since, checks: [...this.#seen.values()], puts, deletes }
  }

  /** Whether the store held just this when it was read, now or before. */
  #stands(at: SortableKey, key: Key, value: Uint8Array | undefined): boolean {
    const kept = this.#seen.has(at) ? undefined : this.#reads.peek(at)
    if (kept) this.#see(at, key, kept.value)
    const seen = this.#seen.get(at)
    if (!seen) return value === undefined && this.#reads.isKnownEmpty(key[0])
    return value && seen.value ? equalBytes(value, seen.value) : value === seen.value
  }

  async #read(at: SortableKey, key: Key): Promise<Uint8Array | undefined> {
    const seen = this.#seen.get(at)
    if (seen) return seen.value?.slice()
    const value = await this.#reads.get(key, at)
    this.#see(at, key, value)
    return value?.slice()
  }

  #see(at: SortableKey, key: Key, value: Uint8Array | undefined): void {
    if ((value?.length ?? 0) <= maxCheckedBytes) this.#seen.set(at, { key: [...key], value })
  }

  #write(key: Key, value: Uint8Array | undefined): void {
    this.#checkOpen()
    const at = sortable(encodeKey(key))
    this.#writes.set(at, { key: [...key], value })
    this.#written.add(at)
  }

  /** The store's entries and our own writes as one ordered list. A write ahead of where the list stands is seen. */
  async *#merge(range: KeyRange, reverse: boolean): AsyncGenerator<StoreEntry> {
    this.#checkOpen()
    const bounds = rangeBounds(range)
    let from = sortable(bounds.from)
    let to = sortable(bounds.to)
    const ours = () => {
      const at = reverse ? this.#written.before(to) : this.#written.atOrAfter(from)
      return at !== undefined && at >= from && at < to ? at : undefined
    }
    const passed = (at: SortableKey) => {
      if (reverse) to = at
      else from = `${at}\0`
    }
    const writesUpTo = function* (this: OverlayTransaction, stop: SortableKey | undefined) {
      for (let at = ours(); at !== undefined; at = ours()) {
        if (stop !== undefined && (reverse ? at < stop : at > stop)) return
        passed(at)
        const write = this.#writes.get(at)
        if (write?.value) yield { key: write.key, value: write.value.slice() }
      }
    }.bind(this)
    for await (const entry of this.#reads.list(range, { reverse })) {
      this.#checkOpen()
      const at = sortable(encodeKey(entry.key))
      yield* writesUpTo(at)
      if (this.#writes.has(at)) continue
      passed(at)
      yield entry
    }
    yield* writesUpTo(undefined)
  }

  #checkOpen(): void {
    if (this.#ended) throw new Error('this transaction has ended')
  }
}
