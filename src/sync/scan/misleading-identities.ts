import { type Guid, pathText } from '../../replica/model.js'
import type { MailboxFileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Database } from '../../store/database.js'
import type { Account } from '../account.js'
import type { StoreMailbox } from '../mail-store.js'

/**
 * Mailboxes whose identity says another one than their name does, and that hold what the name says: their disk
 * has numbered its folders anew (exFAT does with each mount, and some network disks). Believed, each would get
 * the name, and everybody else's mail, of whichever mailbox had its number before.
 */
export async function findMisleading(
  { replica, mailStore }: Account,
  stores: readonly StoreMailbox[],
): Promise<ReadonlySet<StoreMailbox>> {
  const misleading = new Set<StoreMailbox>()
  if (!mailStore.listLocators) return misleading
  const [byIdentity, byPath] = await knownMailboxes(replica.db)
  const present = new Set(stores.map(({ path }) => pathText(path)))
  for (const store of stores) {
    const old = byIdentity.get(store.identity)
    const named = byPath.get(pathText(store.path))
    // Where nothing has the old name any more, it was renamed.
    if (!old || old.guid === named?.guid || !(named || present.has(pathText(old.path)))) continue
    const locators = await mailStore.listLocators(store.path).catch(() => [])
    const held = async (by: Guid | undefined): Promise<number> => {
      let count = 0
      if (by) for (const locator of locators) count += Number(await tables.file.has(replica.db, by, locator))
      return count
    }
    const ofOld = await held(old.guid)
    if (ofOld === 0 || ofOld < (await held(named?.guid))) misleading.add(store)
  }
  return misleading
}

type Known = Pick<MailboxFileRecord, 'path'> & { readonly guid: Guid }

async function knownMailboxes(
  db: Database,
): Promise<[byIdentity: ReadonlyMap<string, Known>, byPath: ReadonlyMap<string, Known>]> {
  const [byIdentity, byPath] = [new Map<string, Known>(), new Map<string, Known>()]
  for await (const { key, value } of tables.mailboxFile.list(db)) {
    const known = { guid: key[0], path: value.path }
    byIdentity.set(value.identity, known)
    byPath.set(pathText(value.path), known)
  }
  return [byIdentity, byPath]
}
