import { equalBytes } from '../bytes/concat.js'
import type { Transaction, Value } from './database.js'
import { sortableBounds, sortableKey } from './key.js'
import type { KeyWrite, ReadCache } from './read-cache.js'
import {
  type Entry,
  type ListedEntry,
  type RecordCodec,
  type Row,
  recordOf,
  rowOf,
  showRows,
} from './record.js'
import { type SortableKey, SortedKeys } from './sorted-keys.js'
import type { Key, KeyRange, ListOptions, StoreBatch } from './store.js'

/** Values up to this are held until the commit, to be checked; what is longer is a chunk of a blob, guarded by the blob's head. */
const maxCheckedBytes = 4096

/** What was read, to be checked. */
interface Seen {
  readonly key: Key
  readonly entry: Entry
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
  readonly #writes = new Map<SortableKey, KeyWrite>()
  readonly #written = new SortedKeys()
  readonly #seen = new Map<SortableKey, Seen>()
  #ended = false

  /** @param since what `reads` said when it began. */
  constructor(reads: ReadCache, codec: RecordCodec, since: number | undefined) {
    this.#reads = reads
    this.#codec = codec
    this.#since = since
  }

  get<T>(key: Key): Promise<T | undefined> {
    try {
      this.#checkOpen()
      const at = sortableKey(key)
      const known = this.#writes.get(at) ?? this.#seen.get(at)?.entry ?? this.#read(at, key)
      if (!(known instanceof Promise)) return Promise.resolve(recordOf<T>(this.#codec, key, known))
      return known.then((entry) => {
        this.#checkOpen()
        return recordOf<T>(this.#codec, key, entry)
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async readAhead(keys: readonly Key[]): Promise<void> {
    this.#checkOpen()
    await this.#reads.readAhead(keys)
  }

  list<T>(range: KeyRange, options: ListOptions = {}): AsyncIterable<Row<T>> {
    const { reverse = false, limit = Number.POSITIVE_INFINITY } = options
    const begin = () => {
      this.#checkOpen()
      const known = this.#reads.known(range, { reverse })
      return known ? this.#mergeKnown(known, range, reverse) : this.#merge(range, reverse)
    }
    const show = (entry: ListedEntry): Row<T> => {
      this.#checkOpen()
      return rowOf<T>(this.#codec, entry)
    }
    return showRows(begin, show, limit)
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

  /** Before `batch`: looks once at each table in which it deletes what it hasn't read, since nothing may stand there. */
  async learnEmpty(): Promise<void> {
    const tables = new Set<string>()
    for (const { at, key, value } of this.#writes.values())
      if (value === undefined && typeof key[0] === 'string' && !this.#seen.has(at)) tables.add(key[0])
    for (const table of tables) await this.#reads.isEmpty(table)
  }

  /** What it changed, or undefined when it changed nothing: a record that was read and is put as it was is no write. */
  batch(): { readonly batch: StoreBatch; readonly writes: readonly KeyWrite[] } | undefined {
    const writes = [...this.#writes.values()].filter((write) => !this.#stands(write))
    if (writes.length === 0) return undefined
    const since = this.#since === undefined ? {} : { since: this.#since }
    const checks = [...this.#seen.values()].map(({ key, entry }) => ({ key, value: entry.value }))
    const puts = writes.flatMap(({ key, value }) => (value ? [{ key, value }] : []))
    const deletes = writes.flatMap(({ key, value }) => (value ? [] : [key]))
    return { batch: { ...since, checks, puts, deletes }, writes }
  }

  /** Whether the store held just this when it was read, now or before. */
  #stands({ at, key, value }: KeyWrite): boolean {
    const kept = this.#seen.has(at) ? undefined : this.#reads.peek(at)
    if (kept) this.#see(at, key, kept)
    const seen = this.#seen.get(at)?.entry
    if (!seen) return value === undefined && this.#reads.isKnownEmpty(key[0])
    return value && seen.value ? equalBytes(value, seen.value) : value === seen.value
  }

  #read(at: SortableKey, key: Key): Entry | Promise<Entry> {
    const found = this.#reads.get(key, at)
    if (found instanceof Promise) return found.then((entry) => this.#see(at, key, entry))
    return this.#see(at, key, found)
  }

  #see(at: SortableKey, key: Key, entry: Entry): Entry {
    if ((entry.value?.length ?? 0) <= maxCheckedBytes) this.#seen.set(at, { key, entry })
    return entry
  }

  #write(key: Key, value: Uint8Array | undefined): void {
    this.#checkOpen()
    const at = sortableKey(key)
    this.#writes.set(at, { key, at, value })
    this.#written.add(at)
  }

  /** The store's entries and our own writes as one ordered list. A write ahead of where the list stands is seen. */
  async *#merge(range: KeyRange, reverse: boolean): AsyncGenerator<ListedEntry> {
    const own = this.#ownWrites(range, reverse)
    for await (const entry of this.#reads.list(range, { reverse })) {
      this.#checkOpen()
      const at = sortableKey(entry.key)
      yield* own.upTo(at)
      if (!own.replace(at)) yield entry
    }
    yield* own.upTo(undefined)
  }

  /** The same where the store's entries are known. */
  *#mergeKnown(known: readonly ListedEntry[], range: KeyRange, reverse: boolean): Generator<ListedEntry> {
    const own = this.#ownWrites(range, reverse)
    for (const entry of known) {
      const at = sortableKey(entry.key)
      yield* own.upTo(at)
      if (!own.replace(at)) yield entry
    }
    yield* own.upTo(undefined)
  }

  #ownWrites(range: KeyRange, reverse: boolean): OwnWrites {
    return new OwnWrites(this.#writes, this.#written, range, reverse)
  }

  #checkOpen(): void {
    if (this.#ended) throw new Error('this transaction has ended')
  }
}

/** A transaction's writes in a range, as a list passes them. A class: V8 takes long for a generator that is made anew for each list. */
class OwnWrites {
  #from: SortableKey
  #to: SortableKey

  constructor(
    private readonly writes: ReadonlyMap<SortableKey, KeyWrite>,
    private readonly written: SortedKeys,
    range: KeyRange,
    private readonly reverse: boolean,
  ) {
    const { from, to } = sortableBounds(range)
    this.#from = from
    this.#to = to
  }

  /** Those that stand before the entry at `stop`; all without one. */
  *upTo(stop: SortableKey | undefined): Generator<ListedEntry> {
    for (let at = this.#next(); at !== undefined; at = this.#next()) {
      if (stop !== undefined && (this.reverse ? at < stop : at > stop)) return
      this.#pass(at)
      const write = this.writes.get(at)
      if (write?.value) yield write
    }
  }

  /** Whether there is one in the place of the entry there, which is passed over then. */
  replace(at: SortableKey): boolean {
    if (this.writes.has(at)) return true
    this.#pass(at)
    return false
  }

  #next(): SortableKey | undefined {
    const at = this.reverse ? this.written.before(this.#to) : this.written.atOrAfter(this.#from)
    return at !== undefined && at >= this.#from && at < this.#to ? at : undefined
  }

  #pass(at: SortableKey): void {
    if (this.reverse) this.#to = at
    else this.#from = `${at}\0`
  }
}
