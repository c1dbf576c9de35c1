import { ByteReader, ByteWriter } from '../bytes/varint.js'

/** The bytes of messages, in either direction. docs/PROTOCOL.md "Content". */

/**
 * Which content a frame is about. Downwards {index of the mailbox in order of its `open` frames, number of
 * the message}; upwards {0, number of the `offer` frame, from 0}.
 */
export interface ContentRef {
  readonly scope: number
  readonly id: number
}

/** Tier 2 begins: how the message is put together, and the first of its structure bytes. */
export interface SkeletonFrame {
  readonly ref: ContentRef
  /** As written by `mime/skeleton-codec.ts`. */
  readonly skeleton: Uint8Array
  readonly structure: Uint8Array
}

/** A run of a piece's bytes, decoded: parts have their numbers, one past the last is the structure, then come the cold fields. */
export interface ChunkFrame {
  readonly ref: ContentRef
  readonly part: number
  readonly offset: number
  readonly bytes: Uint8Array
}

export function encodeSkeletonFrame(frame: SkeletonFrame): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(frame.ref.scope)
  writer.varint(frame.ref.id)
  writer.bytes(frame.skeleton)
  writer.raw(frame.structure)
  return writer.finish()
}

export function decodeSkeletonFrame(payload: Uint8Array): SkeletonFrame {
  const reader = new ByteReader(payload)
  const ref = { scope: reader.varint(), id: reader.varint() }
  const skeleton = reader.bytes(payload.length)
  return { ref, skeleton, structure: reader.rest() }
}

export function encodeChunk(frame: ChunkFrame): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(frame.ref.scope)
  writer.varint(frame.ref.id)
  writer.varint(frame.part)
  writer.varint(frame.offset)
  writer.raw(frame.bytes)
  return writer.finish()
}

/** What a skeleton or a chunk is about. */
export function decodeRef(payload: Uint8Array): ContentRef {
  const reader = new ByteReader(payload)
  return { scope: reader.varint(), id: reader.varint() }
}

/** Decodes a chunk; of one whose end is missing, the bytes that are there. */
export function decodeChunk(payload: Uint8Array): ChunkFrame {
  const reader = new ByteReader(payload)
  const ref = { scope: reader.varint(), id: reader.varint() }
  return { ref, part: reader.varint(), offset: reader.varint(), bytes: reader.rest() }
}
