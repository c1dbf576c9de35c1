import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent } from '../../replica/contents.js'
import { messagesOf } from '../../replica/messages.js'
import { isSubmitted } from '../../replica/submissions.js'
import { tables } from '../../replica/tables.js'
import { deleteBlob } from '../../store/blob.js'
import type { Transaction } from '../../store/database.js'
import { keptBlob } from './content-access.js'
import { blobsOf } from './content-shape.js'

/** Takes a content out of the replica, unless a message or mail that is on its way still has it. */
export async function forgetContent(tx: Transaction, id: string): Promise<void> {
  if ((await messagesOf(tx, id)).length > 0 || (await isSubmitted(tx, id))) return
  const content = await getContent(tx, id)
  if (!content) return
  for (const blob of blobsOf(content)) await deleteBlob(tx, blob)
  await deleteBlob(tx, keptBlob(id))
  for (const table of [tables.content, tables.partial, tables.expected, tables.kept]) table.delete(tx, id)
  tables.large.delete(tx, content.sizeBytes, id)
  if (content.digest !== undefined && (await tables.digest.get(tx, content.digest)) === id)
    tables.digest.delete(tx, content.digest)
  await tables.wanted.clear(tx, [id])
  for (const { digest } of content.skeleton ? decodeSkeleton(content.skeleton).parts : [])
    if (digest !== undefined) tables.part.delete(tx, digest, id)
}
