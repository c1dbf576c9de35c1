import type { CreateHash } from '../../bytes/hash.js'
import type { Part, Skeleton } from '../../mime/skeleton.js'
import { encodeSkeleton } from '../../mime/skeleton-codec.js'
import { indexedPartBytes, indexPart, placesOfPart } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import { digestBlob } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import { mayServeContent, type SharedHistory } from '../policy/shared-history.js'
import { partBlob } from './content-access.js'
import { pieceSizes } from './piece.js'
import type { Shapes } from './shapes.js'

/**
 * A part's digest names it, so that a side which holds the part in another message need not be sent it.
 * Whoever holds a part can compute its digest, so the skeleton on the line carries only those digests that
 * may save something.
 */

/** A skeleton comes whatever somebody wants of its parts, so that it can't have a digest for each of a thousand; those beyond are sent. */
const mostNamed = 64

/** A skeleton as it travels: with the digests of parts that stand in another content too (one that may serve it), or once more in this one. */
export async function namingSkeleton(
  reader: Reader,
  content: Guid,
  skeleton: Skeleton,
  shared: SharedHistory,
): Promise<Uint8Array> {
  const parts: Part[] = []
  const before = new Set<string>()
  let named = 0
  for (const { digest, ...part } of skeleton.parts) {
    const names =
      digest !== undefined &&
      named < mostNamed &&
      part.size >= indexedPartBytes &&
      (before.has(digest) || (await standsElsewhere(reader, digest, content, shared)))
    if (digest !== undefined) before.add(digest)
    if (names) named++
    parts.push(names ? { ...part, digest } : part)
  }
  return encodeSkeleton({ ...skeleton, parts })
}

async function standsElsewhere(
  reader: Reader,
  digest: string,
  id: Guid,
  shared: SharedHistory,
): Promise<boolean> {
  for await (const { content } of placesOfPart(reader, digest))
    if (content !== id && (await mayServeContent(reader, shared, id, content))) return true
  return false
}

/** What an exchange has at hand for what arrives. */
export interface Arriving {
  readonly createHash: CreateHash
  readonly shapes: Shapes
}

/**
 * Computes the digests of parts that arrived without one and indexes them. Returns the record with them,
 * which the caller still has to put. Runs inside the transaction that completes these parts. For a message
 * with very many parts it runs only now and then, and when all of it is here, since each run rewrites the
 * skeleton.
 */
export async function digestHeld(
  tx: Transaction,
  { createHash, shapes }: Arriving,
  content: ContentRecord,
): Promise<ContentRecord> {
  const skeleton = shapes.skeleton(content)
  if (!skeleton) return content
  const every = Math.ceil(skeleton.parts.length / mostNamed)
  const isLast = content.held.length === pieceSizes(skeleton).length
  if (!isLast && content.held.length % every !== 0) return content
  const parts = [...skeleton.parts]
  let found = 0
  for (const index of content.held) {
    const part = parts[index]
    if (!part || part.digest !== undefined || part.size < indexedPartBytes) continue
    const { digest } = await digestBlob(tx, partBlob(content.id, index), createHash)
    parts[index] = { ...part, digest }
    indexPart(tx, digest, { content: content.id, part: index })
    found++
  }
  if (found === 0) return content
  return { ...content, skeleton: shapes.encoded(content.id, { ...skeleton, parts }) }
}

/** Makes the parts of a content findable by their digests, as far as these are known. */
export function indexParts(tx: Transaction, content: Guid, skeleton: Skeleton): void {
  skeleton.parts.forEach((part, index) => {
    if (part.digest !== undefined && part.size >= indexedPartBytes)
      indexPart(tx, part.digest, { content, part: index })
  })
}
