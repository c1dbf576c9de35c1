import { concat } from '../bytes/concat.js'
import type { CreateHash, Digest } from '../bytes/hash.js'
import { toHex } from '../bytes/hex.js'
import { type ByteSource, readRange } from '../bytes/source.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import type { Reader, Transaction } from './database.js'
import { sortableBounds } from './key.js'
import type { SortableKey } from './sorted-keys.js'
import type { Key, KeyRange } from './store.js'

/**
 * Blobs: bytes that grow at their end, kept in rows of the same store as the records, so that one transaction
 * changes both. ['blob', id] holds the size, ['blob', id, offset] a chunk of exactly `chunkBytes` (the last
 * one: what is left). Offsets follow from the size, so no list of chunks is needed, and no operation holds
 * more than one chunk beyond what it was given or asked for. A small blob stands in ['blob', id] itself until
 * it grows. A blob that was never written is the same as an empty one.
 */

/**
 * A small append rewrites the last chunk: half of this on average. Larger chunks would wear out flash and the
 * write-ahead log at 2 kB an append; smaller ones would make IndexedDB slow, where every row has its price.
 */
export const chunkBytes = 32768

/** Most parts of mail are no longer than this. With its head it is a short value, as caches keep and transactions check them. */
export const smallBytes = 3584

interface BlobHead {
  readonly size: number
  /** No more appends. */
  readonly sealed: boolean
  /** How many need these bytes whoever deletes them. */
  readonly holds?: number
  /** Deleted: there for those who hold it alone. */
  readonly deleted?: boolean
  /** A small blob's bytes, which then needs no chunk. Databases of 0.2.0 don't have it. */
  readonly bytes?: Uint8Array
}

/** The size and SHA-256 that a blob had when it was read. */
export interface BlobDigest {
  readonly size: number
  readonly digest: Digest
}

/** Where all of a small blob stands. */
export const headKey = (id: string): Key => ['blob', id]
const chunkKey = (id: string, offset: number): Key => ['blob', id, offset]

/** Where a blob begins: of nearly all of them, all that they have. */
export const blobBeginning = (id: string): readonly Key[] => [headKey(id), chunkKey(id, 0)]

/** All that stands under keys of blobs, and all that stands before and behind it of what has a table's name. */
export const blobRange: KeyRange = { prefix: ['blob'] }
export const recordRanges: readonly KeyRange[] = [
  { prefix: [], start: [''], end: ['blob'] },
  // No text lies between: a part of a key ends with 0x00.
  { prefix: [], start: ['blob\u0001'] },
]

const blobBounds = sortableBounds(blobRange)

/** Whether something of a blob stands under this key, and no record. */
export function isBlobKey(at: SortableKey): boolean {
  return at >= blobBounds.from && at < blobBounds.to
}

/** How many bytes a blob has: 0 when there is none. */
export async function blobSize(reader: Reader, id: string): Promise<number> {
  return (await readHead(reader, id)).size
}

/** Adds bytes at the end. Throws an Error when the blob is sealed. */
export async function appendBlob(tx: Transaction, id: string, bytes: Uint8Array): Promise<void> {
  const stored = await readStoredHead(tx, id)
  // Whoever holds it waits for the same bytes once more.
  if (stored.deleted) dropChunks(tx, id, 0, stored)
  const { bytes: small, ...head } = ofOthers(stored)
  if (head.sealed) throw new Error(`blob ${id} is sealed`)
  if (bytes.length === 0) return
  const size = head.size + bytes.length
  if (size <= smallBytes && (small || head.size === 0)) {
    tx.put(headKey(id), { ...head, size, sealed: false, bytes: small ? concat([small, bytes]) : bytes })
    return
  }
  const filled = head.size % chunkBytes
  let offset = head.size - filled
  let taken = Math.min(bytes.length, chunkBytes - filled)
  const first = bytes.subarray(0, taken)
  tx.put(
    chunkKey(id, offset),
    filled === 0 ? first : concat([await readChunk(tx, id, offset, filled), first]),
  )
  while (taken < bytes.length) {
    offset += chunkBytes
    tx.put(chunkKey(id, offset), bytes.subarray(taken, taken + chunkBytes))
    taken += chunkBytes
  }
  tx.put(headKey(id), { ...head, size, sealed: false })
}

/** Reads `length` bytes from `offset`; fewer only at the end of the blob. */
export async function readBlob(
  reader: Reader,
  id: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const { size, bytes } = await readHead(reader, id)
  return bytes ? bytes.subarray(offset, offset + length) : readWithin(reader, id, size, offset, length)
}

/**
 * A blob as it is now, to be read bit by bit. Later appends don't show. If the blob is deleted or cut shorter
 * meanwhile, `read` throws MESSAGE_GONE.
 */
export async function blobSource(reader: Reader, id: string): Promise<ByteSource> {
  const size = await blobSize(reader, id)
  return { size, read: (offset, length) => readWithin(reader, id, size, offset, length) }
}

/** Reads a blob through and hashes it. Meant for a Database, not a transaction: others needn't wait for a large blob. */
export async function digestBlob(reader: Reader, id: string, createHash: CreateHash): Promise<BlobDigest> {
  const source = await blobSource(reader, id)
  const hash = createHash()
  for await (const chunk of readRange(source, 0, source.size, chunkBytes)) hash.update(chunk)
  return { size: source.size, digest: toHex(hash.digest()) }
}

