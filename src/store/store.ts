/**
 * The ordered key-value port that a replica lives in. Small enough for SQLite, IndexedDB, PostgreSQL and
 * memory; strong enough for the replica: atomic batches, range lists. Every engine passes `testing/store.ts`.
 */
export interface Store {
  get(key: Key): Promise<Uint8Array | undefined>
  /** The same for many keys in one call, in their order. */
  getMany(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]>
  /**
   * The entries of a range in key order. What a concurrent commit adds or removes may or may not appear; an
   * entry that exists throughout is given exactly once. Bounded in memory: engines read in pages.
   */
  list(range: KeyRange, options?: ListOptions): AsyncIterable<StoreEntry>
  /** The keys that `list` gives, where an engine finds them without reading what stands there. */
  listKeys?(range: KeyRange): AsyncIterable<Key>
  /**
   * Writes all of the batch or nothing; durable on return, or after the next `flush` where there is one.
   * Throws STORE_CONFLICT, with nothing changed, when a checked key does not hold the bytes that the check
   * names; DISK_FULL; READ_ONLY; STORE_CORRUPT; LOCKED when another process writes for too long.
   */
  commit(batch: StoreBatch): Promise<void>
  /**
   * Waits until all commits so far are durable. Only in a store that writes later than it commits: after a
   * crash it has all commits up to some recent one. What was committed may be told to nobody before (law 15).
   * Throws what `commit` throws.
   */
  flush?(): Promise<void>
  /**
   * A number that changes when somebody else has committed to the underlying storage; it may be as old as the
   * event loop's last turn. A caller that caches what it read asks before each use, and thereby gives others
   * their turn, which is why it is now and then a promise.
   */
  generation(): number | Promise<number>
  close(): Promise<void>
}

/** Parts order as: numbers before strings before bytes; numbers by value, strings by UTF-8 bytes, and a key before those it begins. */
export type KeyPart = number | string | Uint8Array
/** Numbers are safe integers, not negative. */
export type Key = readonly KeyPart[]

export interface KeyRange {
  /** Every key that begins with these parts, without the key that is just these parts. */
  readonly prefix: Key
  /** Only keys from prefix + start on. */
  readonly start?: Key
  /** Only keys before prefix + end. */
  readonly end?: Key
}

export interface ListOptions {
  readonly reverse?: boolean
  readonly limit?: number
}

export interface StoreEntry {
  readonly key: Key
  readonly value: Uint8Array
}

export interface StoreBatch {
  /** Checks needn't be made while `generation()` would still give this: what they name was read since. */
  readonly since?: number
  readonly checks?: readonly { readonly key: Key; readonly value: Uint8Array | undefined }[]
  readonly puts?: readonly StoreEntry[]
  /** Applied before the puts. */
  readonly deletes?: readonly Key[]
  /** Applied before the puts. */
  readonly deleteRanges?: readonly KeyRange[]
}
