import type { CreateHash } from '../../bytes/hash.js'
import type { Part, Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../mime/skeleton-codec.js'
import { indexedPartBytes, indexPart, placesOfPart, putContent } from '../../replica/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import { digestBlob } from '../../store/blob.js'
import type { Reader, Transaction } from '../../store/database.js'
import { mayServeContent, type SharedHistory } from '../policy/shared-history.js'
import { partBlob } from './content-access.js'

/**
 * A part's digest names it, so that it needn't be sent where it is held in another mail. Whoever holds the part can compute it: a skeleton
 * on the line only has those that may turn out to name something.
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
  let named = 0
  for (const { digest, ...part } of skeleton.parts) {
    const names =
      digest !== undefined &&
      named < mostNamed &&
      part.size >= indexedPartBytes &&
      (skeleton.parts.slice(0, parts.length).some((before) => before.digest === digest) ||
        (await standsElsewhere(reader, digest, content, shared)))
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

/** Computes the digests of parts that have come without, and makes these findable. Part of the transaction that completes them. */
export async function digestHeld(
  tx: Transaction,
  createHash: CreateHash,
  content: ContentRecord,
): Promise<ContentRecord> {
  if (!content.skeleton) return content
  const skeleton = decodeSkeleton(content.skeleton)
  const parts: Part[] = []
  for (const [i, part] of skeleton.parts.entries()) {
    const lacks = part.digest === undefined && part.size >= indexedPartBytes && content.held.includes(i)
    if (!lacks) parts.push(part)
    else parts.push({ ...part, digest: (await digestBlob(tx, partBlob(content.id, i), createHash)).digest })
  }
  if (parts.every((part, i) => part === skeleton.parts[i])) return content
  const known = { ...skeleton, parts }
  indexParts(tx, content.id, known)
  return putContent(tx, { ...content, skeleton: encodeSkeleton(known) })
}

/** Makes the parts of a content findable by their digests, as far as these are known. */
export function indexParts(tx: Transaction, content: Guid, skeleton: Skeleton): void {
  skeleton.parts.forEach((part, index) => {
    if (part.digest !== undefined && part.size >= indexedPartBytes)
      indexPart(tx, part.digest, { content, part: index })
  })
}
