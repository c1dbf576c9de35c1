import { BitDecoder, BitEncoder } from './arithmetic.js'
import { MixModel } from './model.js'

/** What `MixMachine` does, as docs/PROTOCOL.md "Codec 2" says it. */
export class ReferenceMachine {
  private readonly model = new MixModel()
  private encoder = new BitEncoder(0)
  private decoder = new BitDecoder(new Uint8Array())

  look(bytes: Uint8Array): void {
    // An empty look must change nothing: a match goes on.
    if (bytes.length > 0) this.model.look(bytes)
  }

  learn(bytes: Uint8Array): void {
    this.model.learnBytes(bytes)
  }

  beginWriting(mostBytes: number): void {
    this.encoder = new BitEncoder(mostBytes)
  }

  write(bytes: Uint8Array): void {
    for (const byte of bytes)
      for (let shift = 7; shift >= 0; shift--) {
        const bit = (byte >> shift) & 1
        this.encoder.encode(bit, this.model.probability)
        this.model.push(bit)
      }
  }

  endWriting(): Uint8Array | undefined {
    return this.encoder.finish()
  }

  beginReading(body: Uint8Array): void {
    this.decoder = new BitDecoder(body)
  }

  read(into: Uint8Array): void {
    for (let at = 0; at < into.length; at++) {
      let byte = 0
      for (let i = 0; i < 8; i++) {
        const bit = this.decoder.decode(this.model.probability)
        this.model.push(bit)
        byte = (byte << 1) | bit
      }
      into[at] = byte
    }
  }
}
