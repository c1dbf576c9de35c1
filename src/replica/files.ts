import type { Reader, Transaction } from '../store/database.js'
import type { Guid } from './model.js'
import { type FileRecord, keys, type MailboxFileRecord, type PlaceRecord } from './records.js'

/** What the replica knows of its mail store: which message stands where, with which flags, and how much of it. */

export type PlacedFile = PlaceRecord & FileRecord

export async function fileOf(reader: Reader, message: Guid): Promise<PlacedFile | undefined> {
  const place = await reader.get<PlaceRecord>(keys.place(message))
  const file = place && (await reader.get<FileRecord>(keys.file(place.mailbox, place.locator)))
  return place && file?.message === message ? { ...place, ...file } : undefined
}

/** Where a message stands, with the mailbox in the mail store that it stands in. */
export async function standsIn(
  reader: Reader,
  message: Guid,
): Promise<{ readonly file: PlacedFile; readonly place: MailboxFileRecord } | undefined> {
  const file = await fileOf(reader, message)
  const place = file && (await reader.get<MailboxFileRecord>(keys.mailboxFile(file.mailbox)))
  return file && place && { file, place }
}

/** Notes where a message stands now, instead of where it stood before. */
export async function placeFile(tx: Transaction, file: PlacedFile): Promise<void> {
  await removeFile(tx, file.message)
  tx.put(keys.place(file.message), { mailbox: file.mailbox, locator: file.locator })
  tx.put(keys.file(file.mailbox, file.locator), {
    message: file.message,
    flags: file.flags,
    ...(file.uid !== undefined && { uid: file.uid }),
    ...(file.recent && { recent: true }),
    shown: file.shown,
  })
}

/** Forgets a message's place in the mail store. */
export async function removeFile(tx: Transaction, message: Guid): Promise<void> {
  const place = await tx.get<PlaceRecord>(keys.place(message))
  if (!place) return
  tx.delete(keys.place(message))
  const file = await tx.get<FileRecord>(keys.file(place.mailbox, place.locator))
  if (file?.message === message) tx.delete(keys.file(place.mailbox, place.locator))
}
