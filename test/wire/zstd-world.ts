import { createHash } from 'node:crypto'
import type { CreateHash } from '../../src/bytes/hash.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import type { SharedPast } from '../../src/wire/compression/codec.js'

const { PACKETBOAT_SEED } = process.env

/** Seed of the property tests: from the environment, else a fixed one. */
export const seed = Number(PACKETBOAT_SEED ?? 20250117)

export const sha256: CreateHash = () => {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) }
}

export const corrupt = (error: unknown): boolean => hasCode(error, 'FRAME_CORRUPT')

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Whole numbers below a bound, the same ones for the same seed (xorshift). */
export function randomNumbers(from: number): (below: number) => number {
  let state = from || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Bytes that no codec makes smaller. */
export function noise(size: number, from = 1): Uint8Array {
  const random = randomNumbers(from)
  return new Uint8Array(size).map(() => random(256))
}

const words =
  'the list that we wrote about kernel server patch please thanks which would harbour message of and to in'.split(
    ' ',
  )

/** Something like prose. */
export function prose(size: number, from = 1): Uint8Array {
  const random = randomNumbers(from)
  let text = ''
  while (text.length < size) text += `${words[random(words.length)]}${random(9) === 0 ? random(1000) : ''} `
  return utf8(text).subarray(0, size)
}

/** Some bytes as what both sides hold. */
export const behind = (dictionary: Uint8Array): SharedPast => ({ dictionary: () => dictionary })
