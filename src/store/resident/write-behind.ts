import type { SortableKey } from '../sorted-keys.js'
import type { Row } from './encode-rows.js'

/** What several commits did, one after the other: the last value for each key, undefined where it was deleted. */
type Writes = Map<SortableKey, Uint8Array | undefined>

export interface WriteOptions {
  /** Bytes that may wait for the disk. */
  readonly behindBytes: number
  /** So many bytes are written at once. */
  readonly gatheredBytes: number
  /** What comes until its end is written together, where nobody waits for it. */
  readonly pause: () => Promise<void>
}

/**
 * Writes to a disk without keeping the committers waiting: in their order, and all that has come meanwhile in
 * one. What can't be written stays and is tried again with each flush, with all that came after it; until then
 * nobody may commit more.
 */
export class WriteBehind {
  readonly #write: (writes: readonly Row[]) => Promise<void>
  readonly #options: WriteOptions
  #waiting: Writes = new Map()
  #writing: Writes | undefined
  #run: Promise<void> | undefined
  /** Of both. */
  #bytes = 0
  #pausing = false
  #failed = false

  constructor(write: (writes: readonly Row[]) => Promise<void>, options: WriteOptions) {
    this.#write = write
    this.#options = options
  }

  add(rows: Iterable<Row>): void {
    for (const [at, value] of rows) {
      this.#waiting.set(at, value)
      this.#bytes += value?.length ?? 0
    }
    this.#writeSoon()
  }

  /** What waits to be written under a key. */
  peek(at: SortableKey): Uint8Array | undefined {
    return this.#waiting.has(at) ? this.#waiting.get(at) : this.#writing?.get(at)
  }

  /** Waits while too much waits for the disk. Throws what the disk says where it takes no more. */
  async makeRoom(): Promise<void> {
    if (this.#failed || this.#bytes > this.#options.behindBytes) await this.flush()
  }

  /** Until all that was added so far is durable. */
  async flush(): Promise<void> {
    const last = this.#waiting
    // What is being written came before what waits.
    while (last === this.#writing || (last === this.#waiting && (last.size > 0 || this.#writing)))
      await this.#writeNext()
  }

  /** Whoever reads from the disk waits while something is written: few long writes keep up nobody, many short ones everybody. */
  #writeSoon(): void {
    // Who writes comes here again at its end.
    if (this.#failed || this.#writing || this.#waiting.size === 0) return
    if (this.#bytes >= this.#options.gatheredBytes) this.#writeAnyway()
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

  /** One at a time. */
  #writeNext(): Promise<void> {
    this.#run ??= this.#writeWaiting().finally(() => {
      this.#run = undefined
      this.#writeSoon()
    })
    return this.#run
  }

  async #writeWaiting(): Promise<void> {
    const [writes, bytes] = [this.#waiting, this.#bytes]
    ;[this.#writing, this.#waiting] = [writes, new Map()]
    try {
      await this.#write([...writes])
      this.#failed = false
      this.#bytes -= bytes
    } catch (error) {
      this.#failed = true
      this.#waiting = new Map([...writes, ...this.#waiting])
      throw error
    } finally {
      this.#writing = undefined
    }
  }
}
