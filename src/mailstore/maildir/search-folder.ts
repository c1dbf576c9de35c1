import { constants } from 'node:fs'
import { join } from 'node:path'
import { type MailboxPath, pathKey } from '../../replica/model.js'
import type { SearchMailboxesPort } from '../../sync/mail-store.js'
import { completeFolder, exists } from './change-folders.js'
import * as disk from './disk/disk.js'
import { isAbsent, writeError } from './disk/disk-errors.js'
import { searchMark } from './names/find-folders.js'
import { hasSubscriptions } from './names/subscriptions.js'
import { checkRoot, folderPath, pathOfKey, type Tree } from './tree.js'

/** @param subscribe where only subscribed mailboxes are shown */
export function searchesIn(
  tree: Tree,
  unsettled: Set<string>,
  subscribe: (path: MailboxPath) => Promise<void>,
): SearchMailboxesPort {
  return {
    paths: () => [...tree.searches].map(pathOfKey),
    make: async (path) => {
      if (tree.searches.has(pathKey(path))) return
      await checkRoot(tree)
      await makeSearchFolder(tree, path)
      unsettled.add(tree.root).add(folderPath(tree, path))
      if (await hasSubscriptions(tree.root)) await subscribe(path)
    },
  }
}

/**
 * Makes a folder that shows search results; to mail programs it is a mailbox like any other. Its mark is
 * written first, so that it never looks like a mailbox that somebody has made. Throws MAILBOX_EXISTS,
 * READ_ONLY, DISK_FULL.
 */
async function makeSearchFolder(tree: Tree, path: MailboxPath): Promise<void> {
  const folder = folderPath(tree, path)
  if (await isTaken(folder)) throw exists(path)
  try {
    await disk.makeFolders(folder)
    for (const name of [searchMark, 'maildirfolder']) {
      const mark = join(folder, name)
      await (await disk.open(mark, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW)).close()
    }
  } catch (error) {
    throw writeError(error, folder)
  }
  await completeFolder(folder)
  tree.searches.add(pathKey(path))
}

async function isTaken(folder: string): Promise<boolean> {
  try {
    return (await disk.listNames(folder)).length > 0
  } catch (error) {
    if (isAbsent(error)) return false
    throw writeError(error, folder)
  }
}
