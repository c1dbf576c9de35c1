import type { Skeleton } from './skeleton.js'

/** Where in the message each part's body begins. */
export function bodyOffsets({ structure, parts }: Skeleton): number[] {
  let at = 0
  return parts.map(({ encodedSize }, i) => {
    const start = at + (structure[i] ?? 0)
    at = start + encodedSize
    return start
  })
}

/** Bytes of all structure runs together. */
export function structureSize({ structure }: Pick<Skeleton, 'structure'>): number {
  return structure.reduce((sum, run) => sum + run, 0)
}
