import { Decoder, Encoder } from '@msgpack/msgpack'
import { SmallArrays } from '../bytes/small-arrays.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import type { Value } from './database.js'
import type { Key } from './store.js'

/** Records as MessagePack. What `decode` gives shares memory with the bytes that it was given. */
export interface RecordCodec {
  /** A copy, later changes to `value` have no effect. Throws on what is no Value: functions, bigints, more than 100 levels. */
  encode(value: object | Value): Uint8Array
  /** The value as T, on trust: what is in the store was put there by us. Throws STORE_CORRUPT when it is no MessagePack. */
  decode<T>(key: Key, bytes: Uint8Array): T
}

/** What stands under a key. */
export interface Entry {
  readonly value: Uint8Array | undefined
  /** What the value says, once that was read. */
  record?: unknown
}

/** One of those that a list gives. */
export interface ListedEntry extends Entry {
  readonly key: Key
}

/** What an entry says. Decodes it once: all callers get the same record, and change nothing of it. */
export function recordOf<T>(codec: RecordCodec, key: Key, entry: Entry): T | undefined {
  if (!entry.value) return undefined
  entry.record ??= codec.decode(key, entry.value)
  return entry.record as T
}

export function createRecordCodec(): RecordCodec {
  const encoder = new Encoder({ ignoreUndefined: true })
  const decoder = new Decoder()
  const arrays = new SmallArrays()
  return {
    encode: (value) => {
      const encoded = encoder.encodeSharedRef(value)
      const copy = arrays.take(encoded.length)
      copy.set(encoded)
      return copy
    },
    decode: <T>(key: Key, bytes: Uint8Array) => {
      try {
        return decoder.decode(bytes) as T
      } catch (cause) {
        throw new PacketboatError(
          'STORE_CORRUPT',
          `The database holds a record that can't be read: ${key.filter((part) => typeof part !== 'object').join('/')}.`,
          'Move the database away; mail in the mail store is not touched, and the next sync builds a new database.',
          { cause },
        )
      }
    },
  }
}

/** A row of a list, as it is given out. */
export interface Row<T> {
  readonly key: Key
  readonly value: T
}

export function rowOf<T>(codec: RecordCodec, entry: ListedEntry): Row<T> {
  return { key: entry.key, value: recordOf<T>(codec, entry.key, entry) as T }
}

/**
 * Goes through what `begin` gives, and shows each item by `show`, up to so many. Takes one promise a row: most
 * lists are short and known, and for these async generators within each other take longer.
 */
export function showRows<A, B>(
  begin: () => Iterator<A> | AsyncIterator<A>,
  show: (item: A) => B,
  limit = Number.POSITIVE_INFINITY,
): AsyncIterable<B> {
  return { [Symbol.asyncIterator]: () => new ShownRows(begin, show, limit) }
}

class ShownRows<A, B> implements AsyncIterator<B> {
  #source: Iterator<A> | AsyncIterator<A> | undefined

  constructor(
    private readonly begin: () => Iterator<A> | AsyncIterator<A>,
    private readonly show: (item: A) => B,
    private left: number,
  ) {}

  next(): Promise<IteratorResult<B>> {
    try {
      if (this.left-- <= 0) return this.return()
      this.#source ??= this.begin()
      const result = this.#source.next()
      if (result instanceof Promise) return result.then((each) => this.shown(each))
      return Promise.resolve(this.shown(result))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async return(): Promise<IteratorResult<B>> {
    await this.#source?.return?.()
    return { done: true, value: undefined }
  }

  private shown(result: IteratorResult<A>): IteratorResult<B> {
    return result.done ? { done: true, value: undefined } : { done: false, value: this.show(result.value) }
  }
}
