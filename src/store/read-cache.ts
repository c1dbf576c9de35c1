import { isBlobKey } from './blob.js'
import { sortableKey } from './key.js'
import type { Entry, ListedEntry } from './record.js'
import type { SortableKey } from './sorted-keys.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch } from './store.js'

/** Longer values are chunks of blobs, that nobody reads twice. */
const maxValueBytes = 4096

/** What is longer of blobs isn't kept when it is committed: mail is put together long after, and would drive out all records meanwhile. */
const maxBlobBytes = 256

/** Bytes that stay in the cache between two exchanges: what an exchange that finds nothing reads of a usual account. */
const restingBytes = 128 * 1024

/** What an entry takes beside its key and its value. */
const entryBytes = 200

/** Lists of all that begins with some key are kept up to so many rows, and so many of them. */
const maxListRows = 8
const maxLists = 20_000

/** Of tables that were empty at first, so many keys are kept in all: those of a first sync of some 30,000 messages. */
const maxKeys = 150_000

/** A key's new value; undefined: deleted. */
export interface KeyWrite extends ListedEntry {
  readonly at: SortableKey
}

const nothing: Entry = { value: undefined }
const noRows: readonly ListedEntry[] = []

/**
 * Reads a store, and keeps short values and their absence in memory, up to a bound. Takes over what this
 * process commits. When another process has committed, forgets everything before the next read that begins in
 * another turn of the event loop. Callers change nothing of what they get.
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
  /**
   * All keys of tables that were empty when they were looked into, and that only this process has filled since: a
   * first sync looks for each message and each piece in vain, and what isn't here needn't be asked for.
   */
  readonly #allKeys = new Map<string, Set<SortableKey>>()
  #keysLeft = maxKeys
  /** Short lists, by what their keys begin with. */
  readonly #lists = new Map<SortableKey, readonly ListedEntry[]>()
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

  /**
   * Gives what is known without a promise: most of what callers ask for they have asked for just before, and
   * a promise takes longer than finding it.
   */
  get(key: Key, at: SortableKey): Entry | Promise<Entry> {
    if (this.#maxBytes === 0) return this.#read(key)
    const generation = this.#store.generation()
    if (typeof generation !== 'number') return generation.then((now) => this.#getAt(now, key, at))
    return this.#getAt(generation, key, at)
  }

  #getAt(generation: number, key: Key, at: SortableKey): Entry | Promise<Entry> {
    this.#see(generation)
    const known = this.peek(at)
    if (known) return known
    const [table] = key
    if (typeof table !== 'string' || !this.#missed.has(table)) return this.#fetch(key, at)
    if (this.#isKnownMissing(table, at)) return nothing
    if (this.#filled.get(table)) return this.#fetch(key, at)
    return this.isEmpty(table).then((isEmpty) => (isEmpty ? nothing : this.#fetch(key, at)))
  }

  async #fetch(key: Key, at: SortableKey): Promise<Entry> {
    const epoch = this.#epoch
    const entry = await this.#read(key)
    if (epoch === this.#epoch) this.#keep(at, entry)
    const [table] = key
    if (entry.value === undefined && typeof table === 'string') this.#missed.add(table)
    return entry
  }

  async #read(key: Key): Promise<Entry> {
    return { value: await this.#store.get(key) }
  }

  /** Reads in one call what will be asked for. Does nothing where nothing is kept. */
  async readAhead(keys: readonly Key[]): Promise<void> {
    if (this.#maxBytes === 0) return
    await this.since()
    const lacking = keys
      .map((key) => ({ key, at: sortableKey(key) }))
      .filter(({ key: [table], at }) => !this.peek(at) && !this.#isKnownMissing(table, at))
    if (lacking.length === 0) return
    const epoch = this.#epoch
    const values = await this.#store.getMany(lacking.map(({ key }) => key))
    if (epoch !== this.#epoch) return
    for (const [index, { at }] of lacking.entries()) this.#keep(at, { value: values[index] })
  }

  /** The rows of a list; undefined where they aren't known, and the store has to be asked. */
  known(range: KeyRange, options: ListOptions = {}): readonly ListedEntry[] | undefined {
    const [table] = range.prefix
    if (this.#maxBytes === 0 || typeof table !== 'string') return undefined
    const generation = this.#store.generation()
    if (typeof generation !== 'number') {
      // Who lists asks once more, and is told then why that fails.
      generation.catch(() => undefined)
      return undefined
    }
    this.#see(generation)
    if (this.isKnownEmpty(table)) return noRows
    return isWholeList(range, options) ? this.#lists.get(sortableKey(range.prefix)) : undefined
  }

  async *list(range: KeyRange, options: ListOptions = {}): AsyncGenerator<ListedEntry> {
    const [table] = range.prefix
    if (this.#maxBytes === 0 || typeof table !== 'string') {
      yield* this.#store.list(range, options)
      return
    }
    if (await this.isEmpty(table)) return
    const known = this.known(range, options)
    if (known) {
      yield* known
      return
    }
    const isWhole = isWholeList(range, options)
    const epoch = this.#epoch
    const rows: ListedEntry[] = []
    for await (const { key, value } of this.#store.list(range, options)) {
      const row = { key, value }
      if (isWhole && rows.length <= maxListRows) rows.push(row)
      yield row
    }
    const isShort =
      rows.length <= maxListRows && rows.every(({ value }) => (value?.length ?? 0) <= maxValueBytes)
    if (!isWhole || !isShort || epoch !== this.#epoch) return
    if (this.#lists.size >= maxLists) this.#lists.clear()
    this.#lists.set(sortableKey(range.prefix), rows)
    const beginnings = this.#beginnings.get(table) ?? new Set()
    this.#beginnings.set(table, beginnings.add(range.prefix.length))
  }

  /** What is kept of a key as it stood when a read last looked. */
  peek(at: SortableKey): Entry | undefined {
    const young = this.#young.get(at)
    if (young) return young
    const old = this.#old.get(at)
    if (old) this.#keep(at, old)
    return old
  }

  /** Whether that is known without asking. */
  isKnownEmpty(table: unknown): boolean {
    return typeof table === 'string' && this.#filled.get(table) === false
  }

  /** Whether it is known that nothing stands there. */
  #isKnownMissing(table: unknown, at: SortableKey): boolean {
    if (this.isKnownEmpty(table)) return true
    const all = typeof table === 'string' ? this.#allKeys.get(table) : undefined
    return all !== undefined && !all.has(at)
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

  /** Commits, and knows then what stands there. `writes` are those of the batch. */
  async commit(batch: StoreBatch, writes: readonly KeyWrite[]): Promise<void> {
    this.#epoch++
    try {
      await this.#store.commit(batch)
    } catch (error) {
      this.#forget()
      throw error
    }
    this.#epoch++
    if (this.#maxBytes === 0) return
    for (const { key, at, value } of writes) {
      this.#keep(at, { value }, isBlobKey(at) ? maxBlobBytes : maxValueBytes)
      this.#dropLists(key)
      this.#noteKey(key, at, value !== undefined)
    }
  }

  /** Keeps what is known of a table's keys in step with what was committed. */
  #noteKey([table]: Key, at: SortableKey, isThere: boolean): void {
    if (typeof table !== 'string') return
    if (isThere) {
      if (this.isKnownEmpty(table) && this.#missed.has(table)) this.#allKeys.set(table, new Set())
      this.#filled.set(table, true)
    }
    const all = this.#allKeys.get(table)
    if (!all) return
    const before = all.size
    if (isThere) all.add(at)
    else all.delete(at)
    this.#keysLeft -= all.size - before
    if (this.#keysLeft < 0) this.#forgetKeys()
  }

  #forgetKeys(): void {
    this.#allKeys.clear()
    this.#keysLeft = maxKeys
  }

  /** Lets go of what the work that ends here has read, unless it is little. */
  rest(): void {
    if (this.#youngBytes > restingBytes) this.#forget()
    else this.#old = new Map()
    this.#lists.clear()
    this.#forgetKeys()
  }

  #forget(): void {
    this.#epoch++
    this.#young = new Map()
    this.#old = new Map()
    this.#youngBytes = 0
    this.#filled.clear()
    this.#missed.clear()
    this.#lists.clear()
    this.#forgetKeys()
  }

  /** Drops the cached lists in which this key stood or may stand now. */
  #dropLists(key: Key): void {
    if (typeof key[0] !== 'string') return
    for (const length of this.#beginnings.get(key[0]) ?? [])
      this.#lists.delete(sortableKey(key.slice(0, length)))
  }

  #see(generation: number): void {
    if (generation === this.#generation) return
    this.#forget()
    this.#generation = generation
  }

  #keep(at: SortableKey, entry: Entry, mostBytes = maxValueBytes): void {
    this.#old.delete(at)
    const before = this.#young.get(at)
    if (before) this.#youngBytes -= sizeOf(at, before.value)
    const { value } = entry
    if (value && value.length > mostBytes) {
      this.#young.delete(at)
      return
    }
    this.#young.set(at, entry)
    this.#youngBytes += sizeOf(at, value)
    if (this.#youngBytes <= this.#maxBytes / 2) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngBytes = 0
  }
}

const isWholeList = (range: KeyRange, { reverse, limit }: ListOptions): boolean =>
  range.prefix.length > 1 && !range.start && !range.end && !reverse && !limit

const sizeOf = (at: SortableKey, value: Uint8Array | undefined): number =>
  at.length + (value?.length ?? 0) + entryBytes
