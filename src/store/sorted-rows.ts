import { type SortableKey, SortedKeys } from './sorted-keys.js'
import type { ListOptions } from './store.js'

/** Values by their keys, in the keys' order. Nothing is copied. */
export class SortedRows {
  readonly #keys: SortedKeys
  readonly #values: Map<SortableKey, Uint8Array>

  constructor(copyOf?: SortedRows) {
    this.#keys = new SortedKeys(copyOf ? copyOf.#keys : undefined)
    this.#values = new Map(copyOf ? copyOf.#values : [])
  }

  get size(): number {
    return this.#values.size
  }

  get(at: SortableKey): Uint8Array | undefined {
    return this.#values.get(at)
  }

  set(at: SortableKey, value: Uint8Array): void {
    if (!this.#values.has(at)) this.#keys.add(at)
    this.#values.set(at, value)
  }

  delete(at: SortableKey): void {
    if (this.#values.delete(at)) this.#keys.delete(at)
  }

  /** Keys from `from` to before `to`, each looked for when its turn comes: what changes meanwhile may show or not. */
  *keys(
    { from, to }: { readonly from: SortableKey; readonly to: SortableKey },
    { reverse = false, limit = Number.POSITIVE_INFINITY }: ListOptions = {},
  ): Generator<SortableKey> {
    for (let given = 0; given < limit; given++) {
      const found = reverse ? this.last(from, to) : this.first(from, to)
      if (found === undefined) return
      yield found
      if (reverse) to = found
      else from = `${found}\0`
    }
  }

  /** The first key from `from` to before `to`. */
  protected first(from: SortableKey, to: SortableKey): SortableKey | undefined {
    const found = this.#keys.atOrAfter(from)
    return found !== undefined && found < to ? found : undefined
  }

  /** The last one of these. */
  protected last(from: SortableKey, to: SortableKey): SortableKey | undefined {
    const found = this.#keys.before(to)
    return found !== undefined && found >= from ? found : undefined
  }
}
