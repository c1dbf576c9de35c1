import { sortableKey as at } from '../key.js'
import type { SortableKey } from '../sorted-keys.js'
import type { Key, KeyRange, Store, StoreBatch } from '../store.js'

/** What one commit to the disk will do: what several did, one after the other. */
interface Group {
  readonly ranges: readonly KeyRange[]
  /** The last value for each key, undefined where it was deleted. */
  readonly writes: Map<SortableKey, { readonly key: Key; readonly value: Uint8Array | undefined }>
  bytes: number
}

/**
 * Writes batches to a store without keeping the committers waiting: in their order, and all that has come
 * meanwhile in one. A batch that can't be written stays and is tried again with each flush; until then nobody
 * may commit more.
 */
export class WriteBehind {
  readonly #disk: Store
  readonly #maxBytes: number
  /** The first is being written while `#writing` stands. */
  readonly #groups: Group[] = []
  #writing: Promise<void> | undefined
  #failed = false

  constructor(disk: Store, maxBytes: number) {
    this.#disk = disk
    this.#maxBytes = maxBytes
  }

  /** Adds a batch without its checks, which have been made. */
  add(batch: StoreBatch): void {
    const ranges = batch.deleteRanges ?? []
    const last = this.#groups.at(-1)
    const isBegun = this.#groups.length === 1 && this.#writing !== undefined
    // Ranges are deleted before anything is put: a batch that has some can't follow another in its group.
    let group = last
    if (!group || isBegun || ranges.length > 0) {
      group = { ranges, writes: new Map(), bytes: 0 }
      this.#groups.push(group)
    }
    for (const key of batch.deletes ?? []) group.writes.set(at(key), { key, value: undefined })
    for (const { key, value } of batch.puts ?? []) {
      group.writes.set(at(key), { key, value })
      group.bytes += value.length
    }
    if (!this.#failed) this.#write().catch(() => undefined)
  }

  /** What waits to be written under a key. */
  peek(key: SortableKey): Uint8Array | undefined {
    for (const { writes } of [...this.#groups].reverse()) {
      const write = writes.get(key)
      if (write) return write.value
    }
    return undefined
  }

  /** Waits while too much waits for the disk. Throws what the disk says where it takes no more. */
  async makeRoom(): Promise<void> {
    const bytes = this.#groups.reduce((sum, group) => sum + group.bytes, 0)
    if (this.#failed || bytes > this.#maxBytes) await this.flush()
  }

  /** Until all that was added so far is durable. */
  async flush(): Promise<void> {
    const last = this.#groups.at(-1)
    while (last && this.#groups.includes(last)) await this.#write()
  }

  /** One group at a time. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeFirst().finally(() => {
      this.#writing = undefined
      if (!this.#failed && this.#groups.length > 0) this.#write().catch(() => undefined)
    })
    return this.#writing
  }

  async #writeFirst(): Promise<void> {
    const [group] = this.#groups
    if (!group) return
    const writes = [...group.writes.values()]
    try {
      await this.#disk.commit({
        deleteRanges: group.ranges,
        deletes: writes.flatMap(({ key, value }) => (value ? [] : [key])),
        puts: writes.flatMap(({ key, value }) => (value ? [{ key, value }] : [])),
      })
    } catch (error) {
      this.#failed = true
      throw error
    }
    this.#failed = false
    this.#groups.shift()
  }
}
