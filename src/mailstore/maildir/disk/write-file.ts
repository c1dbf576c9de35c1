import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { systemCode } from '../../../errors/system-code.js'
import * as disk from './disk.js'
import { writeError } from './disk-errors.js'
import { bytesOfText } from './disk-text.js'
import { openFile } from './open-file.js'

/**
 * Replaces a file by a text, whole or not at all, through a file with a name that nobody can guess; never
 * through a link. The new file's time is at least a second later than the old one's, which is how others
 * notice (docs of Dovecot's Maildir format). Throws what `writeError` makes of the disk's errors.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  try {
    const before = await disk.lstat(path).catch(() => undefined)
    const handle = await disk.open(draft, 'wx')
    try {
      await handle.writeFile(bytesOfText(text))
      const seconds = Math.max(Date.now() / 1000, (before?.mtimeMs ?? 0) / 1000 + 1)
      await handle.utimes(seconds, seconds)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await disk.rename(draft, path)
  } catch (error) {
    await disk.unlink(draft).catch(() => undefined)
    throw writeError(error, path)
  }
}

/** Adds text at the end of a file that is there. Never through a link. */
export async function appendText(path: string, text: string): Promise<void> {
  try {
    const handle = await disk.open(
      path,
      constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    )
    await handle.writeFile(bytesOfText(text)).finally(() => handle.close())
  } catch (error) {
    throw writeError(error, path)
  }
}

/** Whether it isn't the file's fault that it gets no second name: another disk, or one without hard links. */
export function hasNoLinks(error: unknown): boolean {
  const errnos = ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EINVAL', 'EMLINK', 'EXDEV']
  return errnos.includes(systemCode(error) ?? '')
}

/** A second name for a file, or a second file where there can be none. Throws what the disk does. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  // The name of a link would be another link, which may lead nowhere from there.
  if (!(await disk.lstat(from)).isSymbolicLink())
    try {
      return await disk.link(from, to)
    } catch (error) {
      if (!hasNoLinks(error)) throw error
    }
  const { file, stats } = await openFile(from)
  const draft = `${to}.${randomBytes(8).toString('hex')}.draft`
  try {
    const copy = await disk.open(draft, 'wx')
    try {
      const piece = Buffer.alloc(65536)
      for (let at = 0; ; ) {
        const count = await file.read(piece, 0, piece.length, at)
        if (count === 0) break
        await copy.writeFile(piece.subarray(0, count))
        at += count
      }
      await copy.utimes(stats.atime, stats.mtime)
      await copy.sync()
    } finally {
      await copy.close()
    }
    await disk.rename(draft, to)
  } catch (error) {
    await disk.unlink(draft).catch(() => undefined)
    throw error
  } finally {
    file.close()
  }
}
