import { removeFile } from '../../replica/files.js'
import { expungeMessage, getMessage, isLive } from '../../replica/messages.js'
import type { FileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { noteFileGone } from '../content/content-access.js'
import { adoptFile } from './adopt-file.js'
import type { Arrival } from './arrival.js'
import { contentOfFile, type IdentifiedFile } from './identified-file.js'

/**
 * A file that was known and was read anew: a program may have written other bytes into it, or a disk lost some.
 * A message's bytes never change (RFC 9051 2.3.1.1), so that is another message, in the place of the one that stood there.
 */
export async function takeRewritten(
  arrival: Arrival,
  file: IdentifiedFile,
  before: FileRecord,
): Promise<void> {
  const { change, scan, now } = arrival
  const { tx } = change
  const message = await getMessage(tx, before.message)
  if (!message) return
  const content = file.kind === 'message' ? await contentOfFile(tx, file) : undefined
  if (content?.id === message.content) return
  await removeFile(tx, message.guid)
  await adoptFile(arrival, file)
  // One that others have moved or removed is gone already: nobody may look for its bytes in this file any longer.
  if (isLive(message)) {
    const taken = await tables.file.get(tx, scan.mailbox, now.locator)
    await expungeMessage(change, message, { base: before.flags, ...(taken && { movedTo: taken.message }) })
  }
  await noteFileGone(tx, message.content)
}
