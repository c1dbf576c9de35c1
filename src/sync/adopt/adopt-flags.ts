import { type Change, used } from '../../replica/change.js'
import { placeFile } from '../../replica/files.js'
import { applyDelta, asksToKeep, equalFlags, flagDelta, isEmptyDelta } from '../../replica/flags.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { changeFlags, getMessage } from '../../replica/messages.js'
import type { Flags } from '../../replica/model.js'
import type { FileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import type { StoreMessage } from '../mail-store.js'
import { adoptUid, isShared } from './adopt-uid.js'
import { isFetchAsked, takeFetchKeyword, withoutFetchKeyword } from './fetch-keyword.js'
import type { MailboxScan } from './mailbox-scan.js'
import { addCopy } from './new-message.js'
import { keepExpunging } from './synchronous-expunge.js'

/** Files that have other flags, or another UID, than when they were last seen. */
export async function adoptFlags(account: Account, scan: MailboxScan): Promise<void> {
  const { replica } = account
  if (scan.reflagged.length === 0) return
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    const shared = isShared(await getMailbox(tx, scan.mailbox), scan.numbering)
    for (const { file, now } of scan.reflagged) {
      if (!(await isStill(tx, scan, file, now))) continue
      const uid = shared ? now.uid : undefined
      const { recent: _, ...rest } = file
      tables.file.put(tx, scan.mailbox, now.locator, {
        ...rest,
        flags: now.flags,
        ...(now.recent && { recent: true }),
        ...(uid !== undefined && { uid }),
      })
      const asked = isFetchAsked(account, now)
      await takeFlags(change, scan, file, asked ? withoutFetchKeyword(now) : now)
      if (asked) await takeFetchKeyword(change, scan.mailbox, now)
      if (shared && now.uid !== undefined && now.uid !== file.uid)
        await adoptUid(change, file.message, now.uid)
    }
  })
}

/** Notes that a mail program has opened the mailbox, which says that it is in use, however many messages were in it. */
export async function adoptOpened({ replica }: Account, scan: MailboxScan): Promise<void> {
  if (scan.opened.length === 0) return
  await replica.db.transact(async (tx) => {
    for (const { file, now } of scan.opened) {
      if (!(await isStill(tx, scan, file, now))) continue
      const { recent: _, ...rest } = file
      tables.file.put(tx, scan.mailbox, now.locator, rest)
    }
    const mailbox = await getMailbox(tx, scan.mailbox)
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    if (mailbox) tables.mailbox.put(tx, scan.mailbox, await used(change, mailbox))
  })
}

/** Whether the file still stands for the message. Not if a text in its place was read in the same scan: that was taken over as what it is, with its flags. */
async function isStill(
  reader: Reader,
  { mailbox }: MailboxScan,
  { message }: FileRecord,
  { locator }: StoreMessage,
): Promise<boolean> {
  return (await tables.file.get(reader, mailbox, locator))?.message === message
}

async function takeFlags(
  change: Change,
  scan: MailboxScan,
  file: FileRecord,
  now: StoreMessage,
): Promise<void> {
  const message = await getMessage(change.tx, file.message)
  const delta = flagDelta(file.flags, now.flags)
  if (!message || isEmptyDelta(delta)) return
  if (!message.expunged) {
    if (asksToKeep(file.flags, now.flags) && (await keepExpunging(change, message, now.flags))) return
    const after = await changeFlags(change, message, delta)
    // Somebody else had changed other flags meanwhile: the file must learn of that still.
    if (!equalFlags(after.flags, now.flags)) tables.todo.put(change.tx, scan.mailbox, message.guid, true)
    return
  }
  const wanted: Flags = applyDelta(message.flags, delta)
  if (!asksToKeep(message.flags, wanted)) return
  const kept = { ...now, flags: wanted }
  const { internalDateMs } = message
  const { guid } = await addCopy(
    { change, scan, now: kept },
    { of: message, shown: file.shown, internalDateMs },
  )
  if (equalFlags(wanted, now.flags)) return
  // The same here: it has only what was changed here.
  const { tx } = change
  await placeFile(tx, { ...now, message: guid, mailbox: scan.mailbox, shown: file.shown })
  tables.todo.put(tx, scan.mailbox, guid, true)
}
