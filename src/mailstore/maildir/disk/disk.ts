import { type BigIntStats, lstatSync, type Stats, statSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import { onDisk, textOfBytes } from './disk-text.js'

/** What a Maildir does with a disk. Paths and names are text as in `disk-text.ts`, whatever bytes they have. Each throws what the disk does. */

/** Whatever a folder lists. */
export interface Item {
  readonly name: string
  /** `other` is what isn't one of these: a socket, a pipe, a device. */
  readonly kind: 'file' | 'folder' | 'link' | 'other'
}

export async function listItems(folder: string): Promise<Item[]> {
  // The types know of Dirents with strings only.
  const entries = await fs.readdir(onDisk(folder), { withFileTypes: true, encoding: 'buffer' as 'utf8' })
  return entries.map((entry) => ({
    name: textOfBytes(entry.name as unknown as Buffer),
    kind: entry.isFile()
      ? 'file'
      : entry.isDirectory()
        ? 'folder'
        : entry.isSymbolicLink()
          ? 'link'
          : 'other',
  }))
}

export async function listNames(folder: string): Promise<string[]> {
  return (await fs.readdir(onDisk(folder), 'buffer')).map(textOfBytes)
}

export const stat = (path: string): Promise<Stats> => fs.stat(onDisk(path))

export const bigStat = (path: string): Promise<BigIntStats> => fs.stat(onDisk(path), { bigint: true })

export const lstat = (path: string): Promise<Stats> => fs.lstat(onDisk(path))

/**
 * The same at once, for what lies in a folder that was looked at just before: the system has that in memory, and
 * another thread would take much longer. Undefined where nothing is there.
 */
export const lstatNow = (path: string): Stats | undefined =>
  lstatSync(onDisk(path), { throwIfNoEntry: false })

/** As `lstatNow`, through links. */
export const statNow = (path: string): Stats | undefined => statSync(onDisk(path), { throwIfNoEntry: false })

export const bigLstat = (path: string): Promise<BigIntStats> => fs.lstat(onDisk(path), { bigint: true })

export const open = (path: string, flags: number | string, mode = 0o600): Promise<fs.FileHandle> =>
  fs.open(onDisk(path), flags, mode)

export const rename = (from: string, to: string): Promise<void> => fs.rename(onDisk(from), onDisk(to))

export const link = (from: string, to: string): Promise<void> => fs.link(onDisk(from), onDisk(to))

export const unlink = (path: string): Promise<void> => fs.unlink(onDisk(path))

/** Makes a folder, and those above it that are missing. */
export async function makeFolders(path: string): Promise<void> {
  try {
    await fs.mkdir(onDisk(path), { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const above = dirname(path)
    // Node's own way never ends in a folder in which nothing can be made, as in /proc.
    if (
      code === 'ENOENT' &&
      above !== path &&
      (await fs.stat(onDisk(above)).catch(() => undefined)) === undefined
    ) {
      await makeFolders(above)
      return makeFolders(path)
    }
    if (code !== 'EEXIST' || !(await fs.stat(onDisk(path))).isDirectory()) throw error
  }
}

export const rmdir = (path: string): Promise<void> => fs.rmdir(onDisk(path))

/** A folder with all that is in it. */
export const removeAll = (path: string): Promise<void> =>
  fs.rm(onDisk(path), { recursive: true, force: true })

/** Its time is now, as if something in it had changed. */
export async function touch(path: string): Promise<void> {
  const now = new Date()
  await fs.utimes(onDisk(path), now, now)
}
