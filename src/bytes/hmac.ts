import { concat } from './concat.js'
import type { CreateHash } from './hash.js'

/** The block size of SHA-256 (FIPS 180-4), in bytes. */
const blockBytes = 64

/** HMAC-SHA256 (RFC 2104), 32 bytes, over a hash that is handed in. `key`: no longer than a block of the hash, 64 bytes. */
export function hmac(createHash: CreateHash, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (key.length > blockBytes) throw new RangeError('a key longer than a block of the hash')
  const padded = concat([key, new Uint8Array(blockBytes - key.length)])
  const keyed = (pad: number, text: Uint8Array): Uint8Array => {
    const hash = createHash()
    hash.update(padded.map((byte) => byte ^ pad))
    hash.update(text)
    return hash.digest()
  }
  return keyed(0x5c, keyed(0x36, bytes))
}
