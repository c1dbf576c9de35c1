import { encodeKey } from './key.js'
import { type SortableKey, sortable } from './sorted-keys.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from './store.js'

/** Longer values are chunks of blobs, that nobody reads twice. */
const maxValueBytes = 4096

/** Bytes that stay in the cache between two exchanges: what an exchange that finds nothing reads of a usual account. */
const restingBytes = 128 * 1024

/** What an entry takes beside its key and its value. */
const entryBytes = 200

/** Lists of all that begins with some key are kept up to so many rows, and so many of them. */
const maxListRows = 8
const maxLists = 2000

interface Entry {
  readonly value: Uint8Array | undefined
}

/**
 * Reads a store, and keeps short values and their absence in memory, up to a bound. Takes over what this
 * process commits. When another process has committed, forgets everything before the next read that begins in
 * another turn of the event loop. Callers must copy what they get before they change it.
 */
export class ReadCache {
  readonly #store: Store
  readonly #maxBytes: number
  /** Two ages: what of the old one is used becomes young, and the rest goes when the young ones are half of what may be kept. */
  #young = new Map<SortableKey, Entry>()
  #old = new Map<SortableKey, Entry>()
  #youngBytes = 0
  /** For each table, whether it has any row. */
  readonly #filled = new Map<string, boolean>()
  /** Tables in which a key was looked for in vain. */
  readonly #missed = new Set<string>()
  /** Short lists, by what their keys begin with. */
  readonly #lists = new Map<SortableKey, readonly StoreEntry[]>()
  /** For each table, the lengths of the prefixes whose lists are cached. */
  readonly #beginnings = new Map<string, Set<number>>()
  #generation: number | undefined
  /** Rises with all that makes a value old that is being read. */
  #epoch = 0

  /** @param maxBytes 0: nothing is kept. */
  constructor(store: Store, maxBytes: number) {
    this.#store = store
    this.#maxBytes = maxBytes
  }

