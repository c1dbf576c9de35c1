import { hasCode } from '../../errors/packetboat-error.js'
import type { Change } from '../../replica/change.js'
import { fileOf, type PlacedFile } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { noteConflict } from '../../replica/merge/conflict-log.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Flags, Guid } from '../../replica/model.js'
import type { MailboxFileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import { someStandIn } from '../adopt/arrival.js'
import { hasFetchKeyword, wantWhole } from '../adopt/fetch-keyword.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import { isSelected } from '../policy/selection.js'

/** Stand-ins that were in the mail store before this database was made: the upstream tells what they stand for. */

type OrphanKey = [message: Guid, mailbox: Guid, locator: string]

/** The orphaned stand-in for this message. */
export async function orphanOf(
  { replica }: Account,
  guid: Guid,
  mailbox: Guid,
): Promise<PlacedFile | undefined> {
  for await (const { key, value } of tables.unknownStandIn.list(replica.db, [guid, mailbox], { limit: 1 }))
    return { message: guid, mailbox, locator: key[2], flags: value, shown: someStandIn }
  return undefined
}

/** Somebody has removed it before its message could take its place: that is written afresh then. */
export async function forgetGoneOrphan(
  account: Account,
  mailbox: Guid,
  guid: Guid,
  place: MailboxFileRecord | undefined,
): Promise<void> {
  const { mailStore, replica } = account
  const orphan = place && (await orphanOf(account, guid, mailbox))
  if (!orphan || (await mailStore.confirmGone(place.path, [orphan.locator])).length === 0) return
  await replica.db.transact(async (tx) => tables.unknownStandIn.delete(tx, guid, mailbox, orphan.locator))
}

/** Its message has a file by now. Whoever asked for all of it by the stand-in gets that. */
export async function forgetOrphan(tx: Transaction, { message: guid, mailbox }: PlacedFile): Promise<void> {
  for await (const { key, value } of tables.unknownStandIn.list(tx, [guid, mailbox])) {
    const message = hasFetchKeyword(value) ? await getMessage(tx, guid) : undefined
    if (message) await wantWhole(tx, message)
    tables.unknownStandIn.delete(tx, ...key)
  }
}

/**
 * The upstream has told everything it has: a stand-in that is left stands for nothing any more and is put
 * aside. One whose message is here is no orphan, even when nothing could be written: put aside, it would be
 * read as expunged by a person.
 */
export async function setOrphansAside(account: Account, select: readonly string[]): Promise<void> {
  const { db } = account.replica
  await account.exclusive(async () => {
    for await (const { key, value } of tables.unknownStandIn.list(db)) {
      const stands = await standsFor(db, key)
      if (stands === 'known') await db.transact(async (tx) => tables.unknownStandIn.delete(tx, ...key))
      if (stands === undefined) await setOrphanAside(account, key, value, select)
    }
  })
}

async function setOrphanAside(
  { mailStore, replica }: Account,
  key: OrphanKey,
  flags: Flags,
  select: readonly string[],
): Promise<void> {
  const [, guid, locator] = key
  const mailbox = await getMailbox(replica.db, guid)
  const place = await tables.mailboxFile.get(replica.db, guid)
  if (mailbox && !isSelected(select, mailbox)) return
  try {
    if (place) await mailStore.setAside(place.path, locator, flags)
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    // What has gone meanwhile is done with. What was changed, or can't be put aside now, has its turn with the next sync.
    if (!isConcurrentChange(error) || hasCode(error, 'MESSAGE_CHANGED')) return
  }
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'local' } }
    await noteConflict(change, { kind: 'recalled', mailbox: guid })
    tables.unknownStandIn.delete(tx, ...key)
  })
}

/** Whether its message waits here for a file, or has this one. */
async function standsFor(
  reader: Reader,
  [guid, mailbox, locator]: OrphanKey,
): Promise<'waits' | 'known' | undefined> {
  const message = await getMessage(reader, guid)
  if (!isLive(message) || message.mailbox !== mailbox) return undefined
  const file = await fileOf(reader, guid)
  if (!file) return 'waits'
  return file.locator === locator ? 'known' : undefined
}
