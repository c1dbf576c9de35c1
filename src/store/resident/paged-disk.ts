import { blobRange, isBlobKey, recordRanges } from '../blob.js'
import { sortableKey as at, decodeKey } from '../key.js'
import { fromSortable, type SortableKey, sortable } from '../sorted-keys.js'
import type { Key, KeyRange, Store, StoreEntry } from '../store.js'
import { decodeRows, type Row, RowWriter } from './encode-rows.js'
import { type Packed, type Page, PagedRows } from './paged-rows.js'

/** No table's name is a number. */
const logRange = { prefix: [0, 0] }
const pageRange = { prefix: [0, 1] }

/** Rows of blobs longer than this stay on disk: heads without bytes are shorter. */
const residentBytes = 256

export interface PageSizes {
  /** About so many bytes are one value on the disk. */
  readonly pageBytes: number
  /** The log is put into the pages when it is longer than this, and than a quarter of them: it is read as a whole when somebody opens the store. */
  readonly logBytes: number
  /** About so many bytes of pages are written with one commit: nobody waits long for what comes behind it. */
  readonly packedBytes: number
}

const usual: PageSizes = { pageBytes: 65_536, logBytes: 1_000_000, packedBytes: 2_000_000 }

interface Folding {
  /** What the log has before this number can go when the pages are written. */
  readonly from: number
  readonly logBytes: number
  /** Those that still have to be. */
  readonly pages: Set<Page>
}

/** Stands in memory for a row that is on the disk: no row of a blob is empty. */
export const nothing = new Uint8Array(0)

export function inMemory(key: SortableKey, value: Uint8Array): Uint8Array {
  return isBlobKey(key) && value.length > residentBytes ? nothing : value
}

export function isOnDisk(key: SortableKey, value: Uint8Array): boolean {
  return value.length === 0 && isBlobKey(key)
}

/**
 * How a resident store lies on its disk, where each row has its price. Short rows lie in pages, many in one
 * value; what a commit changes in them is one more value of a log. When the log is long, the changed pages are
 * written anew, some with each commit, and then what they hold is taken off the log. Whoever reads puts all of
 * the log over the pages: what both hold comes out the same. Long rows of blobs lie beside that under their own keys.
 */
export class PagedDisk {
  readonly rows: PagedRows
  readonly #disk: Store
  readonly #sizes: PageSizes
  /** The number of the log's next value. */
  #next = 0
  #logBytes = 0
  #folding: Folding | undefined
  /** Rows as earlier versions kept them, each under its own key, until the first commit. */
  #earlier: readonly KeyRange[] = []

  private constructor(disk: Store, rows: PagedRows, sizes: PageSizes) {
    this.#disk = disk
    this.#sizes = sizes
    this.rows = rows
  }

  /** Reads all pages and the log, and of blobs no more than their names. */
  static async open(disk: Store, sizes: Partial<PageSizes> = {}): Promise<PagedDisk> {
    const packed: Packed[] = []
    for await (const { key, value } of disk.list(pageRange))
      packed.push({ from: sortable(key[2] as Uint8Array), bytes: value })
    const opened = new PagedDisk(disk, new PagedRows(packed), { ...usual, ...sizes })
    for await (const { key, value } of disk.list(logRange)) {
      for (const row of decodeRows(value)) opened.rows.note(row)
      opened.#next = (key[2] as number) + 1
      opened.#logBytes += value.length
    }
    for (const range of recordRanges)
      for await (const { key, value } of disk.list(range)) {
        opened.rows.set(at(key), value)
        opened.#earlier = recordRanges
      }
    if (opened.#earlier.length > 0) for await (const key of namesOf(disk)) opened.rows.set(at(key), nothing)
    return opened
  }

  /** Rows that lie under their own keys. */
  getMany(names: readonly SortableKey[]): Promise<(Uint8Array | undefined)[]> {
    return this.#disk.getMany(names.map(keyOf))
  }

  close(): Promise<void> {
    return this.#disk.close()
  }

  /** Writes these and nothing else that `rows` has: with what was written before they are all of it. */
  async write(writes: readonly Row[]): Promise<void> {
    const log = new RowWriter()
    const puts: StoreEntry[] = []
    const deletes: Key[] = []
    for (const [key, value] of writes) {
      const short = value && inMemory(key, value)
      log.add([key, short])
      if (!isBlobKey(key)) continue
      if (value && short === nothing) puts.push({ key: keyOf(key), value })
      else deletes.push(keyOf(key))
    }
    const bytes = log.finish()
    puts.push({ key: [...logRange.prefix, this.#next], value: bytes })
    const folding = this.#foldFrom(this.#next++)
    if (folding) await this.#commitFolding(folding, { puts, deletes })
    else await this.#disk.commit({ puts, deletes })
    this.#logBytes += bytes.length
  }

  /** A commit, and some of the pages with it. */
  async #commitFolding(
    { from, logBytes, pages }: Folding,
    batch: { readonly puts: readonly StoreEntry[]; readonly deletes: readonly Key[] },
  ): Promise<void> {
    const some = [...this.#packSome(pages)]
    const isLast = some.length === pages.size
    const packed = some.flatMap(([, packed]) => packed)
    try {
      await this.#disk.commit({
        ...batch,
        deleteRanges: [...this.#earlier, ...(isLast ? [{ ...logRange, end: [from] }] : [])],
        puts: [
          ...batch.puts,
          ...packed.map(({ from, bytes }) => ({
            key: [...pageRange.prefix, fromSortable(from)],
            value: bytes,
          })),
        ],
      })
    } catch (error) {
      if (this.#earlier.length > 0) throw error
      // Where there is no room for pages there may be some for what was committed. They wait for the next commit.
      return this.#disk.commit(batch)
    }
    this.#earlier = []
    for (const [page, packed] of some) {
      pages.delete(page)
      this.rows.stored(page, packed)
    }
    if (!isLast) return
    this.#logBytes -= logBytes
    this.#folding = undefined
  }

  #foldFrom(from: number): Folding | undefined {
    const most = Math.max(this.#sizes.logBytes, this.rows.storedBytes / 4)
    if (this.#logBytes > most || this.#earlier.length > 0)
      this.#folding ??= { from, logBytes: this.#logBytes, pages: new Set(this.rows.changed()) }
    return this.#folding
  }

  *#packSome(pages: Iterable<Page>): Generator<[Page, readonly Packed[]]> {
    let size = 0
    for (const page of pages) {
      // Rows that lie as earlier versions kept them all go at once.
      if (size > this.#sizes.packedBytes && this.#earlier.length === 0) return
      const packed = this.rows.pack(page, this.#sizes.pageBytes)
      for (const { bytes } of packed) size += bytes.length
      yield [page, packed]
    }
  }
}

const keyOf = (name: SortableKey): Key => decodeKey(fromSortable(name))

function namesOf(disk: Store): AsyncIterable<Key> {
  return disk.listKeys?.(blobRange) ?? keysOf(disk)
}

async function* keysOf(disk: Store): AsyncGenerator<Key> {
  for await (const { key } of disk.list(blobRange)) yield key
}
