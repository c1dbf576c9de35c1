import { frameCorrupt } from '../../frame-corrupt.js'
import { type Codec, type CodecStream, type SharedPast, type Work, whole } from '../codec.js'
import { type Machine, openMachine } from './machine.js'
import { machineBytes } from './machine-bytes.js'

export const mixLimits = {
  /** The most of a payload, and the most that is learned of what was there before: a few hundredths of a second each. Frames of content have 4 kB. */
  bytes: machineBytes,
  /** What is coded or learned in one go, where others wait. */
  pieceBytes: 4 * 1024,
  /** Less isn't worth starting a model for: an answer that brings nothing has no payload as long as this. */
  leastBytes: 64,
  /** Processor time, about, on a machine of 2020. */
  msPerKb: 1,
} as const

/**
 * Context mixing: a model predicts each bit from what came before, and keeps what it has learned from frame
 * to frame. A fifth to a quarter smaller than zstd and many times slower, so it is for lines that are slower
 * still. docs/PROTOCOL.md "Codec 2" is the contract.
 */
export const mixCodec: Codec = { id: 2, open: (history) => new MixStream(history) }

class MixStream implements CodecStream {
  /** Made with the first frame of this codec. */
  private model: Machine | undefined
  /** The model has learned the payload that is appended next, and it was begun for it. */
  private coded: { readonly begun: boolean } | undefined
  readonly pieces = {
    compress: (payload: Uint8Array) => this.compressing(payload),
    decompress: (body: Uint8Array, size: number) => this.decompressing(body, size),
    append: (bytes: Uint8Array, codec: number | 'primer') => this.appending(bytes, codec),
  }

  constructor(private readonly history: SharedPast) {}

  compress(payload: Uint8Array): Uint8Array | undefined {
    return whole(this.compressing(payload))
  }

  decompress(body: Uint8Array, size: number): Uint8Array {
    return whole(this.decompressing(body, size))
  }

  append(bytes: Uint8Array, codec: number | 'primer'): void {
    whole(this.appending(bytes, codec))
  }

  private *compressing(payload: Uint8Array): Work<Uint8Array | undefined> {
    if (payload.length < mixLimits.leastBytes || payload.length > mixLimits.bytes) return undefined
    const model = yield* this.begin()
    model.beginWriting(payload.length - 1)
    for (let at = 0; at < payload.length; at += mixLimits.pieceBytes) {
      const piece = payload.subarray(at, at + mixLimits.pieceBytes)
      yield piece.length
      model.write(piece)
    }
    return model.endWriting()
  }

  private *decompressing(body: Uint8Array, size: number): Work<Uint8Array> {
    if (size > mixLimits.bytes || body.length > mixLimits.bytes)
      throw frameCorrupt(`${size} bytes, coded to ${body.length}, are too many for its codec`)
    const model = yield* this.begin()
    model.beginReading(body)
    const payload = new Uint8Array(size)
    for (let at = 0; at < size; at += mixLimits.pieceBytes) {
      const piece = payload.subarray(at, at + mixLimits.pieceBytes)
      yield piece.length
      model.read(piece)
    }
    return payload
  }

  private *appending(bytes: Uint8Array, codec: number | 'primer'): Work<void> {
    const { coded } = this
    this.coded = undefined
    if (!coded && this.model) yield* takeIn(this.model, bytes)
    // The other side sees no frame of this codec yet.
    else if (coded?.begun && codec !== mixCodec.id) this.model = undefined
  }

  private *begin(): Work<Machine> {
    this.coded = { begun: this.model === undefined }
    if (!this.model) {
      this.model = openMachine()
      yield* takeIn(this.model, this.history.dictionary())
    }
    return this.model
  }
}

/** Takes in bytes that needn't be coded: the last ones are learned, earlier ones only serve as matches. */
function* takeIn(model: Machine, bytes: Uint8Array): Work<void> {
  const learned = Math.max(0, bytes.length - mixLimits.bytes)
  if (learned > 0) model.look(bytes.subarray(0, learned))
  for (let at = learned; at < bytes.length; at += mixLimits.pieceBytes) {
    const piece = bytes.subarray(at, at + mixLimits.pieceBytes)
    yield piece.length
    model.learn(piece)
  }
}
