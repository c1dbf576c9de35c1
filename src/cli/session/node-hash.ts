import { createHash } from 'node:crypto'
import type { CreateHash } from '../../bytes/hash.js'

/** Node's own SHA-256 behind the port. */
export const nodeHash: CreateHash = () => {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) }
}
