import { hasCode } from '../../errors/packetboat-error.js'
import type { Change } from '../../replica/change.js'
import type { PlacedFile } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { noteConflict } from '../../replica/merge/conflict-log.js'
import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import { isSelected } from '../policy/selection.js'
import { someStandIn } from '../scan/adopt-file.js'

/** Stand-ins that were in the mail store before this database was made: the upstream tells what they stand for. */

/** The one that stands for this message. */
export async function orphanOf(
  { replica }: Account,
  guid: Guid,
  mailbox: Guid,
): Promise<PlacedFile | undefined> {
  for await (const { key, value } of tables.unknownStandIn.list(replica.db, [guid, mailbox], { limit: 1 }))
    return { message: guid, mailbox, locator: key[2], flags: value, shown: someStandIn }
  return undefined
}

/** The upstream has told all that it has: a stand-in that is left stands for nothing any more, and is put aside. */
export async function setOrphansAside(account: Account, select: readonly string[]): Promise<void> {
  const { replica, mailStore } = account
  await account.exclusive(async () => {
    for await (const { key, value } of tables.unknownStandIn.list(replica.db)) {
      const guid = key[1]
      const mailbox = await getMailbox(replica.db, guid)
      const place = await tables.mailboxFile.get(replica.db, guid)
      if (mailbox && !isSelected(select, mailbox)) continue
      try {
        if (place) await mailStore.setAside(place.path, key[2], value)
      } catch (error) {
        if (!isOfOneItem(error)) throw error
        // What has gone meanwhile is done with. What was changed, or can't be put aside now, has its turn with the next sync.
        if (!isConcurrentChange(error) || hasCode(error, 'MESSAGE_CHANGED')) continue
      }
      await replica.db.transact(async (tx) => {
        const change: Change = { tx, replica, origin: { kind: 'local' } }
        await noteConflict(change, { kind: 'recalled', mailbox: guid })
        tables.unknownStandIn.delete(tx, ...key)
      })
    }
  })
}
