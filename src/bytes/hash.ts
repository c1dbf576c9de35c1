/** An incremental SHA-256. Handed in, so that Node can bring its native one; `sha256.ts` is one for browsers. */
export interface IncrementalHash {
  update(bytes: Uint8Array): void
  /** 32 bytes. The hash is used up afterwards. */
  digest(): Uint8Array
}

export type CreateHash = () => IncrementalHash

/** A digest as 64 lower-case hex digits: a SHA-256 used as a name. */
export type Digest = string
