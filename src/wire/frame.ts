import { concat, equalBytes } from '../bytes/concat.js'
import type { CreateHash } from '../bytes/hash.js'
import { ByteWriter } from '../bytes/varint.js'
import { type Codec, type CodecStream, type Work, whole } from './compression/codec.js'
import { shippedDictionary } from './compression/dictionary.js'
import { createHistory } from './compression/history.js'
import { mixCodec, mixLimits } from './compression/mix/mix.js'
import { frameCorrupt } from './frame-corrupt.js'
import { decodeFrameHead, encodeFrameHead, type FrameHead, firstByte, headMaxBytes } from './frame-head.js'
import { wireLimits } from './limits.js'

/**
 * One direction of an exchange is a row of frames. Each is decodable once the ones before it have come, and
 * proves its payload with a digest. A `text` payload is compressed against the history and becomes part of
 * it; a `stored` one goes as it is, so that even the beginning of one that was cut is of use.
 * docs/PROTOCOL.md "Frames" is the contract.
 */
export interface Frame {
  readonly kind: number
  readonly payload: Uint8Array
  /** What it took on the line. */
  readonly wireBytes: number
}

/** The beginning of a stored frame whose end did not arrive. Nothing has proved its bytes. */
export interface TornFrame {
  readonly kind: number
  readonly payloadPrefix: Uint8Array
  readonly payloadSize: number
}

export interface FrameEncoder {
  /**
   * One frame, to be sent in the order of the calls. RangeError on a kind above 31 or a payload above
   * `wireLimits.payloadBytes`: callers keep their frames small.
   */
  encode(kind: number, payload: Uint8Array, mode: 'text' | 'stored'): Uint8Array
  /** The same piece by piece. */
  encoding(kind: number, payload: Uint8Array, mode: 'text' | 'stored'): Work<Uint8Array>
  /** The last frame isn't sent after all: what follows must be stored, as the histories of the two sides part here. */
  retract(): void
  /** Takes bytes into the history that the other side takes in at the same place: docs/PROTOCOL.md "Primers". */
  prime(bytes: Uint8Array): void
  /** The same piece by piece. */
  priming(bytes: Uint8Array): Work<void>
}

/**
 * What can be made of the bytes so far. After an error every call but `torn` and `unfinished` throws the same
 * one.
 */
export interface FrameDecoder {
  /**
   * Takes bytes as they come. They are read by `next`, so call that until there is nothing more before the
   * bytes change.
   */
  push(chunk: Uint8Array): void
  /**
   * The next whole frame, if it is there. FRAME_CORRUPT when it isn't what was sent, or never could have
   * been.
   */
  next(): Frame | undefined
  /** The same piece by piece. */
  reading(): Work<Frame | undefined>
  /** The codec of the next frame, once its head is here. Throws as `next`. */
  codec(): number | undefined
  /** When the bytes end inside the body of a stored frame, what there is of it. */
  torn(): TornFrame | undefined
  /** Whether the bytes end inside a frame. */
  unfinished(): boolean
  /** As with the encoder, between two frames. */
  prime(bytes: Uint8Array): void
  /** The same piece by piece. */
  priming(bytes: Uint8Array): Work<void>
  /** What the other side has taken into the history isn't here: of text frames only the kind can be read from here on, without a proof. */
  skim(): void
}

interface Coding {
  /** The one that every side speaks, from the first frame on. `mix` is there besides, and needs no loading. */
  readonly codec: Codec
  readonly createHash: CreateHash
}

