import { equalBytes } from '../../bytes/concat.js'
import { decodeOutline, type Outline } from '../../mime/outline.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../mime/skeleton-codec.js'
import type { Guid } from '../../replica/model.js'
import type { ContentRecord } from '../../replica/records.js'

/**
 * How the contents of one exchange are made up. Each is read once, and again only when its record has
 * changed. An author can give a message a thousand parts; reading its shape again for each piece that arrives
 * would be a million reads.
 */
export class Shapes {
  readonly #outlines = new Kept(decodeOutline)
  readonly #skeletons = new Kept(decodeSkeleton)

  outline({ id, outline }: Pick<ContentRecord, 'id' | 'outline'>): Outline | undefined {
    return outline && this.#outlines.of(id, outline)
  }

  skeleton({ id, skeleton }: Pick<ContentRecord, 'id' | 'skeleton'>): Skeleton | undefined {
    return skeleton && this.#skeletons.of(id, skeleton)
  }

  /** The skeleton encoded as it is recorded. */
  encoded(id: Guid, skeleton: Skeleton): Uint8Array {
    const bytes = encodeSkeleton(skeleton)
    this.#skeletons.keep(id, bytes, skeleton)
    return bytes
  }
}

/**
 * An answer goes over its messages several times, tier by tier. This keeps all of them for an answer of some
 * hundred messages. In memory it takes about ten times this figure.
 */
const keptBytes = 64 * 1024
/** Even when they are large: the last two, since pieces come content by content, and one may take parts of another. */
const alwaysKept = 2

class Kept<T> {
  /** The oldest first. */
  readonly #known = new Map<Guid, { readonly bytes: Uint8Array; readonly decoded: T }>()
  #sum = 0
  readonly #decode: (bytes: Uint8Array) => T

  constructor(decode: (bytes: Uint8Array) => T) {
    this.#decode = decode
  }

  of(id: Guid, bytes: Uint8Array): T {
    const known = this.#known.get(id)
    if (known && (known.bytes === bytes || equalBytes(known.bytes, bytes))) {
      this.#known.delete(id)
      this.#known.set(id, known)
      return known.decoded
    }
    const decoded = this.#decode(bytes)
    // A record shares memory with what it was read from.
    this.keep(id, bytes.slice(), decoded)
    return decoded
  }

  keep(id: Guid, bytes: Uint8Array, decoded: T): void {
    this.#drop(id)
    this.#known.set(id, { bytes, decoded })
    this.#sum += bytes.length
    for (const oldest of this.#known.keys()) {
      if (this.#sum <= keptBytes || this.#known.size <= alwaysKept) return
      this.#drop(oldest)
    }
  }

  #drop(id: Guid): void {
    this.#sum -= this.#known.get(id)?.bytes.length ?? 0
    this.#known.delete(id)
  }
}
