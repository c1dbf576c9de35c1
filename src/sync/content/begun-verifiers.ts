import type { CreateHash } from '../../bytes/hash.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { MessageVerifier } from '../../mime/verify-message.js'
import type { Guid } from '../../replica/model.js'

/**
 * Proofs in progress, kept from one exchange to the next. On a line that keeps breaking, a part arrives in
 * many pieces, and what was hashed for one piece need not be read again for the next. They live in the
 * process only; after a restart, reading starts over once.
 */
type BegunVerifiers = Map<string, MessageVerifier>

interface Proofs {
  readonly proofs: BegunVerifiers
  readonly createHash: CreateHash
}

/** Verifiers kept for one account, the ones used last: each holds little more than the state of two hashes. */
const mostProofs = 16

/** The proof of a content, or of one part of it. */
export function begunVerifier(
  { proofs, createHash }: Proofs,
  content: Guid,
  skeleton: Skeleton,
  only?: number,
): MessageVerifier {
  const name = `${content}/${only ?? 'all'}`
  const proof = proofs.get(name) ?? new MessageVerifier(skeleton, createHash, only)
  // The map's order is that of use.
  proofs.delete(name)
  proofs.set(name, proof)
  for (const oldest of proofs.keys()) if (proofs.size > mostProofs) proofs.delete(oldest)
  return proof
}

/** They have come to an end, or what they have read is no longer what is there. */
export function endVerifiers({ proofs }: Pick<Proofs, 'proofs'>, content: Guid): void {
  for (const name of proofs.keys()) if (name.startsWith(`${content}/`)) proofs.delete(name)
}
