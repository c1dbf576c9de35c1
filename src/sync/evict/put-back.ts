import type { Change } from '../../replica/change.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { StoreMessage } from '../mail-store.js'

/**
 * Whether a file is one that was evicted and that somebody has put back, perhaps from a backup. The upstream
 * has the message, and is asked what has happened to it since.
 */
export async function takePutBack(
  { tx }: Change,
  mailbox: Guid,
  { guid: written }: StoreMessage,
): Promise<boolean> {
  const guid = written === undefined ? undefined : await currentName(tx, written)
  const evicted = guid === undefined ? undefined : await tables.evicted.get(tx, guid)
  if (guid === undefined || evicted?.mailbox !== mailbox || (await getMessage(tx, guid))) return false
  tables.evicted.put(tx, guid, { ...evicted, putBack: true })
  tables.unknown.put(tx, mailbox, evicted.number, { asked: false })
  return true
}
