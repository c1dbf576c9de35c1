import { readRange } from '../../bytes/source.js'
import { getContent } from '../../replica/content/contents.js'
import { isShown } from '../../replica/content/messages-of-content.js'
import { hasDevices } from '../../replica/devices.js'
import type { PlacedFile } from '../../replica/files.js'
import { type MessageRecord, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { blobSize } from '../../store/blob.js'
import type { Account } from '../account.js'
import { keepBytes, keptBlob, openContent } from '../content/content-access.js'

/**
 * Keeps a content's bytes before its last file goes away, on a replica that serves devices: one of them may
 * have moved or copied the message meanwhile and hold only a part of it.
 */
export async function keepContent(account: Account, message: MessageRecord, file: PlacedFile): Promise<void> {
  const { db } = account.replica
  if (file.shown !== wholeFile || !(await hasDevices(db))) return
  const content = await getContent(db, message.content)
  if (!content?.whole) return
  if (await isShown(db, content.id)) return
  const note = () => db.transact(async (tx) => tables.kept.put(tx, content.id, message.modseq))
  // Of a thousand copies that go, the first one has done it for all.
  if ((await blobSize(db, keptBlob(content.id))) === content.sizeBytes) return note()
  const open = await openContent(account, content, { likely: message.guid })
  if (!open) return
  try {
    await note()
    await keepBytes(account, content, readRange(open, 0, open.size, 256 * 1024))
  } finally {
    await open.close()
  }
}
