/** Bytes that will be wanted once more, by name, up to a sum: what comes when that is reached isn't kept. */
export class KeptBytes {
  readonly #kept = new Map<string, Uint8Array>()
  readonly #most: number
  #sum = 0

  constructor(most: number) {
    this.#most = most
  }

  get(name: string): Uint8Array | undefined {
    return this.#kept.get(name)
  }

  /** Whether so many more would be kept. */
  hasRoomFor(size: number): boolean {
    return this.#sum + size + overhead <= this.#most
  }

  keep(name: string, bytes: Uint8Array): void {
    this.drop(name)
    if (!this.hasRoomFor(bytes.length)) return
    this.#kept.set(name, bytes)
    this.#sum += bytes.length + overhead
  }

  drop(name: string): void {
    const bytes = this.#kept.get(name)
    if (bytes && this.#kept.delete(name)) this.#sum -= bytes.length + overhead
  }
}

/** What a name and an array take beside the bytes, about. */
const overhead = 200
