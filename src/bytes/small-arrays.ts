const blockBytes = 4096

/** What is longer gets memory of its own. */
const mostBytes = 512

/**
 * Arrays that share blocks of memory, for very many small ones: V8 takes longer to make memory for an array than
 * most of ours take to be filled, and goes over all such memory whenever it collects garbage. A block stays as
 * long as any of its arrays.
 */
export class SmallArrays {
  #block = new Uint8Array(0)
  #used = 0

  /** An array of so many bytes, which nobody has written into. */
  take(size: number): Uint8Array {
    if (size > mostBytes) return new Uint8Array(size)
    if (this.#used + size > this.#block.length) {
      this.#block = new Uint8Array(blockBytes)
      this.#used = 0
    }
    const at = this.#used
    this.#used += size
    return this.#block.subarray(at, this.#used)
  }
}