  /** Since when all that is kept has stood; undefined where nothing is kept. */
  async since(): Promise<number | undefined> {
    if (this.#maxBytes === 0) return undefined
    const generation = this.#store.generation()
    this.#see(typeof generation === 'number' ? generation : await generation)
    return this.#generation
  }

  async get(key: Key, at: SortableKey): Promise<Uint8Array | undefined> {
    if (this.#maxBytes === 0) return this.#store.get(key)
    const generation = this.#store.generation()
    this.#see(typeof generation === 'number' ? generation : await generation)
    const known = this.peek(at)
    if (known) return known.value
    const [table] = key
    if (typeof table === 'string' && this.#missed.has(table) && (await this.isEmpty(table))) return undefined
    const epoch = this.#epoch
    const value = await this.#store.get(key)
    if (epoch === this.#epoch) this.#keep(at, value)
    if (value === undefined && typeof table === 'string') this.#missed.add(table)
    return value
  }

  /** Reads in one call what will be asked for. Does nothing where nothing is kept. */
  async readAhead(keys: readonly Key[]): Promise<void> {
    if (this.#maxBytes === 0) return
    await this.since()
    const lacking = keys
      .map((key) => ({ key, at: sortable(encodeKey(key)) }))
      .filter(({ at }) => !this.peek(at))
    if (lacking.length === 0) return
    const epoch = this.#epoch
    const values = await this.#store.getMany(lacking.map(({ key }) => key))
    if (epoch !== this.#epoch) return
    for (const [index, { at }] of lacking.entries()) this.#keep(at, values[index])
  }

  async *list(range: KeyRange, options: ListOptions = {}): AsyncGenerator<StoreEntry> {
    const [table] = range.prefix
    if (this.#maxBytes === 0 || typeof table !== 'string') {
      yield* this.#store.list(range, options)
      return
    }
    if (await this.isEmpty(table)) return
    const isWhole =
      range.prefix.length > 1 && !range.start && !range.end && !options.reverse && !options.limit
    const at = isWhole ? sortable(encodeKey(range.prefix)) : ''
    const known = isWhole ? this.#lists.get(at) : undefined
    if (known) {
      for (const { key, value } of known) yield { key, value: value.slice() }
      return
    }
    const epoch = this.#epoch
    const rows: StoreEntry[] = []
    for await (const { key, value } of this.#store.list(range, options)) {
      if (isWhole && rows.length <= maxListRows) rows.push({ key, value: value.slice(0, maxValueBytes + 1) })
      yield { key, value }
    }
    const isShort = rows.length <= maxListRows && rows.every(({ value }) => value.length <= maxValueBytes)
    if (!isWhole || !isShort || epoch !== this.#epoch) return
    if (this.#lists.size >= maxLists) this.#lists.clear()
    this.#lists.set(at, rows)
    const beginnings = this.#beginnings.get(table) ?? new Set()
    this.#beginnings.set(table, beginnings.add(range.prefix.length))
  }

  /** What is kept of a key as it stood when a read last looked. */
  peek(at: SortableKey): Entry | undefined {
    const young = this.#young.get(at)
    if (young) return young
    const old = this.#old.get(at)
    if (old) this.#keep(at, old.value)
    return old
  }

  /** Whether that is known without asking. */
  isKnownEmpty(table: unknown): boolean {
    return typeof table === 'string' && this.#filled.get(table) === false
  }

  /** Whether nothing begins with this table's name: there a list needn't be asked for. */
  async isEmpty(table: string): Promise<boolean> {
    if (this.#maxBytes === 0) return false
    await this.since()
    const known = this.#filled.get(table)
    if (known !== undefined) return !known
    const epoch = this.#epoch
    let filled = false
    for await (const _ of this.#store.list({ prefix: [table] }, { limit: 1 })) filled = true
    if (epoch === this.#epoch) this.#filled.set(table, filled)
    return !filled
  }

  /** Commits, and knows then what stands there. */
  async commit(batch: StoreBatch): Promise<void> {
    this.#epoch++
    try {
      await this.#store.commit(batch)
    } catch (error) {
      this.#forget()
      throw error
    }
    this.#epoch++
    if (this.#maxBytes === 0) return
    for (const key of batch.deletes ?? []) {
      this.#keep(sortable(encodeKey(key)), undefined)
      this.#dropLists(key)
    }
    for (const { key, value } of batch.puts ?? []) {
      this.#keep(sortable(encodeKey(key)), value)
      this.#dropLists(key)
      if (typeof key[0] === 'string') this.#filled.set(key[0], true)
    }
  }

  /** Lets go of what the work that ends here has read, unless it is little. */
  rest(): void {
    if (this.#youngBytes > restingBytes) this.#forget()
    else this.#old = new Map()
    this.#lists.clear()
  }

  #forget(): void {
    this.#epoch++
    this.#young = new Map()
    this.#old = new Map()
    this.#youngBytes = 0
    this.#filled.clear()
    this.#missed.clear()
    this.#lists.clear()
  }

  /** Drops the cached lists in which this key stood or may stand now. */
  #dropLists(key: Key): void {
    if (typeof key[0] !== 'string') return
    for (const length of this.#beginnings.get(key[0]) ?? [])
      this.#lists.delete(sortable(encodeKey(key.slice(0, length))))
  }

  #see(generation: number): void {
    if (generation === this.#generation) return
    this.#forget()
    this.#generation = generation
  }

  #keep(at: SortableKey, value: Uint8Array | undefined): void {
    this.#old.delete(at)
    const before = this.#young.get(at)
    if (before) this.#youngBytes -= sizeOf(at, before.value)
    if (value && value.length > maxValueBytes) {
      this.#young.delete(at)
      return
    }
    this.#young.set(at, { value })
    this.#youngBytes += sizeOf(at, value)
    if (this.#youngBytes <= this.#maxBytes / 2) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngBytes = 0
  }
}

const sizeOf = (at: SortableKey, value: Uint8Array | undefined): number =>
  at.length + (value?.length ?? 0) + entryBytes
