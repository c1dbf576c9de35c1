import { decodeSkeleton } from '../mime/skeleton-codec.js'
import { getContent } from '../replica/contents.js'
import { getMessage, isLive } from '../replica/messages.js'
import type { UploadRecord } from '../replica/records.js'
import type { Reader } from '../store/database.js'
import { partOfUpstream } from './known-parts.js'
import { pieceSizes } from './piece.js'

/** An exchange more costs some 400 bytes and a round trip: nothing beside this. */
const bigBytes = 16 * 1024

/**
 * Whether what goes up would keep the answer, and so what is new, waiting for long. What the upstream has in other mail doesn't count, since
 * that is only named, nor what may be there already.
 */
export async function hasBigUploads(reader: Reader): Promise<boolean> {
  let bytes = 0
  for await (const { key, value } of reader.list<UploadRecord>({ prefix: ['upload'] })) {
    if (value.waits) continue
    const message = await getMessage(reader, String(key[1]))
    const content = isLive(message) ? await getContent(reader, message.content) : undefined
    if (!content?.whole || !content.skeleton) continue
    const skeleton = decodeSkeleton(content.skeleton)
    for (const [piece, size] of pieceSizes(skeleton).entries()) {
      const digest = skeleton.parts[piece]?.digest
      if (digest === undefined || !(await partOfUpstream(reader, digest, content.id))) bytes += size
    }
    if (bytes > bigBytes) return true
  }
  return false
}
