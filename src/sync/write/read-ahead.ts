import { getContent, readContentsAhead } from '../../replica/content/contents.js'
import type { MessageRecord } from '../../replica/records.js'
import { blobBeginning, headKey } from '../../store/blob.js'
import { inPages } from '../../store/table.js'
import type { Account } from '../account.js'
import { blobsOf, isComplete } from '../content/content-shape.js'

/** Bytes of mail that are read at once: a browser keeps some more of them in memory. */
const aheadBytes = 1_000_000

/**
 * The same messages in pages. What a page's messages are put together from is read in one call of the store: one by one, each read is a transaction.
 * Where the mail consists of the pieces that it came in, they are looked through for its digest, long ones too.
 */
export async function* piecesAhead<T extends { readonly message: MessageRecord | undefined }>(
  { replica: { db }, mailStore }: Account,
  steps: readonly T[],
): AsyncGenerator<readonly T[]> {
  for await (const page of inPages(steps)) {
    const messages = page.flatMap(({ message }) => message ?? [])
    await readContentsAhead(db, messages)
    let left = aheadBytes
    const blobs: string[] = []
    for (const message of messages) {
      const content = await getContent(db, message.content)
      if (!content || content.whole || !isComplete(content)) continue
      if (content.sizeBytes > left) continue
      left -= content.sizeBytes
      blobs.push(...blobsOf(content))
    }
    if (mailStore.pieces) await db.store.getMany(blobs.flatMap(blobBeginning))
    else await db.readAhead(blobs.map(headKey))
    yield page
  }
}
