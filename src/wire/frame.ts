import type { CreateHash } from '../bytes/hash.js'
import { ByteWriter } from '../bytes/varint.js'
import type { Codec, CodecStream, Work } from './compression/codec.js'
import { shippedDictionary } from './compression/dictionary.js'
import { createHistory } from './compression/history.js'
import { wireLimits } from './limits.js'

/**
 * One direction of an exchange is a sequence of frames. Each can be decoded once the ones before it have
 * arrived, and proves its payload with a digest. A `text` payload is compressed against the history and
 * becomes part of it; a `stored` one goes as it is, so that even the beginning of a cut one is of use.
 * docs/PROTOCOL.md "Frames" is the contract.
 */
export interface Frame {
  readonly kind: number
  readonly payload: Uint8Array
  /** Bytes that the frame took on the line. */
  readonly wireBytes: number
}

/** The beginning of a stored frame whose end did not arrive. Nothing has proved its bytes. */
export interface TornFrame {
  readonly kind: number
  readonly payloadPrefix: Uint8Array
  readonly payloadSize: number
}

export interface Coding {
  /** The codec that every side has, used from the first frame on. `mix` comes with the program and needs no loading. */
  readonly codec: Codec
  readonly createHash: CreateHash
}

/** The history of one direction, and the codecs that it serves. */
export function openStream(codecs: readonly Codec[], windowBytes: number) {
  const history = createHistory(shippedDictionary(), windowBytes)
  const streams = new Map<number, CodecStream>(codecs.map((codec) => [codec.id, codec.open(history)]))
  return {
    streams,
    *append(bytes: Uint8Array, codec: number | 'primer'): Work<void> {
      history.append(bytes)
      for (const stream of streams.values()) {
        if (stream.pieces) yield* stream.pieces.append(bytes, codec)
        else stream.append(bytes, codec)
      }
    },
  }
}

/**
 * The digest by which a frame proves itself. It covers the frame's first byte and its position too, so that
 * no damage turns one kind of frame into another, and a frame that was lost, doubled or moved fails the
 * check.
 */
export function checkOf(
  createHash: CreateHash,
  place: number,
  first: number,
  payload: Uint8Array,
): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(place)
  writer.u8(first)
  const hash = createHash()
  hash.update(writer.finish())
  hash.update(payload)
  return hash.digest().subarray(0, wireLimits.checkBytes)
}
