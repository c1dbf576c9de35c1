/** Encoded keys as strings of one character a byte: `<` on them is the keys' order, and a Map can hold them. */
export type SortableKey = string

/** Characters in one call: engines bound the number of arguments, and nearly all keys are shorter than this. */
const callLength = 1024

export function sortable(encoded: Uint8Array): SortableKey {
  if (encoded.length <= callLength) return textOf(encoded)
  let text = ''
  for (let at = 0; at < encoded.length; at += callLength)
    text += textOf(encoded.subarray(at, at + callLength))
  return text
}

/** Every read and write of a record comes by here, and spreading the bytes takes ten times as long. */
function textOf(bytes: ArrayLike<number>): string {
  return Reflect.apply(String.fromCharCode, undefined, bytes)
}

export function fromSortable(key: SortableKey): Uint8Array {
  const bytes = new Uint8Array(key.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = key.charCodeAt(i)
  return bytes
}

/** A block is split when it grows beyond this: an insertion moves at most so many. */
const maxBlock = 512

/** A sorted set in blocks: adding, removing and finding a neighbour cost a binary search and a short move. */
export class SortedKeys {
  /** No block is empty. */
  readonly #blocks: SortableKey[][]

  constructor(copyOf?: SortedKeys) {
    this.#blocks = copyOf ? copyOf.#blocks.map((block) => block.slice()) : []
  }

  add(key: SortableKey): void {
    const index = Math.min(this.#blockFor(key), this.#blocks.length - 1)
    const block = this.#blocks[index]
    if (!block) {
      this.#blocks.push([key])
      return
    }
    const at = lowerBound(block, key)
    if (block[at] === key) return
    block.splice(at, 0, key)
    if (block.length > maxBlock) this.#blocks.splice(index + 1, 0, block.splice(maxBlock / 2))
  }

  delete(key: SortableKey): void {
    const index = this.#blockFor(key)
    const block = this.#blocks[index]
    if (!block) return
    const at = lowerBound(block, key)
    if (block[at] !== key) return
    block.splice(at, 1)
    if (block.length === 0) this.#blocks.splice(index, 1)
  }

  /** The first key >= `key`. */
  atOrAfter(key: SortableKey): SortableKey | undefined {
    const block = this.#blocks[this.#blockFor(key)]
    return block?.[lowerBound(block, key)]
  }

  /** The last key < `key`. */
  before(key: SortableKey): SortableKey | undefined {
    const index = this.#blockFor(key)
    const block = this.#blocks[index]
    return block?.[lowerBound(block, key) - 1] ?? this.#blocks[index - 1]?.at(-1)
  }

  /** Index of the first block whose last key is >= `key`, or the number of blocks. */
  #blockFor(key: SortableKey): number {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const last = this.#blocks[middle]?.at(-1)
      if (last !== undefined && last < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Index of the first key >= `key`, or the block's length. */
function lowerBound(block: readonly SortableKey[], key: SortableKey): number {
  let low = 0
  let high = block.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = block[middle]
    if (at !== undefined && at < key) low = middle + 1
    else high = middle
  }
  return low
}
