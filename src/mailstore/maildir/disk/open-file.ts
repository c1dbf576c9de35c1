import { constants, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { hasCode, PacketboatError } from '../../../errors/packetboat-error.js'
import { systemCode } from '../../../errors/system-code.js'
import * as disk from './disk.js'
import { isAbsent, readError, writeError } from './disk-errors.js'
import { textOfBytes } from './disk-text.js'
import { FileToRead } from './file-to-read.js'

/**
 * Links are followed only where the folder that holds the link, the link and its target have one owner: a
 * mailbox that a person has moved to another disk takes part, and nobody can have somebody else's file read
 * or written.
 */

/**
 * Opens a file for reading. Opens regular files only, and never blocks. Throws the disk's errors,
 * MESSAGE_UNREADABLE, and MAILBOX_UNREADABLE for a link that leads nowhere, which is not the same as nothing
 * being there.
 */
export async function openFile(path: string): Promise<{ readonly file: FileToRead; readonly stats: Stats }> {
  let file: FileToRead
  let owner: number | undefined
  try {
    file = await openUnnoted(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch (error) {
    if (systemCode(error) !== 'ELOOP' && systemCode(error) !== 'EMLINK') throw error
    owner = await ownerOfLink(path)
    file = await FileToRead.open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
      throw isAbsent(cause) ? brokenLink(path) : cause
    })
  }
  try {
    const stats = file.stats()
    if (!stats.isFile()) throw noFile(path)
    if (owner !== undefined && owner !== stats.uid) throw foreignLink(path, 'MESSAGE_UNREADABLE')
    return { file, stats }
  } catch (error) {
    file.close()
    throw error
  }
}

/** What a program reads by itself, as for an index of words, isn't read by a person: the time of that stays as it is, where the system lets it. */
async function openUnnoted(path: string, flags: number): Promise<FileToRead> {
  try {
    // Linux alone has it.
    return await FileToRead.open(path, flags | (constants.O_NOATIME ?? 0))
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error
    return FileToRead.open(path, flags)
  }
}

/** The owner of a link and of its folder. Throws MESSAGE_UNREADABLE where these are two. */
async function ownerOfLink(path: string): Promise<number> {
  const { uid } = await disk.lstat(path)
  if (uid !== (await disk.stat(dirname(path))).uid) throw foreignLink(path, 'MESSAGE_UNREADABLE')
  return uid
}

/** What a link leads to. `foreign`: it isn't followed. */
export async function lookBehind(path: string): Promise<'file' | 'folder' | 'other' | 'nothing' | 'foreign'> {
  let target: Stats
  try {
    target = await disk.stat(path)
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === 'ELOOP') return 'nothing'
    throw error
  }
  if (!target.isFile() && !target.isDirectory()) return 'other'
  const [link, folder] = [await disk.lstat(path), await disk.stat(dirname(path))]
  if (link.uid !== target.uid || link.uid !== folder.uid) return 'foreign'
  return target.isFile() ? 'file' : 'folder'
}

/**
 * Throws when a link stands in place of a folder and may not be followed: nothing is read or written behind
 * it. Returns whether something is there. Throws MAILBOX_UNREADABLE.
 */
export async function checkFolder(path: string): Promise<boolean> {
  try {
    if (!(await disk.lstat(path)).isSymbolicLink()) return true
    const behind = await lookBehind(path)
    if (behind === 'foreign') throw foreignLink(path, 'MAILBOX_UNREADABLE')
    if (behind === 'nothing') throw brokenLink(path)
    return true
  } catch (error) {
    if (!isAbsent(error)) throw readError(error, path)
    return false
  }
}

/** The same for what lies in a folder that was looked at just before. */
export async function checkFolderWithin(path: string): Promise<boolean> {
  return isFolderItself(path) || checkFolder(path)
}

function isFolderItself(path: string): boolean {
  try {
    return disk.lstatNow(path)?.isDirectory() === true
  } catch {
    // Who looks once more is told why.
    return false
  }
}

/** A file of text that goes with a mailbox, or its first bytes; undefined where there is none. Throws MAILBOX_UNREADABLE. */
export async function readText(path: string, firstBytes = maxTextBytes): Promise<string | undefined> {
  try {
    const { file, stats } = await openFile(path)
    try {
      const bytes = Buffer.alloc(Math.min(stats.size, firstBytes))
      let at = 0
      while (at < bytes.length) {
        const count = await file.read(bytes, at, bytes.length - at, at)
        if (count === 0) break
        at += count
      }
      return textOfBytes(bytes.subarray(0, at))
    } finally {
      file.close()
    }
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw hasCode(error, 'MESSAGE_UNREADABLE') ? unreadableMailbox(error) : readError(error, path)
  }
}

function unreadableMailbox({ message, next }: PacketboatError): PacketboatError {
  return new PacketboatError('MAILBOX_UNREADABLE', message, next)
}

/** A list of a million messages has some 100 MB. */
const maxTextBytes = 512 * 2 ** 20

export function foreignLink(
  path: string,
  code: 'MAILBOX_UNREADABLE' | 'MESSAGE_UNREADABLE',
): PacketboatError {
  return new PacketboatError(
    code,
    `${path} is a symbolic link that packetboat doesn't follow: the link, its folder and its target don't all have the same owner.`,
    'Give them one owner, or replace the link with its target.',
  )
}

export function brokenLink(
  path: string,
  code: 'MAILBOX_UNREADABLE' | 'MESSAGE_UNREADABLE' = 'MAILBOX_UNREADABLE',
): PacketboatError {
  return new PacketboatError(
    code,
    `${path} is a symbolic link without a target: perhaps a disk is not mounted.`,
    'Mount the disk, or correct the link.',
  )
}

export function noFile(path: string): PacketboatError {
  return new PacketboatError(
    'MESSAGE_UNREADABLE',
    `${path} isn't a regular file.`,
    "Move it away if it doesn't belong there: packetboat doesn't read it.",
  )
}

/** The first of these folders in whose place something else stands, in words. */
export async function findInTheWay(folders: readonly string[]): Promise<PacketboatError | undefined> {
  for (const path of folders) {
    const stats = await disk.stat(path).catch(() => undefined)
    if (stats && !stats.isDirectory())
      return new PacketboatError(
        'MAILBOX_UNREADABLE',
        `${path} is ${kindOf(stats)}, and stands in the place of a folder.`,
        'Move it away. If there was mail in the folder, put that back.',
      )
  }
  return undefined
}

/** What the disk says when something is written to one of these folders, in words: as `writeError`, or what stands in the place of one. */
export async function folderError(
  error: unknown,
  folders: readonly string[],
  path: string,
): Promise<unknown> {
  const mayBe = systemCode(error) === 'ENOTDIR' || systemCode(error) === 'EEXIST'
  return (mayBe && (await findInTheWay(folders))) || writeError(error, path)
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe'
  if (stats.isSocket()) return 'a socket'
  return stats.isFile() ? 'a file' : 'a device'
}
