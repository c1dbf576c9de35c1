import type { AshorePlace } from '../../mime/stand-in/stand-in.js'
import { isLive, messageByUpstream } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { AshoreFileRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { StoreMessage } from '../mail-store.js'

/**
 * A person has moved or copied the stand-in of a hit out of the mailbox that shows it. The message comes with
 * the next exchange, as if taken, and then stands where it was put. Until then it is nobody's mail.
 */
export async function wishForHit(
  tx: Transaction,
  mailbox: Guid,
  { locator, flags }: StoreMessage,
  place: AshorePlace,
): Promise<void> {
  tables.ashoreFile.put(tx, mailbox, locator, { ...place, flags })
  if (isLive(await messageByUpstream(tx, place.mailbox, place.number))) return
  tables.unknown.put(tx, place.mailbox, place.number, { asked: false })
  tables.taken.put(tx, place.mailbox, place.number, true)
}

/** The message that it stands for, once that is here: another one may have got its number where the upstream has lost its memory. */
export async function messageOfHit(
  reader: Reader,
  { mailbox, number, sizeBytes, arrivedMs }: Omit<AshoreFileRecord, 'flags'>,
): Promise<MessageRecord | undefined> {
  const message = await messageByUpstream(reader, mailbox, number)
  // Hits tell the minute.
  if (!isLive(message) || Math.floor(message.internalDateMs / 60_000) * 60_000 !== arrivedMs) return undefined
  const content = await tables.content.get(reader, message.content)
  return content?.sizeBytes === sizeBytes ? message : undefined
}
