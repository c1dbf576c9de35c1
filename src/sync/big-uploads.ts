import { decodeSkeleton } from '../mime/skeleton-codec.js'
import { getContent } from '../replica/contents.js'
import { getMessage, isLive } from '../replica/messages.js'
import type { ContentRecord, UploadRecord } from '../replica/records.js'
import type { Reader } from '../store/database.js'
import { partOfUpstream } from './known-parts.js'
import { pieceSizes } from './piece.js'

/** Bytes that go up with the first request. An exchange more costs some 400 bytes and a round trip: nothing beside this. */
export const smallUploadBytes = 16 * 1024

/**
 * Whether more than so many bytes go up, and would keep the answer, and so what is new, waiting for long. What may be there already doesn't
 * count.
 */
export async function hasBigUploads(reader: Reader, smallBytes: number): Promise<boolean> {
  let bytes = 0
  for await (const { key, value } of reader.list<UploadRecord>({ prefix: ['upload'] })) {
    if (value.waits) continue
    const message = await getMessage(reader, String(key[1]))
    const content = isLive(message) ? await getContent(reader, message.content) : undefined
    if (content?.whole) bytes += await bytesUp(reader, content)
    if (bytes > smallBytes) return true
  }
  return false
}

/** Bytes of a whole content that go up, decoded: all but what the upstream has in other mail, which is only named. */
export async function bytesUp(reader: Reader, { id, skeleton: encoded }: ContentRecord): Promise<number> {
  if (!encoded) return 0
  const skeleton = decodeSkeleton(encoded)
  let bytes = 0
  for (const [piece, size] of pieceSizes(skeleton).entries()) {
    const digest = skeleton.parts[piece]?.digest
    if (digest === undefined || !(await partOfUpstream(reader, digest, id))) bytes += size
  }
  return bytes
}
