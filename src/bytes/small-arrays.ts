const blockBytes = 4096

/** What is longer gets memory of its own. */
const mostBytes = 512

/**
 * Arrays that share blocks of memory, for very many small ones: V8 takes longer to make memory for an array than
 * most of ours take to be filled, and goes over all such memory whenever it collects garbage. A block stays as
 * long as any of its arrays.
 */
export class SmallArrays {
  /** Made with the first array, which may be an empty one: Node's SQLite takes an array without memory for NULL. */
  #block: Uint8Array | undefined
  #used = 0

  /** An array of so many bytes, which nobody has written into. */
  take(size: number): Uint8Array {
    if (size > mostBytes) return new Uint8Array(size)
    if (!this.#block || this.#used + size > blockBytes) {
      this.#block = new Uint8Array(blockBytes)
      this.#used = 0
    }
    const at = this.#used
    this.#used += size
    return this.#block.subarray(at, this.#used)
  }
}
