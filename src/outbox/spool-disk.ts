import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import { PacketboatError } from '../errors/packetboat-error.js'
import { isFull, systemCode } from '../errors/system-code.js'
import type { OpenContent } from '../sync/content/content-access.js'
import { isUndamaged, readAt, readSpoolFile, type SpoolFile } from './spool-file.js'

/** What the spool does with a disk. */

const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** What a file is, or in words why it is none of ours; undefined when it is gone. */
export async function looked(path: string): Promise<SpoolFile | string | undefined> {
  let handle: fs.FileHandle | undefined
  try {
    handle = await fs.open(path, readOnly)
    return (await readOwn(handle, path)) ?? 'damaged, or not written by packetboat'
  } catch (error) {
    return systemCode(error) === 'ENOENT'
      ? undefined
      : `can't be read (${systemCode(error) ?? 'unknown error'})`
  } finally {
    await handle?.close()
  }
}

/** A mail whose bytes are what was written. Undefined when it is gone. Throws MESSAGE_UNREADABLE. */
export async function openWhole(path: string): Promise<OpenContent | undefined> {
  let handle: fs.FileHandle
  try {
    handle = await fs.open(path, readOnly)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw unreadable(path, `can't be read (${systemCode(error) ?? 'unknown error'})`, error)
  }
  try {
    const file = await readOwn(handle, path)
    if (!file || !(await isUndamaged(handle, file)))
      throw unreadable(path, 'is damaged, or not written by packetboat')
    const { start, sizeBytes } = file
    return {
      size: sizeBytes,
      read: (offset, length) =>
        readAt(handle, start + offset, Math.max(0, Math.min(length, sizeBytes - offset))),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw systemCode(error) === undefined
      ? error
      : unreadable(path, `can't be read (${systemCode(error)})`, error)
  }
}

/** Undefined for a file of another user, too, where others may write: it would be sent in the name of the folder's owner. */
async function readOwn(handle: fs.FileHandle, path: string): Promise<SpoolFile | undefined> {
  const stats = await handle.stat()
  const owner = (await fs.stat(dirname(path))).uid
  return stats.isFile() && (stats.uid === owner || stats.uid === 0) ? readSpoolFile(handle) : undefined
}

/** Empty where there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw readError(error, folder)
  }
}

export async function makeFolder(folder: string): Promise<void> {
  try {
    await fs.mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw spoolError(error, folder)
  }
}

/** False when it is gone already. */
export async function unlinked(path: string): Promise<boolean> {
  try {
    await fs.unlink(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw spoolError(error, path)
  }
}

/** A new name is durable when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, constants.O_RDONLY).catch(() => undefined)
  await handle?.sync().finally(() => handle.close())
}

function unreadable(path: string, what: string, cause?: unknown): PacketboatError {
  return new PacketboatError(
    'MESSAGE_UNREADABLE',
    `${path} ${what}.`,
    'It is not sent, and stays there. Look at it, then send it again or delete the file.',
    { cause },
  )
}

/** What a disk says of a folder that can't be listed, in words. Anything else goes through. */
function readError(error: unknown, folder: string): unknown {
  const errno = systemCode(error)
  if (errno === undefined) return error
  return new PacketboatError(
    'MAILBOX_UNREADABLE',
    `${folder} can't be read (${errno}).`,
    'Check its owner and permissions, and that it is a folder. Mail in it goes once it can be read.',
    { cause: error },
  )
}

/** What a disk says of writing, in words: DISK_FULL or READ_ONLY. Anything else goes through. */
export function spoolError(error: unknown, path: string): unknown {
  const errno = error instanceof PacketboatError ? undefined : systemCode(error)
  if (errno === undefined) return error
  if (isFull(error))
    return new PacketboatError(
      'DISK_FULL',
      `There is no space left for ${path}.`,
      'Free space on that disk, then send the mail again.',
      { cause: error },
    )
  return new PacketboatError(
    'READ_ONLY',
    `${path} can't be written (${errno}).`,
    'Check its owner, its permissions and how its disk is mounted, then send the mail again.',
    { cause: error },
  )
}
