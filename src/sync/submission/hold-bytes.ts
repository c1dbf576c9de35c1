import { type ByteSource, readRange } from '../../bytes/source.js'
import { messageChanged } from '../../mime/lines.js'
import { contentByDigest } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import type { Account } from '../account.js'
import type { IdentifiedFile } from '../adopt/identified-file.js'
import { keepBytes, type OpenContent, openContent } from '../content/content-access.js'
import { splitWhole } from '../scan/identify-file.js'

/** The bytes of what is made or handed in here are held in the store until it has gone. */

/**
 * Stores the bytes of a message that was made here and stands in no mail store. Returns how it is made up and
 * the name of its content. The bytes come first, then `recordContent`: a content that is called whole has its
 * bytes. `isSteady` is asked when all of them have been read, and before any is kept. Throws MESSAGE_CHANGED
 * where it says no, or where they have changed since.
 */
export async function holdBytes(
  account: Account,
  bytes: ByteSource,
  internalDateMs: number,
  isSteady: () => Promise<boolean> = async () => true,
): Promise<{ readonly file: Extract<IdentifiedFile, { kind: 'message' }>; readonly id: Guid }> {
  const { replica } = account
  const { skeleton, envelope } = await splitWhole(account, bytes)
  const { digest } = skeleton
  if (!(await isSteady())) throw messageChanged()
  const id = (await contentByDigest(replica.db, digest))?.id ?? replica.nextGuid()
  const isKept = await keepBytes(account, { id, sizeBytes: skeleton.size, digest }, readRange(bytes))
  if (!isKept) throw messageChanged()
  return { file: { kind: 'message', digest, skeleton, envelope, internalDateMs }, id }
}

/** Opens what was handed in where it is held: into its draft, or another copy of it, a program may write. */
export async function openHeld(account: Account, content: ContentRecord): Promise<OpenContent | undefined> {
  return openContent(account, content, { prove: true })
}
