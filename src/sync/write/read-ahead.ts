import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import type { MessageRecord } from '../../replica/records.js'
import { blobBeginning } from '../../store/blob.js'
import { inPages } from '../../store/table.js'
import type { Account } from '../account.js'
import { blobsOf, isComplete } from '../content/content-shape.js'

/** Bytes of mail that are read at once: a browser keeps some more of them in memory. */
const aheadBytes = 1_000_000

/**
 * The same messages in pages. Where the mail consists of the pieces that it came in, those that will be looked through for the digest of a page's messages
 * are read in one call of the store: one by one, each is a transaction of a browser's, behind whatever is being written.
 */
export async function* piecesAhead<T extends { readonly message: MessageRecord | undefined }>(
  { replica: { db }, mailStore }: Account,
  steps: readonly T[],
): AsyncGenerator<readonly T[]> {
  if (!mailStore.pieces) {
    yield steps
    return
  }
  for await (const page of inPages(steps)) {
    const messages = page.flatMap(({ message }) => message ?? [])
    await readContentsAhead(db, messages)
    let left = aheadBytes
    const blobs: string[] = []
    for (const message of messages) {
      const content = await getContent(db, message.content)
      if (!content || content.whole || !isComplete(content)) continue
      left -= content.sizeBytes
      if (left < 0) break
      blobs.push(...blobsOf(content))
    }
    await db.store.getMany(blobs.flatMap(blobBeginning))
    yield page
  }
}
