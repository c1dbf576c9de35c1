import { equalBytes } from '../bytes/concat.js'
import { type Work, whole } from './compression/codec.js'
import { mixCodec } from './compression/mix/mix.js'
import { type Coding, checkOf, type Frame, openStream, type TornFrame } from './frame.js'
import { frameCorrupt } from './frame-corrupt.js'
import { decodeFrameHead, type FrameHead, firstByte, headMaxBytes } from './frame-head.js'
import { wireLimits } from './limits.js'

/**
 * Decodes the bytes that have arrived so far. After an error, every call but `torn` and `unfinished` throws
 * the same one.
 */
export interface FrameDecoder {
  /**
   * Takes bytes as they arrive. `next` reads them in place: call it until there is nothing more, before the
   * bytes change.
   */
  push(chunk: Uint8Array): void
  /**
   * The next whole frame, if it has arrived. Throws FRAME_CORRUPT when it isn't what was sent, or never could
   * have been.
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
  /** As for the encoder, between two frames. */
  prime(bytes: Uint8Array): void
  /** The same piece by piece. */
  priming(bytes: Uint8Array): Work<void>
  /** What the other side has taken into the history isn't here: of text frames only the kind can be read from here on, without a proof. */
  skim(): void
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
