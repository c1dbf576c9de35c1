import { hasCode } from '../../errors/packetboat-error.js'
import type { Change } from '../../replica/change.js'
import { fileOf, placeFile } from '../../replica/files.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import type { AshoreFileRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { someStandIn } from '../adopt/arrival.js'
import { addCopy } from '../adopt/new-message.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import { messageOfHit } from '../search/filed-hits.js'

/** Messages that a person took by filing what stood for them have come: each stands where that was put, and its file follows. */
export async function placeHits(account: Account): Promise<void> {
  const { db } = account.replica
  for await (const { key, value } of tables.ashoreFile.list(db)) {
    const [mailbox, locator] = key
    const message = await messageOfHit(db, value)
    const place = await tables.mailboxFile.get(db, mailbox)
    if (!message || !place) continue
    try {
      await placeHit(account, { mailbox, path: place.path, locator, file: value, message })
    } catch (error) {
      if (!isOfOneItem(error) && !isConcurrentChange(error)) throw error
    }
  }
}

async function placeHit(
  { replica, mailStore }: Account,
  {
    mailbox,
    path,
    locator,
    file,
    message,
  }: {
    readonly mailbox: Guid
    readonly path: MailboxPath
    readonly locator: string
    readonly file: AshoreFileRecord
    readonly message: MessageRecord
  },
): Promise<void> {
  const { flags } = file
  const isHome = message.mailbox === mailbox
  const isThere = await isStillThere(mailStore, path, locator)
  // It stands there already: what stood for it goes, as it was.
  if (isThere && isHome && (await fileOf(replica.db, message.guid)))
    await mailStore.remove(path, locator, flags)
  await replica.db.transact(async (tx) => {
    tables.ashoreFile.delete(tx, mailbox, locator)
    if (!isThere || (isHome && (await fileOf(tx, message.guid)))) return
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    const now = { locator, flags }
    if (isHome) {
      await placeFile(tx, { ...now, message: message.guid, mailbox, shown: someStandIn })
      tables.todo.put(tx, mailbox, message.guid, true)
    } else
      await addCopy(
        { change, scan: { mailbox, numbering: undefined }, now },
        { of: message, shown: someStandIn, internalDateMs: message.internalDateMs },
      )
  })
}

async function isStillThere(
  mailStore: Account['mailStore'],
  path: MailboxPath,
  locator: string,
): Promise<boolean> {
  try {
    await (await mailStore.open(path, locator)).close()
    return true
  } catch (error) {
    if (hasCode(error, 'MESSAGE_GONE') || hasCode(error, 'MAILBOX_MISSING')) return false
    throw error
  }
}