/** The history of one direction, and the codecs that it serves. */
function openStream(codecs: readonly Codec[], windowBytes: number) {
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
 * @param options.mix whether the other side can do with frames that take longer to read and are smaller.
 * @param options.mayMix asked before the first of these, and again until it may be: they take much memory.
 * @param options.lookBackBytes how much of the history is used. Less is faster and compresses less; the other
 * side needn't know, where `mix` isn't used.
 */
export function createFrameEncoder(
  options: Coding & {
    readonly mix?: boolean
    readonly mayMix?: () => boolean
    readonly lookBackBytes?: number
  },
): FrameEncoder {
  const { codec, createHash, mix = false, mayMix, lookBackBytes = wireLimits.historyBytes } = options
  const { streams, append } = openStream(mix ? [mixCodec, codec] : [codec], lookBackBytes)
  let place = 0
  let mixes = mayMix === undefined

  /** By the first codec that takes it. The first frame is in the one that older sides can read too: it says the version. */
  function* compress(
    payload: Uint8Array,
  ): Work<{ readonly id: number; readonly body: Uint8Array } | undefined> {
    for (const [id, stream] of streams) {
      if (place === 0 && id !== codec.id) continue
      if (id === mixCodec.id && payload.length >= mixLimits.leastBytes) mixes ||= mayMix?.() ?? true
      if (id === mixCodec.id && !mixes) continue
      const body = stream.pieces ? yield* stream.pieces.compress(payload) : stream.compress(payload)
      if (body) return { id, body }
    }
    return undefined
  }

  function* encoding(kind: number, payload: Uint8Array, mode: 'text' | 'stored'): Work<Uint8Array> {
    if (!Number.isInteger(kind) || kind < 0 || kind > wireLimits.kind)
      throw new RangeError(`${kind} is no frame kind`)
    if (payload.length > wireLimits.payloadBytes)
      throw new RangeError(`${payload.length} bytes are too many for one frame`)
    const entersHistory = mode === 'text'
    const coded = entersHistory ? yield* compress(payload) : undefined
    const stored = {
      kind,
      entersHistory,
      codec: 0,
      payloadBytes: payload.length,
      bodyBytes: payload.length,
    }
    const pays = coded && coded.body.length + wireLimits.sizeBytes < payload.length
    const head = pays ? { ...stored, codec: coded.id, bodyBytes: coded.body.length } : stored
    const check = checkOf(createHash, place++, firstByte(head), payload)
    if (entersHistory) yield* append(payload, head.codec)
    return concat([encodeFrameHead({ ...head, check }), pays ? coded.body : payload])
  }

  return {
    encode: (kind, payload, mode) => whole(encoding(kind, payload, mode)),
    encoding,
    retract: () => {
      place--
    },
    prime: (bytes) => whole(append(bytes, 'primer')),
    priming: (bytes) => append(bytes, 'primer'),
  }
}

export function createFrameDecoder({ codec, createHash }: Coding): FrameDecoder {
  const { streams, append } = openStream([codec, mixCodec], wireLimits.historyBytes)
  const chunks: Uint8Array[] = []
  /** How much of the first chunk has been read. */
  let at = 0
  const headBytes = new Uint8Array(headMaxBytes)
  /** How much of a head there is while `begun` is undefined. */
  let headSize = 0
  let begun: { readonly head: FrameHead; readonly body: Uint8Array; filled: number } | undefined
  /** How many frames came before. */
  let place = 0
  let skims = false
  let failure: unknown

  /** At least one and at most `most` of the unread bytes, or undefined when there are none. */
  const take = (most: number): Uint8Array | undefined => {
    for (let [chunk] = chunks; chunk; [chunk] = chunks) {
      if (at === chunk.length) {
        chunks.shift()
        at = 0
        continue
      }
      const taken = chunk.subarray(at, at + most)
      at += taken.length
      return taken
    }
    return undefined
  }

  const readHead = (): void => {
    while (!begun) {
      const byte = take(1)
      if (!byte) return
      headBytes.set(byte, headSize)
      headSize++
      const head = decodeFrameHead(headBytes.subarray(0, headSize))
      if (!head) continue
      if (head.codec !== 0 && !streams.has(head.codec))
        throw frameCorrupt(`it is compressed in a way that is not known here (codec ${head.codec})`)
      // Work that a stranger's first bytes aren't worth.
      if (place === 0 && head.codec === mixCodec.id)
        throw frameCorrupt('it is the first, and compressed in a way in which no first one is')
      begun = { head, body: new Uint8Array(head.bodyBytes), filled: 0 }
    }
  }

  const startNext = (): void => {
    begun = undefined
    headSize = 0
    place++
  }

  function* read(): Work<Frame | undefined> {
    readHead()
    if (!begun) return undefined
    const { head, body } = begun
    while (begun.filled < body.length) {
      const bytes = take(body.length - begun.filled)
      if (!bytes) return undefined
      body.set(bytes, begun.filled)
      begun.filled += bytes.length
    }
    const wireBytes = headSize + body.length
    if (skims && head.entersHistory) {
      startNext()
      return { kind: head.kind, payload: new Uint8Array(), wireBytes }
    }
    const stream = streams.get(head.codec)
    const payload = stream
      ? stream.pieces
        ? yield* stream.pieces.decompress(body, head.payloadBytes)
        : stream.decompress(body, head.payloadBytes)
      : body
    if (!equalBytes(checkOf(createHash, place, firstByte(head), payload), head.check))
      throw frameCorrupt('its digest is not that of its bytes and its place')
    if (head.entersHistory) yield* append(payload, head.codec)
    startNext()
    return { kind: head.kind, payload, wireBytes }
  }

  const throwFailure = (): void => {
    if (failure !== undefined) throw failure
  }

  const fail = (error: unknown): unknown => {
    failure = error
    chunks.length = 0
    begun = undefined
    return error
  }

  function* reading(): Work<Frame | undefined> {
    throwFailure()
    try {
      return yield* read()
    } catch (error) {
      throw fail(error)
    }
  }

  return {
    push(chunk) {
      throwFailure()
      if (chunk.length > 0) chunks.push(chunk)
    },
    next: () => whole(reading()),
    reading,
    codec() {
      throwFailure()
      try {
        readHead()
        return begun?.head.codec
      } catch (error) {
        throw fail(error)
      }
    },
    torn() {
      if (begun?.head.codec !== 0) return undefined
      const { head, body, filled } = begun
      return { kind: head.kind, payloadPrefix: body.slice(0, filled), payloadSize: head.payloadBytes }
    },
    prime: (bytes) => whole(append(bytes, 'primer')),
    priming: (bytes) => append(bytes, 'primer'),
    skim: () => {
      skims = true
    },
    unfinished: () => headSize > 0 || chunks.some((chunk, i) => chunk.length > (i === 0 ? at : 0)),
  }
}

/**
 * What a frame proves itself with. Its first byte and its place are in it too, so that no damage turns one
 * kind of frame into another, and a frame that was lost, doubled or moved doesn't pass.
 */
function checkOf(createHash: CreateHash, place: number, first: number, payload: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(place)
  writer.u8(first)
  const hash = createHash()
  hash.update(writer.finish())
  hash.update(payload)
  return hash.digest().subarray(0, wireLimits.checkBytes)
}
