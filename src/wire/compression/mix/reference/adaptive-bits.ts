import { tables } from '../tables.js'

/**
 * Probabilities that learn: the first bits move one far, later ones less and less. Each takes 32 bits: 22 for
 * the likelihood of a 1, 10 for the number of bits seen.
 */
export type AdaptiveBits = Int32Array

/** The upper 12 bits of a probability. */
export function upper12(probabilities: AdaptiveBits, at: number): number {
  return (probabilities[at] as number) >>> 20
}

export function learnBit(probabilities: AdaptiveBits, at: number, bit: number): void {
  const { pace } = tables()
  const value = probabilities[at] as number
  const seen = value & 1023
  const step = Math.imul(((bit << 22) - (value >>> 10)) >> 3, pace[seen] as number) & ~1023
  probabilities[at] = (value + step + (seen < 1023 ? 1 : 0)) | 0
}