/**
 * Ends a blob whose content has this digest: returns true, and appends throw from then on. Returns false and
 * changes nothing when the bytes are others, or when something was appended since `found` was made. (Nobody
 * may cut or rewrite it in between.)
 */
export async function sealBlob(
  tx: Transaction,
  id: string,
  found: BlobDigest,
  digest: Digest,
): Promise<boolean> {
  const head = await readHead(tx, id)
  if (found.digest !== digest || found.size !== head.size) return false
  tx.put(headKey(id), { ...head, sealed: true })
  return true
}

/** Keeps the first `size` bytes and opens a sealed blob again. Nothing happens when it isn't longer. */
export async function truncateBlob(tx: Transaction, id: string, size: number): Promise<void> {
  const head = await readHead(tx, id)
  if (size >= head.size) return
  if (head.bytes) {
    if (size > 0) tx.put(headKey(id), { ...head, size, sealed: false, bytes: head.bytes.subarray(0, size) })
    else tx.delete(headKey(id))
    return
  }
  const kept = size % chunkBytes
  const last = size - kept
  if (kept > 0) {
    const chunk = await readChunk(tx, id, last, Math.min(chunkBytes, head.size - last))
    tx.put(chunkKey(id, last), chunk.subarray(0, kept))
  }
  dropChunks(tx, id, kept > 0 ? last + chunkBytes : last, head)
  if (size > 0) tx.put(headKey(id), { ...head, size, sealed: false })
  else tx.delete(headKey(id))
}

/** Removes a blob, sealed or not; no bytes are read. Nothing happens when there is none. Whoever holds it goes on reading it. */
export async function deleteBlob(tx: Transaction, id: string): Promise<void> {
  const stored = await readStoredHead(tx, id)
  if (stored.holds) {
    tx.put(headKey(id), { ...stored, deleted: true })
    return
  }
  dropChunks(tx, id, 0, stored)
  tx.delete(headKey(id))
}

/** Its bytes are needed, whoever deletes it, until `releaseBlob` was called as often. */
export async function holdBlob(tx: Transaction, id: string): Promise<void> {
  const stored = await readStoredHead(tx, id)
  tx.put(headKey(id), { ...stored, holds: (stored.holds ?? 0) + 1 })
}

export async function releaseBlob(tx: Transaction, id: string): Promise<void> {
  const { holds = 0, deleted, ...rest } = await readStoredHead(tx, id)
  if (holds > 1) tx.put(headKey(id), { ...rest, holds: holds - 1, ...(deleted && { deleted }) })
  else if (deleted || rest.size === 0) {
    dropChunks(tx, id, 0, rest)
    tx.delete(headKey(id))
  } else tx.put(headKey(id), rest)
}

/** Like `blobSource`, for a caller that holds the blob: works after it was deleted, too. */
export async function heldBlobSource(reader: Reader, id: string): Promise<ByteSource> {
  const { size } = await readStoredHead(reader, id)
  return { size, read: (offset, length) => readWithin(reader, id, size, offset, length) }
}

/** Drops the chunks from `start` on, which is where a chunk begins. */
function dropChunks(tx: Transaction, id: string, start: number, { size, bytes }: BlobHead): void {
  if (bytes) return
  for (let offset = start; offset < size; offset += chunkBytes) tx.delete(chunkKey(id, offset))
}

/** A deleted blob is none, but for those who hold it. */
function ofOthers({ deleted, ...head }: BlobHead): BlobHead {
  if (!deleted) return head
  const { bytes: _, ...others } = head
  return { ...others, size: 0, sealed: false }
}

async function readHead(reader: Reader, id: string): Promise<BlobHead> {
  return ofOthers(await readStoredHead(reader, id))
}

async function readStoredHead(reader: Reader, id: string): Promise<BlobHead> {
  return (await reader.get<BlobHead>(headKey(id))) ?? { size: 0, sealed: false }
}

async function readWithin(
  reader: Reader,
  id: string,
  size: number,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const end = Math.min(size, offset + length)
  const pieces: Uint8Array[] = []
  for (let at = offset; at < end; ) {
    const start = at - (at % chunkBytes)
    const until = Math.min(end - start, chunkBytes)
    const chunk = await readChunk(reader, id, start, until)
    pieces.push(chunk.subarray(at - start, until))
    at = start + until
  }
  const [only] = pieces
  return only && pieces.length === 1 ? only : concat(pieces)
}

/** A chunk of which at least `atLeast` bytes must be there. */
async function readChunk(reader: Reader, id: string, offset: number, atLeast: number): Promise<Uint8Array> {
  const isSmall = offset + atLeast <= smallBytes
  const small = isSmall ? (await readStoredHead(reader, id)).bytes : undefined
  if (small && small.length >= atLeast) return small
  const chunk = await reader.get<Uint8Array>(chunkKey(id, offset))
  if (chunk && chunk.length >= atLeast) return chunk
  if ((await readStoredHead(reader, id)).size >= offset + atLeast)
    throw new PacketboatError(
      'STORE_CORRUPT',
      `The database lacks bytes of ${id} from ${offset} on.`,
      'Move the database away; mail in the mail store is not touched, and the next sync builds a new database.',
    )
  throw new PacketboatError(
    'MESSAGE_GONE',
    `The bytes of ${id} were removed while they were read.`,
    'Sync again.',
  )
}
