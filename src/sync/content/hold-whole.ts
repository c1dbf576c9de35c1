import { readRange } from '../../bytes/source.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent, putContent } from '../../replica/content/contents.js'
import { isReferredTo, liveMessagesOf } from '../../replica/content/messages-of-content.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import type { SubmissionRecord } from '../../replica/submission/submission.js'
import { forgetSubmission, isSubmitted } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import { deleteBlob } from '../../store/blob.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOnlyKept, keepBytes, keptBlob, noteFileGone, openContent } from './content-access.js'
import { blobsOf, isComplete, provePieces, rebuilt } from './content-shape.js'

/** All bytes of a content in one place: held for as long as somebody needs them, whatever becomes of files in the mail store. */

/** Keeps all of a content in the store. False while not all of it is here, or when what came wasn't what was announced. */
export async function holdWhole(account: Account, id: Guid): Promise<boolean> {
  const { db } = account.replica
  const content = await getContent(db, id)
  if (!content) return false
  // A program may have written into the first file that is found: another may hold what was read first.
  if (content.whole) return (await holdFile(account, content)) || holdFile(account, content, true)
  if (!isComplete(content) || !(await provePieces(account, content))) return false
  await keepBytes(account, content, rebuilt(account, content))
  await db.transact(async (tx) => {
    const current = await getContent(tx, id)
    if (!current || current.whole) return
    await becomeWhole(tx, current)
  })
  return true
}

async function holdFile(account: Account, content: ContentRecord, prove = false): Promise<boolean> {
  const open = await openContent(account, content, { prove })
  if (!open) return false
  try {
    return await keepBytes(account, content, readRange(open))
  } finally {
    await open.close()
  }
}

/** Notes that all of a content is in one place, so that the pieces it came in aren't needed any more. Other messages than `shown` can show it whole, too. */
export async function becomeWhole(tx: Transaction, content: ContentRecord, shown?: Guid): Promise<void> {
  const { gist: _, fileGists: __, ...rest } = content
  putContent(tx, { ...rest, whole: true, held: [] }, content)
  tables.expected.delete(tx, content.id)
  await tables.wanted.clear(tx, [content.id])
  for (const blob of blobsOf(content)) await deleteBlob(tx, blob)
  for await (const twin of liveMessagesOf(tx, content.id))
    if (twin.guid !== shown) tables.todo.put(tx, twin.mailbox, twin.guid, true)
}

/** Nobody asks after it any more, and its bytes are kept only as far as mail or others that are on their way need them. */
export async function dropSubmission(tx: Transaction, submission: SubmissionRecord): Promise<void> {
  await forgetSubmission(tx, submission)
  await releaseContent(tx, submission.content)
}

/** One who needed the bytes of a content doesn't any more. */
export async function releaseContent(tx: Transaction, id: Guid): Promise<void> {
  if ((await isSubmitted(tx, id)) || (await tables.kept.has(tx, id))) return
  if (!(await isReferredTo(tx, id))) return forgetContent(tx, id)
  if (await isOnlyKept(tx, id)) return tables.kept.put(tx, id, 0)
  await deleteBlob(tx, keptBlob(id))
  await noteFileGone(tx, id)
}

/** Takes a content out of the replica, unless a message or mail that is on its way still has it. */
export async function forgetContent(tx: Transaction, id: string): Promise<void> {
  if ((await isReferredTo(tx, id)) || (await isSubmitted(tx, id))) return
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
