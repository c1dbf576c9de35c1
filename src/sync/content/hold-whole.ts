import { readRange } from '../../bytes/source.js'
import { getContent, putContent } from '../../replica/contents.js'
import { isLive, messagesOf } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'
import type { SubmissionRecord } from '../../replica/submission.js'
import { forgetSubmission, isSubmitted } from '../../replica/submissions.js'
import { tables } from '../../replica/tables.js'
import { deleteBlob } from '../../store/blob.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { keptBlob, noteFileGone, openContent } from './content-access.js'
import { blobsOf, isComplete, keepBytes, provePieces, rebuilt } from './content-shape.js'
import { forgetContent } from './forget-content.js'

/** The bytes of mail that is on its way, whatever becomes of files with the same content in the mail store. */

/** Keeps all of a content in the store. False while not all of it is here, or when what came wasn't what was announced. */
export async function holdWhole(account: Account, id: Guid): Promise<boolean> {
  const { db } = account.replica
  const content = await getContent(db, id)
  if (!content) return false
  if (content.whole) {
    const open = await openContent(account, content)
    if (!open) return false
    try {
      await keepBytes(account, content, readRange(open))
    } finally {
      await open.close()
    }
    return true
  }
  if (!isComplete(content) || !(await provePieces(account, content))) return false
  await keepBytes(account, content, rebuilt(account, content))
  await db.transact(async (tx) => {
    const current = await getContent(tx, id)
    if (!current || current.whole) return
    await becomeWhole(tx, current)
  })
  return true
}

/** All of it is in one place now, and the pieces that it came in aren't needed any more. Its other messages than `shown` can show it whole too. */
export async function becomeWhole(tx: Transaction, content: ContentRecord, shown?: Guid): Promise<void> {
  putContent(tx, { ...content, whole: true, held: [] })
  tables.expected.delete(tx, content.id)
  await tables.wanted.clear(tx, [content.id])
  for (const blob of blobsOf(content)) await deleteBlob(tx, blob)
  for (const twin of await messagesOf(tx, content.id))
    if (twin.guid !== shown && isLive(twin)) tables.todo.put(tx, twin.mailbox, twin.guid, true)
}

/** Nobody asks after it any more, and its bytes are kept only as far as mail or others that are on their way need them. */
export async function dropSubmission(tx: Transaction, submission: SubmissionRecord): Promise<void> {
  const { content: id } = submission
  await forgetSubmission(tx, submission)
  if ((await isSubmitted(tx, id)) || (await tables.kept.has(tx, id))) return
  if ((await messagesOf(tx, id)).length === 0) return forgetContent(tx, id)
  await deleteBlob(tx, keptBlob(id))
  await noteFileGone(tx, id)
}
