import { Decoder, Encoder } from '@msgpack/msgpack'
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

export function createRecordCodec(): RecordCodec {
  const encoder = new Encoder({ ignoreUndefined: true })
  const decoder = new Decoder()
  return {
    encode: (value) => encoder.encode(value),
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
