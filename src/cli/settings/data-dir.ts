import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { isFull } from '../../errors/system-code.js'

/** State of one endpoint or one client: a folder that nobody else may read. */
export interface DataDir {
  readonly root: string
  path(...names: string[]): string
}

/** Made where there is none, 0700. Throws READ_ONLY. */
export function openDataDir(root: string): DataDir {
  makePrivateDir(root, 'The data directory', 'Choose another with --data DIR.')
  return dataDirAt(root)
}

/** A data directory to look into, whether it exists or not. */
export function dataDirAt(root: string): DataDir {
  return { root, path: (...names) => join(root, ...names) }
}

/** Throws READ_ONLY. */
export function makePrivateDir(path: string, what: string, next: string): void {
  try {
    makeDirs(path)
  } catch (cause) {
    throw new PacketboatError(
      'READ_ONLY',
      `${what} ${path} can't be made: ${(cause as Error).message}.`,
      next,
      { cause },
    )
  }
}

/** Makes a folder and those above it. Node's own way never ends in a folder where nothing can be made, as in /proc. */
function makeDirs(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return
  const above = dirname(path)
  if (above !== path && !existsSync(above)) makeDirs(above)
  mkdirSync(path, { mode: 0o700 })
}

/** Whether a folder is there and has nothing in it, as a mount point without its disk. */
export function isEmptyDir(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false) && readdirSync(path).length === 0
}

/** A file's text, undefined when there is none. */
export function readFileIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** Writes a file whole or not at all, readable by its owner only, unless other rights are given. */
export function writePrivateFile(path: string, text: string, mode = 0o600): void {
  const draft = `${path}.new`
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true })
    chmodSync(draft, mode)
    renameSync(draft, path)
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** Adds a line to a file that only its owner reads, durably, and gives the file's size. One that a crash has cut stays a line of its own. */
export function appendPrivateLine(path: string, text: string): number {
  let file: number | undefined
  try {
    file = openSync(path, 'a+', 0o600)
    const { size } = fstatSync(file)
    const last = Buffer.alloc(1)
    const torn = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n'
    const line = `${torn ? '\n' : ''}${text}\n`
    appendWhole(file, line, size)
    fsyncSync(file)
    return size + Buffer.byteLength(line)
  } catch (cause) {
    throw unwritable(path, cause)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** A full disk takes the beginning of a line and says nothing: only the next write fails. */
function appendWhole(file: number, line: string, sizeBefore: number): void {
  try {
    appendFileSync(file, line)
  } catch (cause) {
    ftruncateSync(file, sizeBefore)
    throw cause
  }
}

/** Why a file of the data directory can't be written, in words: DISK_FULL or READ_ONLY. */
export function unwritable(
  path: string,
  cause: unknown,
  next = 'Check who may write there, or choose another place with --data DIR.',
): PacketboatError {
  const full = isFull(cause)
  return new PacketboatError(
    full ? 'DISK_FULL' : 'READ_ONLY',
    `${path} can't be written: ${(cause as Error).message}.`,
    full ? 'Free space on that disk, then run the command again.' : next,
    { cause },
  )
}
