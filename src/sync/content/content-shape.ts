import { toHex } from '../../bytes/hex.js'
import { decodeOutline } from '../../mime/outline.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent, putContent } from '../../replica/content/contents.js'
import type { ContentRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { blobSource, deleteBlob } from '../../store/blob.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { partBlob } from './content-access.js'
import { type OpenPiece, pieceSizes, rebuildPieces } from './piece.js'
import { Shapes } from './shapes.js'

/** How much of a content is here, and all of it put together and proved. */

/** How many pieces a content has. Undefined until the skeleton is here. */
function pieceCount(content: ContentRecord, shapes = new Shapes()): number | undefined {
  const skeleton = shapes.skeleton(content)
  return skeleton && pieceSizes(skeleton).length
}

/** Every piece has arrived, and what proves them: it can be put together. */
export function isComplete(content: ContentRecord, shapes?: Shapes): boolean {
  return content.digest !== undefined && hasAllPieces(content, shapes)
}

/** Whether all of a content is here, in the mail store or in pieces: it can go up even if the mail store can't take it now. */
export function isAllHere(content: ContentRecord): boolean {
  return content.whole || isComplete(content)
}

/** Every piece has arrived, and the upstream hadn't read all of the message when it sent the skeleton. */
export function awaitsDigest(content: ContentRecord, shapes?: Shapes): boolean {
  return content.digest === undefined && hasAllPieces(content, shapes)
}

function hasAllPieces(content: ContentRecord, shapes?: Shapes): boolean {
  return (
    !content.whole && content.skeleton !== undefined && content.held.length === pieceCount(content, shapes)
  )
}

/** All blobs that may hold something of a content. */
export function blobsOf(content: ContentRecord): string[] {
  const pieces = pieceCount(content) ?? (content.outline ? decodeOutline(content.outline).parts.length : 0)
  return Array.from({ length: pieces }, (_, part) => partBlob(content.id, part))
}

/** The message put together from its pieces, unproved. */
export async function* rebuilt(account: Account, content: ContentRecord): AsyncGenerator<Uint8Array> {
  if (content.skeleton) yield* rebuildPieces(decodeSkeleton(content.skeleton), pieceOf(account, content))
}

export const pieceOf =
  ({ replica }: Account, { id }: ContentRecord): OpenPiece =>
  (piece) =>
    blobSource(replica.db, partBlob(id, piece))

/**
 * Uses a message that is put together from its pieces, as far as they prove to make it. Undefined when they
 * don't make the content that was announced: they are forgotten then, and come again.
 */
export async function useRebuilt<Used>(
  account: Account,
  content: ContentRecord,
  use: (bytes: AsyncIterable<Uint8Array>) => Promise<Used>,
): Promise<Used | undefined> {
  const used = await useProved(account, content, rebuilt(account, content), use)
  if (used === undefined) await forgetPieces(account, content)
  return used
}

/** Whether the pieces that have arrived make the content that was announced. Those that don't are forgotten. */
export async function provePieces(account: Account, content: ContentRecord): Promise<boolean> {
  return (await useRebuilt(account, content, readAll)) ?? false
}

async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const _ of bytes);
  return true
}

/** Uses bytes that fail at their end when they aren't the content: then nothing becomes visible, and undefined is given. */
export async function useProved<Used>(
  account: Account,
  content: ContentRecord,
  bytes: AsyncIterable<Uint8Array>,
  use: (bytes: AsyncIterable<Uint8Array>) => Promise<Used>,
): Promise<Used | undefined> {
  try {
    return await use(proved(account, content, bytes))
  } catch (error) {
    if (!(error instanceof DigestMismatch)) throw error
    return undefined
  }
}

class DigestMismatch extends Error {}

async function* proved(
  account: Account,
  content: ContentRecord,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = account.createHash()
  for await (const chunk of bytes) {
    hash.update(chunk)
    yield chunk
  }
  if (toHex(hash.digest()) !== content.digest) throw new DigestMismatch('not the content that was announced')
}

/** The pieces don't make the content: they are fetched again, by their numbers, so that the other side reads its file to its end first. */
async function forgetPieces(account: Account, content: ContentRecord): Promise<void> {
  await account.replica.db.transact(async (tx) => {
    const current = await getContent(tx, content.id)
    if (!current || current.whole) return
    for (const piece of current.held) tables.wanted.put(tx, content.id, piece, true)
    await startAnew(tx, current)
  })
}

/** What has come of a content is of no use any more: all of it but what was listed is forgotten, and expected. */
export async function startAnew(tx: Transaction, content: ContentRecord): Promise<ContentRecord> {
  for (const blob of blobsOf(content)) await deleteBlob(tx, blob)
  const { skeleton: _, gist: __, fileGists: ___, ...rest } = content
  tables.expected.put(tx, content.id, true)
  return putContent(tx, { ...rest, held: [], progress: content.progress + 1 })
}
