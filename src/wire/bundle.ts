import { ByteReader, ByteWriter } from '../bytes/varint.js'
import { protocolError } from './values.js'

/** Several small frames in one: they share its head and its turn at the compression. docs/PROTOCOL.md "Bundles". */

export const bundleKind = 31

export interface Bundled {
  readonly kind: number
  readonly payload: Uint8Array
}

export function encodeBundle(frames: readonly Bundled[]): Uint8Array {
  const writer = new ByteWriter()
  for (const { kind, payload } of frames) {
    writer.u8(kind)
    writer.bytes(payload)
  }
  return writer.finish()
}

/** The frames of a bundle; any other frame by itself. A bundle holds no bundles. */
export function unbundle(frame: Bundled): Bundled[] {
  if (frame.kind !== bundleKind) return [frame]
  const reader = new ByteReader(frame.payload)
  const frames: Bundled[] = []
  while (!reader.done) {
    const kind = reader.u8()
    if (kind >= bundleKind) throw protocolError('a bundle within a bundle')
    frames.push({ kind, payload: reader.bytes(frame.payload.length) })
  }
  return frames
}
