import { join } from 'node:path'
import { toHex } from '../../../bytes/hex.js'
import * as disk from './disk.js'

/**
 * The time by the clock of the disk that holds a mailbox, in ms: that of a file which is made there and
 * removed again. Undefined where none can be made.
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
