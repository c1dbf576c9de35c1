import type { Change } from '../../replica/change.js'
import { messagesOf } from '../../replica/content/messages-of-content.js'
import { standsIn } from '../../replica/files.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import type { IdentifiedFile } from '../adopt/identified-file.js'
import { scanOfNothing } from '../adopt/mailbox-scan.js'
import { movementsOf } from '../adopt/movements.js'
import { takeRewritten } from '../adopt/rewritten.js'
import { Unfiled } from '../adopt/unfiled.js'
import { noteUnreadable } from '../content/content-access.js'
import type { StoreMessage } from '../mail-store.js'
import { identifyFile } from './identify-file.js'

/**
 * A content that hadn't been read as a whole turns out to differ from its skeleton. Devices have been told of
 * it, and a content never changes. So its messages are read anew and come as new ones, and those that were
 * told of are replaced by them. One that is gone, is changed meanwhile or can't be read stands in no other's
 * way: the next scan sees it. Runs under `account.exclusive`.
 */
export async function rereadContent(account: Account, id: Guid): Promise<void> {
  const { replica } = account
  const { db } = replica
  for (const { guid } of await messagesOf(db, id)) {
    const stands = await standsIn(db, guid)
    if (stands?.file.shown !== wholeFile) continue
    const { path, numbering } = stands.place
    const { mailbox, locator, flags, uid } = stands.file
    const now: StoreMessage = { locator, flags, ...(uid !== undefined && { uid }) }
    const read = await identifiedOrNoted(account, guid, path, now)
    if (!read) continue
    await db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
      const scan = scanOfNothing({ mailbox, path, numbering })
      const movements = movementsOf(tx, [])
      const arrival = { change, scan, movements, unfiled: new Unfiled(mailbox), now }
      await takeRewritten(arrival, read, stands.file)
    })
  }
  // The mail server's name for the bytes is that of the other content.
  for await (const { key, value } of tables.contentId.list(db))
    if (value === id) await db.transact(async (tx) => tables.contentId.delete(tx, ...key))
}

async function identifiedOrNoted(
  account: Account,
  guid: Guid,
  path: MailboxPath,
  now: StoreMessage,
): Promise<IdentifiedFile | undefined> {
  try {
    return await identifyFile(account, path, now, { whole: true })
  } catch (error) {
    await noteUnreadable(account, guid, error)
    return undefined
  }
}
