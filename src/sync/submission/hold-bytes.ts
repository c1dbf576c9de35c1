import { type ByteSource, readRange } from '../../bytes/source.js'
import { contentByDigest } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { Account } from '../account.js'
import type { IdentifiedFile } from '../adopt/identified-file.js'
import { keepBytes } from '../content/content-access.js'
import { splitWhole } from '../scan/identify-file.js'

/**
 * Stores the bytes of a message that was made here and stands in no mail store. Returns how it is made up and
 * the name of its content. The bytes come first, then `recordContent`: a content that is called whole has its
 * bytes.
 */
export async function holdBytes(
  account: Account,
  bytes: ByteSource,
  internalDateMs: number,
): Promise<{ readonly file: Extract<IdentifiedFile, { kind: 'message' }>; readonly id: Guid }> {
  const { replica } = account
  const { skeleton, envelope } = await splitWhole(account, bytes)
  const { digest } = skeleton
  const id = (await contentByDigest(replica.db, digest))?.id ?? replica.nextGuid()
  await keepBytes(account, { id, sizeBytes: skeleton.size }, readRange(bytes))
  return { file: { kind: 'message', digest, skeleton, envelope, internalDateMs }, id }
}
