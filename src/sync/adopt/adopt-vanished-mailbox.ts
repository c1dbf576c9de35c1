import { type Change, journal } from '../../replica/change.js'
import { deleteMailbox, getMailbox } from '../../replica/mailboxes.js'
import { expungeMessage, liveMessages } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { FileRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import type { Account } from '../account.js'
import { isAllowed } from '../policy/guard.js'
import { forgetNumbering, isShared } from './adopt-uid.js'
import { forgetFile } from './adopt-vanished.js'
import { judgeMissing } from './hold-back.js'

/**
 * A mailbox is no longer in the mail store: it was deleted there, with what it held. Mail that hadn't been
 * written there yet can't have been meant, so the mailbox comes back with that. A mailbox that held more than
 * the guard allows is deleted only once somebody confirms it; what was held back is returned.
 */
export async function adoptVanishedMailbox(
  account: Account,
  guid: Guid,
  options: VanishedOptions,
): Promise<HeldBack | undefined> {
  const { replica } = account
  return replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    return mailboxVanished(change, account, guid, options)
  })
}

interface VanishedOptions {
  readonly allow: readonly string[]
  /** Messages that have turned up elsewhere, and as what. */
  readonly movedTo: ReadonlyMap<Guid, Guid>
  readonly emptied: boolean
  /** The folder of INBOX is another one than it was: the whole mail store may be a backup, and the mailbox newer than that. */
  readonly replaced: boolean
}

async function mailboxVanished(
  change: Change,
  { guard }: Account,
  guid: Guid,
  { allow, movedTo, emptied, replaced }: VanishedOptions,
): Promise<HeldBack | undefined> {
  const { tx } = change
  const files: FileRecord[] = []
  for await (const { value } of tables.file.list(tx, [guid])) files.push(value)
  const gone = files.filter(({ message }) => !movedTo.has(message)).length
  const vanished = await getMailbox(tx, guid)
  const place = await tables.mailboxFile.get(tx, guid)
  if (vanished && !vanished.deleted) {
    const count = { gone, of: files.length, emptied, replaced }
    const held = await judgeMissing(change, guard, { mailbox: vanished, where: 'here', ...count }, allow)
    // Should it come back, all of it is looked at.
    if (held && place) tables.mailboxFile.put(tx, guid, { ...place, token: '' })
    if (held || (emptied && files.length === 0 && !isAllowed(vanished, allow))) return held
  }
  tables.mailboxFile.delete(tx, guid)
  // It may come back, and the mail server won't know then what it has shown under which UID.
  if (vanished && isShared(vanished, place?.numbering)) forgetNumbering(change, vanished)
  for (const { message } of files) await forgetFile(tx, message)
  await endMailbox(change, guid, new Set(files.map(({ message }) => message)), movedTo)
  return undefined
}

/** Expunges what had been seen there. Nobody has deleted the rest: where there is any, the mailbox comes back with it. */
async function endMailbox(
  change: Change,
  guid: Guid,
  seen: ReadonlySet<Guid>,
  movedTo: VanishedOptions['movedTo'],
): Promise<void> {
  const { tx } = change
  const mailbox = await getMailbox(tx, guid)
  if (!mailbox || mailbox.deleted) return
  const messages: MessageRecord[] = []
  for await (const message of liveMessages(tx, guid)) messages.push(message)
  const unseen = messages.filter((message) => !seen.has(message.guid))
  for (const message of messages) {
    if (!seen.has(message.guid)) continue
    const moved = movedTo.get(message.guid)
    // The upstream is told of each only where the end of the mailbox doesn't say it all.
    const silent = unseen.length === 0 && moved === undefined
    await expungeMessage(change, message, {
      base: message.flags,
      silent,
      ...(moved !== undefined && { movedTo: moved }),
    })
  }
  if (unseen.length > 0) {
    tables.todoMailbox.put(tx, guid, true)
    for (const message of unseen) tables.todo.put(tx, guid, message.guid, true)
    return
  }
  await journal(change, { op: 'mailbox-delete', mailbox: guid })
  const hollow = await getMailbox(tx, guid)
  if (hollow) await deleteMailbox(change, hollow)
}
