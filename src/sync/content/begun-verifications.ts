import type { CreateHash } from '../../bytes/hash.js'
import { MessageProof } from '../../mime/prove.js'
import type { Skeleton } from '../../mime/skeleton.js'
import type { Guid } from '../../replica/model.js'

/**
 * Proofs that have begun, kept from one exchange to the next: on a line that breaks again and again a part goes in many pieces, and what was
 * read for one needn't be read for the next. With the process they are gone, which costs reading from the start once.
 */
type BegunProofs = Map<string, MessageProof>

interface Proofs {
  readonly proofs: BegunProofs
  readonly createHash: CreateHash
}

/** Of one account, those used last: each holds little more than the state of two hashes. */
const mostProofs = 16

/** The proof of a content, or of one part of it. */
export function begunProof(
  { proofs, createHash }: Proofs,
  content: Guid,
  skeleton: Skeleton,
  only?: number,
): MessageProof {
  const name = `${content}/${only ?? 'all'}`
  const proof = proofs.get(name) ?? new MessageProof(skeleton, createHash, only)
  // The map's order is that of use.
  proofs.delete(name)
  proofs.set(name, proof)
  for (const oldest of proofs.keys()) if (proofs.size > mostProofs) proofs.delete(oldest)
  return proof
}

/** They have come to an end, or what they have read is no longer what is there. */
export function endProofs({ proofs }: Pick<Proofs, 'proofs'>, content: Guid): void {
  for (const name of proofs.keys()) if (name.startsWith(`${content}/`)) proofs.delete(name)
}
