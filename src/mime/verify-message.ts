import { equalBytes } from '../bytes/concat.js'
import type { CreateHash, Digest, IncrementalHash } from '../bytes/hash.js'
import { toHex } from '../bytes/hex.js'
import type { ByteSource } from '../bytes/source.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { bodyOffsets } from './body-offsets.js'
import { Base64Check } from './encodings/base64.js'
import { readExactly } from './lines.js'
import type { Part, Skeleton } from './skeleton.js'

const chunkBytes = 64 * 1024

/** A stretch of the message: a structure run, or a part. */
interface Stretch {
  readonly end: number
  readonly part?: number
}

/**
 * Reads, front to back, what a skeleton without a digest was made without reading, and checks that it matches
 * the skeleton: the whole message, or one part. Throws MESSAGE_CHANGED where it doesn't, and is then
 * unusable. After any other error it can continue over another source of the same bytes. It may serve several
 * callers.
 */
export class MessageVerifier {
  readonly #stretches: readonly Stretch[]
  readonly #whole: IncrementalHash
  readonly #digests = new Map<number, Digest>()
  #next = 0
  #at: number
  #check: PartCheck | undefined
  #last: Promise<void> = Promise.resolve()
  #digest: Digest | undefined

  constructor(
    private readonly skeleton: Skeleton,
    private readonly createHash: CreateHash,
    only?: number,
  ) {
    const starts = bodyOffsets(skeleton)
    const stretches = skeleton.parts.flatMap(({ encodedSize }, part): Stretch[] => {
      const start = starts[part] ?? 0
      return [{ end: start }, { end: start + encodedSize, part }]
    })
    const own = stretches.filter(({ part }) => part === only)
    this.#stretches = only === undefined ? [...stretches, { end: skeleton.size }] : own
    this.#at = only === undefined ? 0 : (starts[only] ?? 0)
    this.#whole = createHash()
  }

  /** Everything before this offset in the message has been checked when this returns. */
  advance(source: ByteSource, to: number): Promise<void> {
    const next = this.#last.then(() => this.#readOn(source, to))
    this.#last = next.catch(() => undefined)
    return next
  }

  async #readOn(source: ByteSource, to: number): Promise<void> {
    for (let stretch = this.#stretches[this.#next]; stretch; stretch = this.#stretches[this.#next]) {
      this.#check ??= this.#checkOf(stretch)
      if (this.#at < stretch.end) {
        if (this.#at >= to) return
        const chunk = await readExactly(source, this.#at, Math.min(chunkBytes, stretch.end - this.#at))
        this.#whole.update(chunk)
        this.#check?.update(chunk)
        this.#at += chunk.length
      }
      if (this.#at < stretch.end) continue
      const digest = this.#check?.finish()
      if (stretch.part !== undefined && digest !== undefined) this.#digests.set(stretch.part, digest)
      this.#check = undefined
      this.#next++
    }
  }

  /** Reads on to the end. The skeleton with the digests that are known by then; with its own when all of the message was read. */
  async finish(source: ByteSource): Promise<Skeleton> {
    await this.advance(source, this.skeleton.size)
    const parts = this.skeleton.parts.map((part, index) => {
      const digest = part.digest ?? this.#digests.get(index)
      return { ...part, ...(digest !== undefined && { digest }) }
    })
    const whole = this.#stretches.at(-1)?.part === undefined
    if (whole) this.#digest ??= toHex(this.#whole.digest())
    return { ...this.skeleton, parts, ...(this.#digest !== undefined && { digest: this.#digest }) }
  }

  #checkOf({ part = -1 }: Stretch): PartCheck | undefined {
    const described = this.skeleton.parts[part]
    return described && described.digest === undefined ? new PartCheck(described, this.createHash) : undefined
  }
}

class PartCheck {
  readonly #base64: Base64Check | undefined
  readonly #hash: IncrementalHash

  constructor(
    private readonly part: Part,
    createHash: CreateHash,
  ) {
    this.#hash = createHash()
    if (part.encoding.kind === 'base64') this.#base64 = new Base64Check()
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(this.#base64 ? this.#base64.update(chunk) : chunk)
    if (this.#base64?.exact === false) throw otherwise()
  }

  finish(): Digest {
    const { encoding, size } = this.part
    if (this.#base64 && encoding.kind === 'base64') {
      const found = this.#base64.finish()
      const same =
        found?.lineLength === encoding.lineLength &&
        found.eol === encoding.eol &&
        equalBytes(found.tail, encoding.tail) &&
        this.#base64.size === size
      if (!same) throw otherwise()
    }
    return toHex(this.#hash.digest())
  }
}

function otherwise(): PacketboatError {
  return new PacketboatError(
    'MESSAGE_CHANGED',
    'A message differs from what its beginning and the sizes of its parts predicted.',
    'packetboat reads all of it and sends it as another message.',
  )
}
