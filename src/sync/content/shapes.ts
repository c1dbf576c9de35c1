import { equalBytes } from '../../bytes/concat.js'
import { decodeOutline, type Outline } from '../../mime/outline.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../mime/skeleton-codec.js'
import type { ContentRecord } from '../../replica/records.js'

/**
 * How the contents of one exchange are made, read once for each as long as its record says the same. An author can give a mail a thousand
 * parts: read anew for each piece that comes, they would cost as much as a million.
 */
export class Shapes {
  readonly #outlines = new Kept(decodeOutline)
  readonly #skeletons = new Kept(decodeSkeleton)

  outline({ outline }: Pick<ContentRecord, 'outline'>): Outline | undefined {
    return outline && this.#outlines.of(outline)
  }

  skeleton({ skeleton }: Pick<ContentRecord, 'skeleton'>): Skeleton | undefined {
    return skeleton && this.#skeletons.of(skeleton)
  }

  /** As it is recorded. */
  encoded(skeleton: Skeleton): Uint8Array {
    const bytes = encodeSkeleton(skeleton)
    this.#skeletons.keep(bytes, skeleton)
    return bytes
  }
}

/** Pieces come content by content: the last two are enough where one takes parts of another. */
const kept = 2

class Kept<T> {
  #last: { readonly bytes: Uint8Array; readonly decoded: T }[] = []
  readonly #decode: (bytes: Uint8Array) => T

  constructor(decode: (bytes: Uint8Array) => T) {
    this.#decode = decode
  }

  of(bytes: Uint8Array): T {
    const known = this.#last.find((each) => each.bytes === bytes || equalBytes(each.bytes, bytes))
    if (known) return known.decoded
    const decoded = this.#decode(bytes)
    // A record shares memory with what it was read from.
    this.keep(bytes.slice(), decoded)
    return decoded
  }

  keep(bytes: Uint8Array, decoded: T): void {
    this.#last = [{ bytes, decoded }, ...this.#last].slice(0, kept)
  }
}
