import type { SortableKey } from '../sorted-keys.js'

/** Values that were written or read last, up to a bound. */
export class RecentValues {
  readonly #maxBytes: number
  readonly #values = new Map<SortableKey, Uint8Array>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(key: SortableKey): Uint8Array | undefined {
    const value = this.#values.get(key)
    if (value) {
      this.#values.delete(key)
      this.#values.set(key, value)
    }
    return value
  }

  keep(key: SortableKey, value: Uint8Array): void {
    this.forget(key)
    this.#values.set(key, value)
    this.#bytes += value.length
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.forget(oldest)
    }
  }

  forget(key: SortableKey): void {
    this.#bytes -= this.#values.get(key)?.length ?? 0
    this.#values.delete(key)
  }
}
