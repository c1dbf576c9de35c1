import { concat } from '../../bytes/concat.js'
import type { ByteSource } from '../../bytes/source.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { heldBlobSource } from '../../store/blob.js'
import type { Reader } from '../../store/database.js'
import { rebuildPieces } from '../../sync/content/piece.js'
import type { StoredContent } from '../../sync/mail-store.js'
import type { KeptMessageRecord } from './kept-tables.js'

/** A message's bytes, wherever they are. */
export async function openKept(reader: Reader, record: KeptMessageRecord): Promise<StoredContent> {
  const { internalDateMs, skeleton, blobs, sizeBytes } = record
  const open = (piece: number): Promise<ByteSource> => heldBlobSource(reader, blobs[piece] ?? '')
  const source = skeleton
    ? inOrder(sizeBytes, () => rebuildPieces(decodeSkeleton(skeleton), open))
    : await open(0)
  return {
    size: source.size,
    internalDateMs,
    read: (offset, length) => source.read(offset, length),
    close: async () => {},
  }
}

/** Bytes that are made in order: a reader that goes on where its last read ended has none made twice. */
function inOrder(size: number, make: () => AsyncGenerator<Uint8Array>): ByteSource {
  let bytes: AsyncGenerator<Uint8Array> | undefined
  let at = 0
  let left = new Uint8Array(0)
  const take = (length: number): Uint8Array => {
    const taken = left.subarray(0, length)
    left = left.subarray(taken.length)
    at += taken.length
    return taken
  }
  const fill = async (): Promise<boolean> => {
    const next = await bytes?.next()
    if (!next || next.done) return false
    left = new Uint8Array(next.value)
    return true
  }
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    if (!bytes || offset < at) {
      bytes = make()
      at = 0
      left = new Uint8Array(0)
    }
    while (at < offset) {
      if (left.length === 0 && !(await fill())) return new Uint8Array(0)
      take(offset - at)
    }
    const pieces: Uint8Array[] = []
    for (let wanted = Math.min(length, size - offset); wanted > 0; ) {
      if (left.length === 0 && !(await fill())) break
      const piece = take(wanted)
      pieces.push(piece)
      wanted -= piece.length
    }
    return concat(pieces)
  }
  // One at a time: each goes on from the last.
  let last: Promise<unknown> = Promise.resolve()
  return {
    size,
    read: (offset, length) => {
      const result = last.then(() => read(offset, length))
      last = result.catch(() => undefined)
      return result
    },
  }
}
