import { protocolError } from '../../wire/values.js'
import { inflation } from '../policy/limits.js'

/** Holds what frames unpack to against what they took on the line. Throws PROTOCOL where no honest side can have sent them. */
export class Inflation {
  private wireBytes = 0
  private payloadBytes = 0

  count(frame: { readonly wireBytes: number; readonly payload: Uint8Array }): void {
    this.wireBytes += frame.wireBytes
    this.payloadBytes += frame.payload.length
    if (this.payloadBytes > inflation.fromBytes && this.payloadBytes > inflation.most * this.wireBytes)
      throw protocolError(`frames that unpack to ${inflation.most} times what they take on the line`)
  }
}
