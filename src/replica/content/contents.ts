import type { Digest } from '../../bytes/hash.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Guid } from '../model.js'
import type { ContentRecord } from '../records.js'
import { tables } from '../tables.js'

/** Reading and changing content records: what is known of a mail's bytes, and which of them are here. */

export async function getContent(reader: Reader, id: Guid): Promise<ContentRecord | undefined> {
  return tables.content.get(reader, id)
}

/** The contents of these messages will be asked for soon. */
export async function readContentsAhead(
  reader: Reader,
  messages: readonly { readonly content: Guid }[],
): Promise<void> {
  await tables.content.readAhead(
    reader,
    messages.map(({ content }) => [content]),
  )
}

export async function contentByDigest(reader: Reader, digest: Digest): Promise<ContentRecord | undefined> {
  const id = await tables.digest.get(reader, digest)
  return id === undefined ? undefined : getContent(reader, id)
}

/** A content smaller than this is read whole when it is first met. */
const largeBytes = 256 * 1024

/**
 * Writes a content record and its indexes: by digest, by size, and the list of those that are not whole.
 * @param before the record as it stood, for callers that write a content piece by piece; index entries that
 * it already made aren't written again.
 */
export function putContent(tx: Transaction, record: ContentRecord, before?: ContentRecord): ContentRecord {
  const content = withoutStaleWords(record)
  tables.content.put(tx, content.id, content)
  if (content.digest !== undefined && content.digest !== before?.digest)
    tables.digest.put(tx, content.digest, content.id)
  if (content.sizeBytes >= largeBytes && (content.whole || content.digest !== undefined))
    tables.large.put(tx, content.sizeBytes, content.id, true)
  if (content.whole) tables.partial.delete(tx, content.id)
  else if (before?.whole !== false) tables.partial.put(tx, content.id, true)
  return content
}

/** Of a content that is known: its last file may have gone, and nobody asked after it since. */
export function expectRest(tx: Transaction, content: Guid): void {
  tables.expected.put(tx, content, true)
  tables.partial.put(tx, content, true)
}

/** Drops what was declined of parts that have since arrived. */
function withoutStaleWords(content: ContentRecord): ContentRecord {
  const { declined, ...rest } = content
  if (!declined) return content
  const left = Object.entries(declined).filter(
    ([part]) => !content.whole && !content.held.includes(Number(part)),
  )
  return left.length > 0 ? { ...rest, declined: Object.fromEntries(left) } : rest
}

/** Where a part of this digest can be found: every part of some size is indexed, so that it needn't be sent twice. */
export interface PartPlace {
  readonly content: Guid
  readonly part: number
}

/** Smaller parts aren't worth an index row. */
export const indexedPartBytes = 512

export function indexPart(tx: Transaction, digest: Digest, place: PartPlace): void {
  tables.part.put(tx, digest, place.content, place.part)
}

/** How many places of a part are looked at where one is wanted. */
export const placesLimit = 20

/** The first places of a part by their contents' names, or the first behind one of them. */
export async function* placesOfPart(reader: Reader, digest: Digest, after?: Guid): AsyncGenerator<PartPlace> {
  const range = after === undefined ? { limit: placesLimit } : { start: after, limit: placesLimit + 1 }
  for await (const { key, value } of tables.part.list(reader, [digest], range))
    if (key[1] !== after) yield { content: key[1], part: value }
}
