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

export interface WriteOptions {
  /** Bytes that may wait for the disk. */
  readonly behindBytes: number
  /** So many bytes are written at once. */
  readonly gatheredBytes: number
  /** What comes until its end is written together, where nobody waits for it. */
  readonly pause: () => Promise<void>
}

/**
 * Writes batches to a store without keeping the committers waiting: in their order, and all that has come
 * meanwhile in one. A batch that can't be written stays and is tried again with each flush; until then nobody
 * may commit more.
 */
export class WriteBehind {
  readonly #disk: Store
  readonly #options: WriteOptions
  /** The first is being written while `#writing` stands. */
  readonly #groups: Group[] = []
  #writing: Promise<void> | undefined
  #pausing = false
  #failed = false

  constructor(disk: Store, options: WriteOptions) {
    this.#disk = disk
    this.#options = options
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
    this.#writeSoon()
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
    if (this.#failed || this.#bytes() > this.#options.behindBytes) await this.flush()
  }

  /** Until all that was added so far is durable. */
  async flush(): Promise<void> {
    const last = this.#groups.at(-1)
    while (last && this.#groups.includes(last)) await this.#write()
  }

  #bytes(): number {
    return this.#groups.reduce((sum, group) => sum + group.bytes, 0)
  }

  /** Whoever reads from the disk waits while something is written: few long writes keep up nobody, many short ones everybody. */
  #writeSoon(): void {
    // Who writes comes here again at its end.
    if (this.#failed || this.#writing || this.#groups.length === 0) return
    if (this.#bytes() >= this.#options.gatheredBytes) this.#writeAnyway()
    else if (!this.#pausing) {
      this.#pausing = true
      void this.#options.pause().then(() => {
        this.#pausing = false
        this.#writeAnyway()
      })
    }
  }

  /** Who waits for room or for the disk hears why it failed. */
  #writeAnyway(): void {
    if (!this.#failed) this.flush().catch(() => undefined)
  }

  /** One group at a time. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeFirst().finally(() => {
      this.#writing = undefined
      this.#writeSoon()
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
