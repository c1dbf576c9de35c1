import type { Codec, CodecStream, SharedPast } from '../codec.js'
import { frameCorrupt } from '../frame-corrupt.js'
import { BitDecoder, BitEncoder } from './arithmetic.js'
import { MixModel } from './model.js'

export const mixLimits = {
  /**
   * The most that is coded or learned in one go: a fifth of a second. It is also what a few bytes from a stranger can cost. Frames
   * of content have 4 kB.
   */
  bytes: 32 * 1024,
  /** Less isn't worth starting a model for: an answer that brings nothing has no payload as long as this. */
  leastBytes: 64,
  /** On a machine of 2020. */
  msPerKb: 6,
} as const

/**
 * Context mixing: a model predicts each bit from what came before, and what it has learned lasts from frame to frame. A fifth to a
 * quarter smaller than zstd, and a hundred times slower, so it is for lines that are slower still. docs/PROTOCOL.md "Codec 2" is
 * the contract.
 */
export const mixCodec: Codec = { id: 2, open: (history) => new MixStream(history) }

class MixStream implements CodecStream {
  /** There from the first frame of this codec on. */
  private model: MixModel | undefined
  /** The model has learned the payload that is appended next, and it was begun for it. */
  private coded: { readonly begun: boolean } | undefined

  constructor(private readonly history: SharedPast) {}

  compress(payload: Uint8Array): Uint8Array | undefined {
    if (payload.length < mixLimits.leastBytes || payload.length > mixLimits.bytes) return undefined
    const model = this.begin()
    const encoder = new BitEncoder(payload.length - 1)
    for (const byte of payload)
      for (let shift = 7; shift >= 0; shift--) {
        const bit = (byte >> shift) & 1
        encoder.encode(bit, model.probability)
        model.push(bit)
      }
    return encoder.finish()
  }

  decompress(body: Uint8Array, size: number): Uint8Array {
    if (size > mixLimits.bytes) throw frameCorrupt(`${size} bytes are too many for its codec`)
    const model = this.begin()
    const decoder = new BitDecoder(body)
    const payload = new Uint8Array(size)
    for (let at = 0; at < size; at++) {
      let byte = 0
      for (let i = 0; i < 8; i++) {
        const bit = decoder.decode(model.probability)
        model.push(bit)
        byte = (byte << 1) | bit
      }
      payload[at] = byte
    }
    return payload
  }

  workMs(size: number): number {
    const learned = this.model ? 0 : mixLimits.bytes
    return ((size + learned) / 1024) * mixLimits.msPerKb
  }

  append(bytes: Uint8Array, codec: number | 'primer'): void {
    const { coded } = this
    this.coded = undefined
    if (!coded) this.model?.takeIn(bytes, mixLimits.bytes)
    // The other side sees no frame of this codec yet.
    else if (coded.begun && codec !== mixCodec.id) this.model = undefined
  }

  private begin(): MixModel {
    this.coded = { begun: this.model === undefined }
    if (!this.model) {
      this.model = new MixModel()
      this.model.takeIn(this.history.dictionary(), mixLimits.bytes)
    }
    return this.model
  }
}
