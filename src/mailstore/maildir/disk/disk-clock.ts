import { join } from 'node:path'
import { toHex } from '../../../bytes/hex.js'
import * as disk from './disk.js'

/**
 * What time it is for the disk on which a mailbox lies, ms: that of a file that is made there and goes again. Undefined where none can be
 * made.
 */
export async function clockOfDisk(
  folder: string,
  randomBytes: (size: number) => Uint8Array,
): Promise<number | undefined> {
  const probe = join(folder, 'tmp', `packetboat.${toHex(randomBytes(8))}`)
  try {
    const handle = await disk.open(probe, 'wx')
    try {
      return (await handle.stat()).mtimeMs
    } finally {
      await handle.close()
      await disk.unlink(probe)
    }
  } catch {
    return undefined
  }
}
