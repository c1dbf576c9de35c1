import type { CreateHash, IncrementalHash } from './hash.js'

/**
 * SHA-256 (FIPS 180-4), for where no synchronous one exists: a browser's own answers later, and by then its
 * transaction would be over.
 */
export const sha256: CreateHash = () => new Sha256()

const blockBytes = 64
/** The offset of the length in the last block. */
const lengthAt = 56

/** The first 32 bits of the fractional parts of roots of the first primes: square roots of 8, cube roots of 64. */
const { start, rounds } = constants()

class Sha256 implements IncrementalHash {
  readonly #state = Int32Array.from(start)
  readonly #words = new Int32Array(blockBytes)
  readonly #rest = new Uint8Array(blockBytes)
  #restBytes = 0
  #bytes = 0
  #used = false

  update(bytes: Uint8Array): void {
    if (this.#used) throw new Error('the hash is used up')
    this.#bytes += bytes.length
    let at = 0
    if (this.#restBytes > 0) {
      at = Math.min(blockBytes - this.#restBytes, bytes.length)
      this.#rest.set(bytes.subarray(0, at), this.#restBytes)
      this.#restBytes += at
      if (this.#restBytes < blockBytes) return
      this.#take(this.#rest, 0)
      this.#restBytes = 0
    }
    for (; at + blockBytes <= bytes.length; at += blockBytes) this.#take(bytes, at)
    this.#rest.set(bytes.subarray(at))
    this.#restBytes = bytes.length - at
  }

  digest(): Uint8Array {
    const bits = this.#bytes * 8
    const zeros = (blockBytes + lengthAt - 1 - this.#restBytes) % blockBytes
    const end = new Uint8Array(1 + zeros + blockBytes - lengthAt)
    end[0] = 0x80
    const view = new DataView(end.buffer, 1 + zeros)
    view.setUint32(0, Math.floor(bits / 2 ** 32))
    view.setUint32(4, bits % 2 ** 32)
    this.update(end)
    this.#used = true
    const digest = new Uint8Array(32)
    const out = new DataView(digest.buffer)
    for (const [index, word] of this.#state.entries()) out.setInt32(4 * index, word)
    return digest
  }

  /** One block. The names are those of the standard. */
  #take(bytes: Uint8Array, from: number): void {
    const [w, state] = [this.#words, this.#state]
    for (let t = 0, at = from; t < 16; t++, at += 4)
      w[t] =
        ((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)
    for (let t = 16; t < 64; t++) {
      const [x, y] = [w[t - 15] as number, w[t - 2] as number]
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (rounds[t] as number) + (w[t] as number)) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries())
      state[index] = ((state[index] as number) + word) | 0
  }
}

/** Exact: a double holds the root of so small a prime to more than the 32 bits that are taken of its fraction. */
function constants(): { readonly start: Int32Array; readonly rounds: Int32Array } {
  const fraction = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0
  const primes: number[] = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return {
    start: Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
    rounds: Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
  }
}
