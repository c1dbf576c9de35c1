import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import type { DataDir } from '../settings/data-dir.js'

/**
 * A file of no content that keeps some room on the disk, to be released when the disk is full and mail is to
 * be evicted. The database's log, the note of what is evicted, and the endpoint's answer take that much
 * before any room is gained.
 */

/** Enough for the note of 100,000 messages, and for what a database writes for some thousand. */
const roomBytes = 8 * 1024 * 1024

/** The room is only taken on a disk with more free space than this. */
const enoughBytes = 4 * roomBytes

const fileOf = (data: DataDir): string => data.path('spare-room')

/** Sees to it that some room is kept, where mail may have to leave, and else that none is. A disk on which it can't be kept has none to spare. */
export function keepSpareRoom(data: DataDir, isWanted: boolean): void {
  const file = fileOf(data)
  const isKept = statSync(file, { throwIfNoEntry: false })?.size === roomBytes
  if (isKept === isWanted) return
  const draft = `${file}.new`
  try {
    if (!isWanted) rmSync(file, { force: true })
    else if (freeBytes(data.root) >= enoughBytes) {
      // Disks that compress make nothing of zeros.
      writeFileSync(draft, randomBytes(roomBytes), { mode: 0o600 })
      renameSync(draft, file)
    }
  } catch {
    rmSync(draft, { force: true })
  }
}

/** Gives the room back where a disk is nearly full, for what makes more of it. Returns whether one is. */
export function giveSpareRoom(data: DataDir, otherFolder: string): boolean {
  const isFull = [data.root, otherFolder].some((folder) => freeBytes(folder) < roomBytes)
  if (isFull) rmSync(fileOf(data), { force: true })
  return isFull
}

/** What isn't there, or can't be asked, is no full disk. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
