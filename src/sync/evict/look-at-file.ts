import { getContent } from '../../replica/content/contents.js'
import { fileOf, type PlacedFile, standsIn } from '../../replica/files.js'
import { equalFlags } from '../../replica/flags.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { type MessageRecord, substituteFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOfOneItem } from '../error-scope.js'
import type { EvictionsPort } from '../mail-store.js'
import { diskBytes } from './disk-bytes.js'
import { isAtRest, isMarked, isUnread } from './is-at-rest.js'
import type { StayReason } from './stays.js'

/** A file that may go. */
export interface Leaving {
  readonly file: PlacedFile
  readonly path: MailboxPath
  /** The names by which databases, including older ones, may know the message. */
  readonly names: readonly Guid[]
  /** The upstream's for the message. */
  readonly number: number
  /** On this disk. */
  readonly bytes: number
}

/** The file of a message, if nothing that is known here speaks against its going, and nothing that the disk tells; else what does. */
export async function lookAtFile(
  { replica: { db, now } }: Pick<Account, 'replica'>,
  evictions: EvictionsPort,
  guid: Guid,
  { unreadForMs }: { readonly unreadForMs: number },
): Promise<Leaving | StayReason> {
  const message = await getMessage(db, guid)
  if (!isLive(message)) return 'busy'
  const reason = await whyItStays(db, message)
  if (reason) return reason
  const stands = await standsIn(db, guid)
  if (!stands) return 'busy'
  const { file, place } = stands
  try {
    const { guid: written, readMs } = await evictions.lookAt(place.path, file.locator)
    // What another program has put there stays: nobody can tell whether a person wants it just there.
    if (written === undefined || (await currentName(db, written)) !== guid) return 'foreign'
    if (readMs > now() - unreadForMs) return 'read'
    const content = await getContent(db, message.content)
    const bytes = content ? diskBytes(content, file) : 0
    return { file, path: place.path, names: [...new Set([guid, written])], number: message.upstream, bytes }
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return 'unreadable'
  }
}

async function whyItStays(reader: Reader, message: MessageRecord): Promise<StayReason | undefined> {
  if (isMarked(message)) return 'marked'
  if (isUnread(message)) return 'unread'
  if (await tables.taken.has(reader, message.mailbox, message.upstream)) return 'taken'
  const content = await getContent(reader, message.content)
  const file = await fileOf(reader, message.guid)
  if (!content || !file || file.mailbox !== message.mailbox) return 'busy'
  if (file.recent || file.shown === substituteFile || !equalFlags(file.flags, message.flags)) return 'busy'
  if ((await tables.evicted.get(reader, message.guid))?.putBack) return 'taken'
  if (await tables.problem.has(reader, 'read', file.mailbox, file.locator)) return 'unreadable'
  return (await isAtRest(reader, message, content)) ? undefined : 'busy'
}
