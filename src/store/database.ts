import type { Key, KeyRange, ListOptions, Store } from './store.js'

/** What a record may be made of; written with MessagePack. `undefined` members are left out. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value | undefined }

/**
 * Reading: one key, or a range in order. Records come back as they were put. Several callers may get the same
 * record: change nothing of it.
 */
export interface Reader {
  get<T>(key: Key): Promise<T | undefined>
  /** What will be got soon is read in one call of the store, where records are kept in memory. */
  readAhead(keys: readonly Key[]): Promise<void>
  list<T>(range: KeyRange, options?: ListOptions): AsyncIterable<{ readonly key: Key; readonly value: T }>
}

/**
 * A transaction sees its own writes, in `list` too, including those made while listing, ahead of the list's
 * position. Others see nothing of it before it is committed. Throws when used after its end.
 */
export interface Transaction extends Reader {
  put(key: Key, value: object | Value): void
  delete(key: Key): void
}

/** Typed records and transactions over a store. */
export interface Database extends Reader {
  readonly store: Store
  /**
   * Runs `body` alone (transactions of one Database queue up) and commits what it wrote as one batch; if it
   * throws, nothing is written. Keep the body short: no network, no mail files. Don't await another
   * `transact` in it, which would wait for this one. If another process has changed a record that the body
   * read, throws STORE_CONFLICT and writes nothing.
   */
  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T>
  /** An exchange ends: what is kept of all that was read goes, unless it is little. */
  rest(): void
}
