import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { bytesOfText, textOfBytes } from '../disk/disk-text.js'
import { readText } from '../disk/open-file.js'
import { replaceFile } from '../disk/write-file.js'

/**
 * A folder name that is too long for a disk is cut, and ends in `~` and a digest of the whole, as no other
 * name does. A file in the folder holds the whole name, so the tree alone says what its mailboxes are called.
 */

/** Bytes that a file system allows for one name. */
const maxNameBytes = 255
/** Bytes of a shortened name: encrypted folders take 143. */
const shortBytes = 140

const nameFile = 'packetboat-name'
const shortForm = /~[0-9a-f]{16}$/

export function shortened(name: string): string {
  return bytesOfText(name).length <= maxNameBytes ? name : cutShort(name)
}

export function cutShort(name: string): string {
  const digest = createHash('sha256').update(bytesOfText(name)).digest('hex').slice(0, 16)
  return `${textOfBytes(bytesOfText(name).subarray(0, shortBytes - 17))}~${digest}`
}

/** Writes down, in a folder whose name is or will be cut, what the whole of it is. */
export async function noteWholeName(folder: string, whole: string): Promise<void> {
  await replaceFile(join(folder, nameFile), `${whole}\n`)
}

/** A folder's path below the root with all names that were cut in full. */
export async function readFullName(root: string, folder: string): Promise<string> {
  if (folder === '' || folder === '.') return ''
  const above = dirname(folder)
  const own = shortForm.test(folder) ? await readWholeName(join(root, folder)) : basename(folder)
  return above === '.' ? own : `${await readFullName(root, above)}/${own}`
}

async function readWholeName(folder: string): Promise<string> {
  const whole = (await readText(join(folder, nameFile), 8192))?.split('\n', 1)[0] ?? ''
  return cutShort(whole) === basename(folder) ? whole : basename(folder)
}
