import type { FileHandle } from 'node:fs/promises'
import type { StoredContent } from '../../sync/mail-store.js'

/** An open file as a message's bytes: they stay readable until `close`, whatever happens to its name. */
export function fileContent(handle: FileHandle, size: number, mtimeMs: number): StoredContent {
  return {
    size,
    internalDateMs: Math.max(0, Math.floor(mtimeMs)),
    read: async (offset, length) => {
      const wanted = Math.max(0, Math.min(length, size - offset))
      const bytes = new Uint8Array(wanted)
      let at = 0
      while (at < wanted) {
        const { bytesRead } = await handle.read(bytes, at, wanted - at, offset + at)
        if (bytesRead === 0) break
        at += bytesRead
      }
      return bytes.subarray(0, at)
    },
    close: () => handle.close(),
  }
}
