import { eachMessageOf, messagesOf } from '../../replica/content/messages-of-content.js'
import { fileOf, type PlacedFile, standsIn } from '../../replica/files.js'
import { currentName } from '../../replica/ids/current-name.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { type ContentRecord, substituteFile, wholeFile } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { isItOf } from '../content/recognise-message.js'
import type { IsIt, NewMessage } from '../mail-store.js'

/** A message shown by a file that stands elsewhere: one that it was moved from, or a copy. */

/** Where copies of contents stand, as far as one run has found out: ten thousand copies aren't to look for each other ten thousand times each. */
export class KnownTwins {
  /** By content: a message that showed it whole. */
  readonly whole = new Map<Guid, Guid>()
  /** Contents that no message showed whole when that was looked for, and of which no file has been noted since. */
  readonly none = new Set<Guid>()
  /** By content, and by the message that it lives on as: what was moved. As it stood at this position of the log. */
  readonly moved = new Map<Guid, { readonly head: number; readonly from: ReadonlyMap<Guid, Guid> }>()
}

/** What stands for a message now, and how much of it that shows. */
export interface ShownFile {
  readonly locator: string
  readonly uid?: number
  readonly uidValidity?: number
  readonly shown: number
  /** The message that stood for it elsewhere, and has gone from there with that. */
  readonly vacated?: Guid
}

/** Shows a message by a file that exists: moves it, or links to it. */
export async function showAsAnother(
  account: Account,
  content: ContentRecord,
  { message, path }: { readonly message: NewMessage; readonly path: MailboxPath },
  twins: KnownTwins,
): Promise<ShownFile | undefined> {
  const moved = await movedFile(account, content, message, path, twins)
  if (moved) return moved
  const twin = await findWholeTwin(account, content, message, twins)
  return twin && { ...(await account.mailStore.copy(twin, path, message)), shown: twin.shown }
}

/** The message was moved here from a mailbox where it still stands, in a store that can do that too. */
async function movedFile(
  { replica: { db }, mailStore }: Account,
  content: ContentRecord,
  message: NewMessage,
  path: MailboxPath,
  twins: KnownTwins,
): Promise<ShownFile | undefined> {
  if (!mailStore.move) return undefined
  const guid = await movedFrom(db, content.id, message.guid, twins)
  const stands =
    guid === undefined || (await tables.aside.get(db, guid)) ? undefined : await standsIn(db, guid)
  if (guid === undefined || !stands || !isMessageItself(stands.file)) return undefined
  const { locator, flags, shown } = stands.file
  const isIt = await isItOf(db, guid, stands.file)
  const from = { path: stands.place.path, locator, flags, ...(isIt && { isIt }) }
  const placed = await mailStore.move(from, path, message)
  return placed && { ...placed, shown, vacated: guid }
}

/** What a message was before it was moved, if that stands somewhere. */
async function movedFrom(
  reader: Reader,
  content: Guid,
  to: Guid,
  { moved }: KnownTwins,
): Promise<Guid | undefined> {
  const { head } = await readReplicaRecord(reader)
  let known = moved.get(content)
  if (known?.head !== head && !known?.from.has(to)) {
    const from = new Map<Guid, Guid>()
    for (const { guid, expunged, movedTo } of await messagesOf(reader, content)) {
      const lives = expunged && movedTo !== undefined ? await currentName(reader, movedTo) : undefined
      if (lives !== undefined && !from.has(lives) && (await fileOf(reader, guid))) from.set(lives, guid)
    }
    known = { head, from }
    moved.set(content, known)
  }
  return known?.from.get(to)
}

/** No stand-in: all of the message, whether it can be read or not. */
const isMessageItself = ({ shown }: Pick<PlacedFile, 'shown'>): boolean =>
  shown === wholeFile || shown === substituteFile

interface WholeTwin {
  readonly path: MailboxPath
  readonly locator: string
  readonly isIt?: IsIt
  readonly shown: number
}

async function findWholeTwin(
  account: Account,
  content: ContentRecord,
  message: NewMessage,
  { whole, none }: KnownTwins,
): Promise<WholeTwin | undefined> {
  if (none.has(content.id)) return undefined
  const known = whole.get(content.id)
  const there = known === undefined ? undefined : await wholeTwin(account, content, known)
  if (there) return there
  for await (const { guid } of eachMessageOf(account.replica.db, content.id)) {
    const found = guid === message.guid ? undefined : await wholeTwin(account, content, guid)
    if (!found) continue
    whole.set(content.id, guid)
    return found
  }
  none.add(content.id)
  return undefined
}

async function wholeTwin(
  account: Account,
  content: ContentRecord,
  guid: Guid,
): Promise<WholeTwin | undefined> {
  const { db } = account.replica
  const stands = await standsIn(db, guid)
  if (!stands || !isMessageItself(stands.file)) return undefined
  const { path } = stands.place
  const { locator, shown } = stands.file
  if (shown === substituteFile) return { path, locator, shown }
  const open = await account.mailStore.open(path, locator).catch(() => undefined)
  await open?.close()
  const isIt = await isItOf(db, guid, stands.file)
  return open?.size === content.sizeBytes ? { path, locator, shown, ...(isIt && { isIt }) } : undefined
}
