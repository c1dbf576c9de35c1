import { type Guid, pathText } from '../../replica/model.js'
import type { MailboxFileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import type { StoreMailbox } from '../mail-store.js'
import { namesOf } from './known-mailboxes.js'

/**
 * Mailboxes whose identity says another one than their name does, and that hold what the name says: their disk
 * has numbered its folders anew (exFAT does with each mount, and some network disks). Believed, each would get
 * the name, and everybody else's mail, of whichever mailbox had its number before.
 */
export async function findMisleading(
  { replica, mailStore }: Account,
  all: readonly StoreMailbox[],
  files: ReadonlyMap<Guid, MailboxFileRecord>,
): Promise<ReadonlySet<StoreMailbox>> {
  const misleading = new Set<StoreMailbox>()
  if (!mailStore.listLocators) return misleading
  const { byIdentity, byPath } = namesOf(files)
  // Those that can't be looked into are there, too.
  const present = new Set(all.map(({ path }) => pathText(path)))
  for (const store of all) {
    if (store.unreadable !== undefined) continue
    const old = byIdentity.get(store.identity)
    const named = byPath.get(pathText(store.path))
    const oldPath = old && files.get(old)?.path
    // Where nothing has the old name any more, it was renamed.
    if (!oldPath || old === named || !(named || present.has(pathText(oldPath)))) continue
    const locators = await mailStore.listLocators(store.path).catch(() => [])
    const held = async (by: Guid | undefined): Promise<number> => {
      let count = 0
      if (by) for (const locator of locators) count += Number(await tables.file.has(replica.db, by, locator))
      return count
    }
    const ofOld = await held(old)
    if (ofOld === 0 || ofOld < (await held(named))) misleading.add(store)
  }
  return misleading
}
