import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { gistBytes } from '../../mime/stand-in/gist-text.js'
import type { ContentRef } from '../content-frames.js'

/** The text of a part of HTML, in its place. docs/PROTOCOL.md "gist". */
export interface Gist {
  readonly ref: ContentRef
  readonly part: number
  readonly text: string
}

export function encodeGist({ ref, part, text }: Gist): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(ref.scope)
  writer.varint(ref.id)
  writer.varint(part)
  writer.text(text)
  return writer.finish()
}

export function decodeGist(payload: Uint8Array): Gist {
  const reader = new ByteReader(payload)
  return {
    ref: { scope: reader.varint(), id: reader.varint() },
    part: reader.varint(),
    text: reader.text(gistBytes),
  }
}
