import type { StoredContent } from '../../sync/mail-store.js'
import { readError } from './disk/disk-errors.js'
import type { FileToRead } from './disk/file-to-read.js'
import { openFile } from './disk/open-file.js'

/**
 * A file of at most this many bytes is read in one go as soon as any of them are wanted: a message is looked
 * at some eight times (its lines, its fields, its parts), and each request to the disk costs more than
 * reading all of this.
 */
const inOneGo = 64 * 1024

/** A file as a message's bytes: they stay readable until `close`, whatever happens to its name. Throws what the disk does, and MESSAGE_UNREADABLE. */
export async function openContent(path: string): Promise<StoredContent> {
  const { file, stats } = await openFile(path)
  return fileContent(file, path, stats)
}

function fileContent(
  file: FileToRead,
  path: string,
  { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
): StoredContent {
  const readFile = async (offset: number, length: number): Promise<Uint8Array> => {
    const wanted = Math.max(0, Math.min(length, size - offset))
    const bytes = new Uint8Array(wanted)
    let at = 0
    while (at < wanted) {
      const count = await file
        .read(bytes, at, wanted - at, offset + at)
        .catch((error: unknown) => Promise.reject(readError(error, path, 'MESSAGE_UNREADABLE')))
      if (count === 0) break
      at += count
    }
    return bytes.subarray(0, at)
  }
  let all: Promise<Uint8Array> | undefined
  return {
    size,
    internalDateMs: Math.max(0, Math.floor(mtimeMs)),
    read: async (offset, length) => {
      if (size > inOneGo) return readFile(offset, length)
      all ??= readFile(0, size)
      // A copy: who keeps a piece of it doesn't keep the rest.
      return (await all).slice(offset, offset + length)
    },
    close: async () => file.close(),
  }
}
