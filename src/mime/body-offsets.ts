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

/** Where one of them begins, for whoever asks for one after the other; undefined when there is no such part. */
export function bodyOffset({ structure, parts }: Skeleton, part: number): number | undefined {
  if (!parts[part]) return undefined
  let at = structure[0] ?? 0
  for (let i = 0; i < part; i++) at += (parts[i]?.encodedSize ?? 0) + (structure[i + 1] ?? 0)
  return at
}

/** Bytes of all structure runs together. */
export function structureSize({ structure }: Pick<Skeleton, 'structure'>): number {
  return structure.reduce((sum, run) => sum + run, 0)
}
