import { join } from 'node:path'
import { systemCode } from '../../errors/system-code.js'
import type { Guid } from '../../replica/model.js'
import type { StoredContent } from '../../sync/mail-store.js'
import * as disk from './disk/disk.js'
import { readError, writeError } from './disk/disk-errors.js'
import { linkOrCopy } from './disk/write-file.js'
import { openContent } from './file-content.js'

/** Second names of messages, in a folder of the tree's root that no mail program shows. Links, so that they cost no room. */
const folderName = 'packetboat-held'

export async function holdFile(root: string, file: string, name: Guid): Promise<void> {
  try {
    await disk.makeFolders(join(root, folderName))
    await linkOrCopy(file, join(root, folderName, name))
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw writeError(error, file)
  }
}

export async function openHeldFile(root: string, name: Guid): Promise<StoredContent | undefined> {
  try {
    return await openContent(join(root, folderName, name))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw readError(error, join(root, folderName, name), 'MESSAGE_UNREADABLE')
  }
}

export async function releaseFile(root: string, name: Guid): Promise<void> {
  try {
    await disk.unlink(join(root, folderName, name))
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw writeError(error, join(root, folderName))
  }
}
