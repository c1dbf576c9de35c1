import type { FileHandle } from 'node:fs/promises'
import type { StoredContent } from '../../sync/mail-store.js'
import { readError } from './disk/disk-errors.js'
import { openFile } from './disk/open-file.js'

/** A file as a message's bytes: they stay readable until `close`, whatever happens to its name. Throws what the disk does, and MESSAGE_UNREADABLE. */
export async function openContent(path: string): Promise<StoredContent> {
  const { handle, stats } = await openFile(path)
  return fileContent(handle, path, stats)
}

function fileContent(
  handle: FileHandle,
  path: string,
  { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
): StoredContent {
  return {
    size,
    internalDateMs: Math.max(0, Math.floor(mtimeMs)),
    read: async (offset, length) => {
      const wanted = Math.max(0, Math.min(length, size - offset))
      const bytes = new Uint8Array(wanted)
      let at = 0
      while (at < wanted) {
        const { bytesRead } = await handle
          .read(bytes, at, wanted - at, offset + at)
          .catch((error: unknown) => Promise.reject(readError(error, path, 'MESSAGE_UNREADABLE')))
        if (bytesRead === 0) break
        at += bytesRead
      }
      return bytes.subarray(0, at)
    },
    close: () => handle.close(),
  }
}
