import type { CreateHash } from './hash.js'
import { toHex } from './hex.js'

/** What both sides call these bytes without saying them: the first 8 bytes of their SHA-256, in hex. */
export function digestName(bytes: Uint8Array, createHash: CreateHash): string {
  const hash = createHash()
  hash.update(bytes)
  return toHex(hash.digest()).slice(0, 16)
}
