import { concat } from '../bytes/concat.js'
import { type Work, whole } from './compression/codec.js'
import { mixCodec, mixLimits } from './compression/mix/mix.js'
import { type Coding, checkOf, openStream } from './frame.js'
import { encodeFrameHead, firstByte } from './frame-head.js'
import { wireLimits } from './limits.js'

export interface FrameEncoder {
  /**
   * Encodes one frame, to be sent in the order of the calls. RangeError for a kind above 31 or a payload
   * above `wireLimits.payloadBytes`: callers keep their frames small.
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
 * Makes an encoder.
 * @param options.mix whether the other side can handle frames that take longer to read and are smaller.
 * @param options.mayMix asked before the first of these, and again until it agrees: they take much memory.
 * @param options.lookBackBytes how much of the history to use. Less is faster and compresses less; the other
 * side need not know, unless `mix` is used.
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

  /** Compresses by the first codec that takes it. The first frame says the version, so it uses the codec that older sides can read. */
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
