import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { fromSortable, type SortableKey, sortable } from '../sorted-keys.js'

/** What stands under a key; undefined where it was deleted. */
export type Row = readonly [at: SortableKey, value: Uint8Array | undefined]

/**
 * Many rows as one value: each has the length of what its key has in common with the one before, the rest of
 * its key, and 0, or its value with the length above by one.
 */
export class RowWriter {
  readonly #writer = new ByteWriter()
  #before: SortableKey = ''

  get size(): number {
    return this.#writer.size
  }

  add([at, value]: Row): void {
    let shared = 0
    const most = Math.min(at.length, this.#before.length)
    while (shared < most && at.charCodeAt(shared) === this.#before.charCodeAt(shared)) shared++
    this.#before = at
    this.#writer.varint(shared)
    this.#writer.bytes(fromSortable(at.slice(shared)))
    this.#writer.varint(value ? value.length + 1 : 0)
    if (value) this.#writer.raw(value)
  }

  finish(): Uint8Array {
    return this.#writer.finish()
  }
}

/** Values are views of the bytes. Throws STORE_CORRUPT on what no `RowWriter` wrote. */
export function decodeRows(bytes: Uint8Array): Row[] {
  const reader = new ByteReader(bytes)
  const rows: Row[] = []
  let before: SortableKey = ''
  try {
    while (!reader.done) {
      before = before.slice(0, reader.varint()) + sortable(reader.bytes(bytes.length))
      const length = reader.varint()
      rows.push([before, length === 0 ? undefined : reader.raw(length - 1)])
    }
  } catch (cause) {
    throw new PacketboatError(
      'STORE_CORRUPT',
      'Records in the database of this browser are damaged.',
      'Delete what this browser has of this page, and pair it again. Nothing is deleted at the endpoint.',
      { cause },
    )
  }
  return rows
}
