import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { systemCode } from '../../errors/system-code.js'
import type { EvictionsPort } from '../../sync/mail-store.js'
import { messageGone } from '../message-errors.js'
import { syncFolder } from './change-folders.js'
import * as disk from './disk/disk.js'
import { readError } from './disk/disk-errors.js'
import { readText } from './disk/open-file.js'
import { replaceFile } from './disk/write-file.js'
import type { Entries } from './entries.js'
import { guidInBaseName } from './file-name.js'
import { checkRoot, type Tree } from './tree.js'

/** Lies in the tree's root, where no mail program looks, and goes with the tree to another machine and into its backups. */
const noteName = 'packetboat-evicted'

export function evictionsIn(tree: Tree, files: Entries): EvictionsPort {
  const note = join(tree.root, noteName)
  return {
    readNote: async (firstBytes) => {
      await checkRoot(tree)
      try {
        return await readText(note, firstBytes)
      } catch (error) {
        throw (await isOther(note)) ? noNote(note) : error
      }
    },
    writeNote: async (text) => {
      await replaceFile(note, text)
      await syncFolder(tree.root)
    },
    lookAt: async (path, locator) => {
      const file = files.pathOf(path, await files.find(path, locator))
      try {
        const { atimeMs } = await disk.stat(file)
        const guid = guidInBaseName(locator)
        return { ...(guid !== undefined && { guid }), readMs: atimeMs }
      } catch (error) {
        throw systemCode(error) === 'ENOENT'
          ? messageGone(locator)
          : readError(error, file, 'MESSAGE_UNREADABLE')
      }
    },
  }
}

/** A folder, say, in the place of the note. */
async function isOther(path: string): Promise<boolean> {
  const stats = await disk.stat(path).catch(() => undefined)
  return stats !== undefined && !stats.isFile()
}

const noNote = (path: string): PacketboatError =>
  new PacketboatError(
    'MAILBOX_UNREADABLE',
    `${path} should say what has left this disk, and isn't a regular file.`,
    'Move it away, or put the file from a backup in its place: until then no deletion is taken over of mail that may have left.',
  )
