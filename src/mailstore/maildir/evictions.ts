import { join } from 'node:path'
import type { EvictionsPort } from '../../sync/mail-store.js'
import { messageGone } from '../message-errors.js'
import { syncFolder } from './change-folders.js'
import * as disk from './disk/disk.js'
import { errnoOf, readError } from './disk/disk-errors.js'
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
      return readText(note, firstBytes)
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
        throw errnoOf(error) === 'ENOENT'
          ? messageGone(locator)
          : readError(error, file, 'MESSAGE_UNREADABLE')
      }
    },
  }
}
