import type { Reader, Transaction } from '../store/database.js'
import type { Guid } from './model.js'
import type { FileRecord, MailboxFileRecord, PlaceRecord } from './records.js'
import { tables } from './tables.js'

/** What the replica knows of its mail store: which message stands where, with which flags, and how much of it. */

export type PlacedFile = PlaceRecord & FileRecord

export async function fileOf(reader: Reader, message: Guid): Promise<PlacedFile | undefined> {
  const place = await tables.place.get(reader, message)
  const file = place && (await tables.file.get(reader, place.mailbox, place.locator))
  return place && file?.message === message ? { ...place, ...file } : undefined
}

/** Where a message stands, with the mailbox of the mail store that holds it. */
export async function standsIn(
  reader: Reader,
  message: Guid,
): Promise<{ readonly file: PlacedFile; readonly place: MailboxFileRecord } | undefined> {
  const file = await fileOf(reader, message)
  const place = file && (await tables.mailboxFile.get(reader, file.mailbox))
  return file && place && { file, place }
}

/** Notes a message's new place, instead of the one where it stood before. */
export async function placeFile(tx: Transaction, file: PlacedFile): Promise<void> {
  await removeFile(tx, file.message)
  tables.place.put(tx, file.message, { mailbox: file.mailbox, locator: file.locator })
  tables.file.put(tx, file.mailbox, file.locator, {
    message: file.message,
    flags: file.flags,
    ...(file.uid !== undefined && { uid: file.uid }),
    ...(file.recent && { recent: true }),
    shown: file.shown,
  })
}

/** Forgets a message's place in the mail store. */
export async function removeFile(tx: Transaction, message: Guid): Promise<void> {
  const place = await tables.place.get(tx, message)
  if (!place) return
  tables.place.delete(tx, message)
  const file = await tables.file.get(tx, place.mailbox, place.locator)
  if (file?.message === message) tables.file.delete(tx, place.mailbox, place.locator)
}
