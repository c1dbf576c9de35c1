import { join } from 'node:path'
import { fromHex, toHex } from '../../bytes/hex.js'
import { syncFolder } from './change-folders.js'
import { readText } from './disk/open-file.js'
import { replaceFile } from './disk/write-file.js'

/** Lies in the tree's root, where no mail program looks, and goes with the tree to another machine. */
const fileName = 'packetboat-secret'

const sizeBytes = 32

/** The secret that a tree keeps: this one, where it has none. Throws READ_ONLY, DISK_FULL, MAILBOX_UNREADABLE. */
export async function keepSecretFile(root: string, secret: Uint8Array): Promise<Uint8Array> {
  const path = join(root, fileName)
  const text = (await readText(path, 2 * sizeBytes + 1))?.trim() ?? ''
  if (/^[0-9a-f]*$/.test(text) && text.length === 2 * sizeBytes) return fromHex(text)
  await replaceFile(path, `${toHex(secret)}\n`)
  await syncFolder(root)
  return secret
}
