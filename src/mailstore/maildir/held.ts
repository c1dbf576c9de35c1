import { link, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Guid } from '../../replica/model.js'
import type { StoredContent } from '../../sync/mail-store.js'
import { diskError, errnoOf } from './disk-errors.js'
import { fileContent } from './file-content.js'

/** Second names of messages, in a folder of the tree's root that no mail program shows. Links, so that they cost no room. */
const folderName = 'packetboat-held'

export async function holdFile(root: string, file: string, name: Guid): Promise<void> {
  await mkdir(join(root, folderName), { recursive: true, mode: 0o700 })
  try {
    await link(file, join(root, folderName, name))
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw diskError(error, file)
  }
}

export async function openHeldFile(root: string, name: Guid): Promise<StoredContent | undefined> {
  try {
    const handle = await open(join(root, folderName, name), 'r')
    const { size, mtimeMs } = await handle.stat()
    return fileContent(handle, size, mtimeMs)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw diskError(error, join(root, folderName))
  }
}

export async function releaseFile(root: string, name: Guid): Promise<void> {
  try {
    await unlink(join(root, folderName, name))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw diskError(error, join(root, folderName))
  }
}
