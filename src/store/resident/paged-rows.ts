import type { SortableKey } from '../sorted-keys.js'
import { SortedRows } from '../sorted-rows.js'
import { decodeRows, type Row, RowWriter } from './encode-rows.js'

/** No byte is this. */
const behindAll = '\uffff'

/** Rows that follow each other, as one value. */
export interface Packed {
  /** All keys from this one on, up to the next page's, are in it. */
  readonly from: SortableKey
  readonly bytes: Uint8Array
}

export interface Page {
  readonly from: SortableKey
  readonly storedBytes: number
  /** Until somebody asks for a row of it. */
  packed: Uint8Array | undefined
  /** What was written of its rows since then, the oldest first. */
  newer: Row[]
  /** Whether the disk has something else. */
  isChanged: boolean
}

/** Rows that lie in pages, each of which is taken apart when the first of its keys is asked for: most are never, in one life of a page. */
export class PagedRows extends SortedRows {
  /** In their order. The first has all keys before the second's. */
  readonly #pages: Page[]

  /** @param packed in the order of their keys. */
  constructor(packed: readonly Packed[]) {
    super()
    // What is empty needs no page, but for the first.
    const filled = packed.filter(({ from, bytes }) => from === '' || bytes.length > 0)
    if (filled[0]?.from !== '') filled.unshift({ from: '', bytes: new Uint8Array(0) })
    this.#pages = filled.map(pageOf)
  }

  override get(at: SortableKey): Uint8Array | undefined {
    return super.get(at) ?? (this.#unpack(this.#pageAt(at)) ? super.get(at) : undefined)
  }

  override set(at: SortableKey, value: Uint8Array): void {
    this.#change(at)
    super.set(at, value)
  }

  override delete(at: SortableKey): void {
    this.#change(at)
    super.delete(at)
  }

  protected override first(from: SortableKey, to: SortableKey): SortableKey | undefined {
    for (let index = this.#indexOf(from); index < this.#pages.length; index++) {
      const page = this.#pages[index]
      // Behind the first of them, a page may begin where nobody looks any more.
      if (page && page.from >= to) return undefined
      this.#unpack(page)
      const found = super.first(from, least(to, this.#endOf(index)))
      if (found !== undefined) return found
    }
    return undefined
  }

  protected override last(from: SortableKey, to: SortableKey): SortableKey | undefined {
    for (let index = this.#indexOf(to); index >= 0; index--) {
      const page = this.#pages[index]
      this.#unpack(page)
      const found = super.last(page && page.from > from ? page.from : from, to)
      if (found !== undefined || !page || page.from <= from) return found
    }
    return undefined
  }

  /** Takes over what was written after the pages were. */
  note(row: Row): void {
    const page = this.#pageAt(row[0])
    if (!page) return
    page.isChanged = true
    if (page.packed) page.newer.push(row)
    else this.#put(row)
  }

  changed(): Page[] {
    return this.#pages.filter(({ isChanged }) => isChanged)
  }

  /** Bytes of all pages on the disk. */
  get storedBytes(): number {
    return this.#pages.reduce((sum, page) => sum + page.storedBytes, 0)
  }

  /** A page as it stands now, in several of about so many bytes where it has grown. */
  pack(page: Page, pageBytes: number): Packed[] {
    this.#unpack(page)
    page.isChanged = false
    const to = this.#endOf(this.#pages.indexOf(page))
    const packed: Packed[] = []
    let [from, writer] = [page.from, new RowWriter()]
    for (const at of this.keys({ from: page.from, to })) {
      if (writer.size >= pageBytes) {
        packed.push({ from, bytes: writer.finish() })
        ;[from, writer] = [at, new RowWriter()]
      }
      writer.add([at, super.get(at)])
    }
    packed.push({ from, bytes: writer.finish() })
    return packed
  }

  /** What was packed is on the disk. */
  stored(page: Page, packed: readonly Packed[]): void {
    const parts = packed.map(({ from, bytes }) => ({
      ...page,
      from,
      storedBytes: bytes.length,
      newer: [],
    }))
    this.#pages.splice(this.#pages.indexOf(page), 1, ...parts)
  }

  #put([at, value]: Row): void {
    if (value) super.set(at, value)
    else super.delete(at)
  }

  #change(at: SortableKey): void {
    const page = this.#pageAt(at)
    this.#unpack(page)
    if (page) page.isChanged = true
  }

  /** Returns whether there was something to take apart. */
  #unpack(page: Page | undefined): boolean {
    const packed = page?.packed
    if (!packed) return false
    for (const row of decodeRows(packed)) this.#put(row)
    for (const row of page.newer) this.#put(row)
    page.packed = undefined
    page.newer = []
    return true
  }

  #pageAt(at: SortableKey): Page | undefined {
    return this.#pages[this.#indexOf(at)]
  }

  #endOf(index: number): SortableKey {
    return this.#pages[index + 1]?.from ?? behindAll
  }

  /** The last page that begins at or before a key. */
  #indexOf(at: SortableKey): number {
    let [low, high] = [0, this.#pages.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#pages[middle]?.from ?? '') <= at) low = middle
      else high = middle - 1
    }
    return low
  }
}

const least = (a: SortableKey, b: SortableKey): SortableKey => (a < b ? a : b)

function pageOf({ from, bytes }: Packed): Page {
  return { from, storedBytes: bytes.length, packed: bytes, newer: [], isChanged: false }
}
