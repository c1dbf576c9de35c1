import { encodeKey } from './key.js'
import { type SortableKey, sortable } from './sorted-keys.js'
import type { Key, Store, StoreBatch } from './store.js'

/** Longer values are chunks of blobs, that nobody reads twice. */
const maxValueBytes = 4096

/** So much stays between two exchanges: what one that finds nothing reads of a usual account. */
const restingBytes = 128 * 1024

/** What an entry takes beside its key and its value. */
const entryBytes = 200

interface Entry {
  readonly value: Uint8Array | undefined
}

/**
 * Reads a store, and keeps short values and their absence in memory, up to a bound. What this process commits is taken over; when another one has
 * committed, all is forgotten before the next read that begins in another turn of the event loop. What is given out is to be copied before it
 * is changed.
 */
export class ReadCache {
  readonly #store: Store
  readonly #maxBytes: number
  /** Two ages: what of the old one is used becomes young, and the rest goes when the young ones are half of what may be kept. */
  #young = new Map<SortableKey, Entry>()
  #old = new Map<SortableKey, Entry>()
  #youngBytes = 0
  /** By table: whether it has any row. */
  readonly #filled = new Map<string, boolean>()
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
    const epoch = this.#epoch
    const value = await this.#store.get(key)
    if (epoch === this.#epoch) this.#keep(at, value)
    return value
  }

  async getMany(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    if (this.#maxBytes === 0) return this.#store.getMany(keys)
    await this.since()
    const places = keys.map((key) => sortable(encodeKey(key)))
    const known = places.map((at) => this.peek(at))
    const epoch = this.#epoch
    const lacking = keys.filter((_, index) => !known[index])
    const found = lacking.length > 0 ? await this.#store.getMany(lacking) : []
    let next = 0
    return places.map((at, index) => {
      const entry = known[index]
      if (entry) return entry.value
      const value = found[next++]
      if (epoch === this.#epoch) this.#keep(at, value)
      return value
    })
  }

  /** What is kept of a key as it stood when a read last looked. */
  peek(at: SortableKey): Entry | undefined {
    const young = this.#young.get(at)
    if (young) return young
    const old = this.#old.get(at)
    if (old) this.#keep(at, old.value)
    return old
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
    for (const key of batch.deletes ?? []) this.#keep(sortable(encodeKey(key)), undefined)
    for (const { key, value } of batch.puts ?? []) {
      this.#keep(sortable(encodeKey(key)), value)
      if (typeof key[0] === 'string') this.#filled.set(key[0], true)
    }
  }

  /** Lets go of what the work that ends here has read, unless it is little. */
  rest(): void {
    if (this.#youngBytes > restingBytes) this.#forget()
    else this.#old = new Map()
  }

  #forget(): void {
    this.#epoch++
    this.#young = new Map()
    this.#old = new Map()
    this.#youngBytes = 0
    this.#filled.clear()
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
