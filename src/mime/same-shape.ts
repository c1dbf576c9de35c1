import { equalBytes } from '../bytes/concat.js'
import type { Skeleton } from './skeleton.js'
import { encodeSkeleton } from './skeleton-codec.js'

/** Whether two skeletons say the same, but for digests that one of them has and the other has not. */
export function sameShape(a: Skeleton, b: Skeleton): boolean {
  return equalBytes(encodeSkeleton(withoutDigests(a)), encodeSkeleton(withoutDigests(b)))
}

function withoutDigests({ digest: _, ...skeleton }: Skeleton): Skeleton {
  return { ...skeleton, parts: skeleton.parts.map(({ digest: __, ...part }) => part) }
}
