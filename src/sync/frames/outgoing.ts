import type { ByteSource } from '../../bytes/source.js'
import type { Skeleton } from '../../mime/skeleton.js'
import type { Guid } from '../../replica/model.js'
import { bundleKind, encodeBundle } from '../../wire/bundle.js'
import { type ContentRef, encodeChunk, encodeSkeletonFrame } from '../../wire/content-frames.js'
import { createFrameEncoder } from '../../wire/frame-encoder.js'
import { requestKinds } from '../../wire/request-frames.js'
import { responseKinds } from '../../wire/response/kinds.js'
import type { Account } from '../account.js'
import { structurePiece } from '../content/piece.js'
import type { MixWork } from '../mix-work.js'

/** A frame ready to be encoded: `text` is compressed against what went before, `stored` goes as it is. */
export interface OutgoingFrame {
  readonly kind: number
  readonly payload: Uint8Array
  readonly mode: 'text' | 'stored'
  /** What both sides take into the history behind this frame. */
  readonly primer?: Uint8Array
  /** For a forecast: the mailbox and tier that the frame belongs to. */
  readonly of?: { readonly mailbox: Guid; readonly tier: 0 | 1 | 2 | 3 }
  /** Nothing that goes before it waits for more: what follows takes a while. */
  readonly flushes?: true
  /** The frames that a bundle holds. */
  readonly members?: readonly OutgoingFrame[]
}

/** Encodes frames in the order in which they go out. */
export interface FrameWriter {
  encode(frame: OutgoingFrame): Uint8Array
  /** The last frame isn't sent after all: only stored ones may follow. */
  retract(): void
}

/** @param mix whether the line is slow enough for codec 2. */
export function frameWriter(
  { codec, createHash }: Pick<Account, 'codec' | 'createHash'>,
  mix = false,
): FrameWriter {
  const encoder = createFrameEncoder({ codec, createHash, mix })
  return {
    encode({ kind, payload, mode, primer }) {
      const bytes = encoder.encode(kind, payload, mode)
      if (primer) encoder.prime(primer)
      return bytes
    },
    retract: () => encoder.retract(),
  }
}

/** The same in turns with others of this process. `mayMix`: asked before codec 2 is begun with. */
export function politeFrameWriter(
  { codec, createHash }: Pick<Account, 'codec' | 'createHash'>,
  work: MixWork,
  options: { readonly mix: boolean; readonly mayMix: () => boolean },
): (frame: OutgoingFrame) => Promise<Uint8Array> {
  const encoder = createFrameEncoder({ codec, createHash, ...options })
  return async ({ kind, payload, mode, primer }) => {
    const bytes = await work.run(encoder.encoding(kind, payload, mode))
    if (primer) await work.run(encoder.priming(primer))
    return bytes
  }
}

/** The frames' bytes, and what the frames come to. */
export async function* encoded<Result>(
  frames: AsyncGenerator<OutgoingFrame, Result>,
  encode: (frame: OutgoingFrame) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array, Result> {
  let step = await frames.next()
  for (; !step.done; step = await frames.next()) yield await encode(step.value)
  return step.value
}

/** The last of a request that is more than a hello. Stored, so that it can be read whatever became of the history. */
export const requestEnd: OutgoingFrame = {
  kind: requestKinds.end,
  payload: new Uint8Array(),
  mode: 'stored',
}

export function textFrame(kind: number, payload: Uint8Array): OutgoingFrame {
  return { kind, payload, mode: 'text' }
}

/**
 * Bytes of payload in one text frame, for a slow line or an unknown one. Small enough that a cut frame costs
 * little (usually under 2 kB compressed), large enough that frame heads don't matter. Where time is cheap,
 * larger frames compress slightly better and take half the work, since each frame searches the whole history
 * first.
 */
export const leastFrameBytes = 4 * 1024
export const mostFrameBytes = 64 * 1024

/** What of a size that the other side asks for is a size here. */
export function frameBytesOf(asked: number | undefined): number {
  return Math.min(mostFrameBytes, Math.max(leastFrameBytes, asked ?? leastFrameBytes))
}

/** Stored bytes lose nothing by a cut: what arrived of the frame is kept. */
const storedChunkBytes = 8 * 1024

/** A bundle is no larger than this share of what went before it: nobody waits long for the first text, or the end of the list. */
const bundleShare = 1 / 8

/** Puts neighbouring small text frames into bundles of up to this size. Order stays as it is, and nothing waits for the line. */
export async function* bundled(
  frames: AsyncIterable<OutgoingFrame>,
  most: number,
): AsyncGenerator<OutgoingFrame> {
  let gone = 0
  let waiting: OutgoingFrame[] = []
  let size = 0
  const flush = (): OutgoingFrame[] => {
    const [first] = waiting
    const out =
      waiting.length > 1 || !first
        ? { ...textFrame(bundleKind, encodeBundle(waiting)), members: waiting }
        : first
    const any = waiting.length > 0
    waiting = []
    size = 0
    return any ? [out] : []
  }
  for await (const frame of frames) {
    const bundleBytes = Math.max(leastFrameBytes, Math.min(most, bundleShare * gone))
    const small = frame.mode === 'text' && frame.payload.length < bundleBytes
    if (!small || size + frame.payload.length > bundleBytes) yield* flush()
    gone += frame.payload.length
    if (!small) {
      yield frame
      continue
    }
    waiting.push(frame)
    size += frame.payload.length
    if (frame.flushes) yield* flush()
  }
  yield* flush()
}

/** Which frame kinds content has in each direction. */
export const contentKinds = {
  up: { skeleton: requestKinds.skeleton, chunk: requestKinds.chunk },
  down: { skeleton: responseKinds.skeleton, chunk: responseKinds.chunk },
} as const

export type ContentKinds = (typeof contentKinds)['up' | 'down']

/** Media types whose bytes are compressed already, however few they are. */
const incompressible =
  /^(?:image\/(?!svg|bmp|tiff|x-)|audio\/(?!midi|x-wav|wav)|video\/|application\/(?:zip|gzip|x-(?:7z|rar|xz|bzip2|gzip)|epub|vnd\.(?:openxmlformats|oasis)|java-archive))/

export function isIncompressible(type: string): boolean {
  return incompressible.test(type)
}

/** Bits a byte, of 8, from which on looking for repeats is wasted: what is compressed or encrypted already has 7.9 and more. */
const denseBits = 7.6

/** Below this there are too few bytes to tell. */
const denseLeastBytes = 512

/** Whether bytes look as if they were compressed already, by how often each value occurs. */
function isDense(bytes: Uint8Array): boolean {
  if (bytes.length < denseLeastBytes) return false
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
  let bits = 0
  for (const count of counts) if (count > 0) bits += count * Math.log2(bytes.length / count)
  // So few bytes of so many values never show all of their entropy: random ones lack about 255 / (2 n ln 2) bits.
  return bits / bytes.length + 184 / bytes.length > denseBits
}

/** How a piece is cut into frames. */
export interface Cut {
  /** The offset of the first byte that goes. */
  readonly from: number
  /** The most bytes of text in one frame. */
  readonly frameBytes: number
}

/** Tier 2: the skeleton as it travels, unless the offset says that it went before, and the structure's bytes from there on. */
export async function* structureFrames(
  kinds: ContentKinds,
  ref: ContentRef,
  opened: ByteSource,
  skeleton: Skeleton,
  naming: Uint8Array,
  { from, frameBytes }: Cut,
): AsyncGenerator<OutgoingFrame> {
  let at = from
  if (from === 0) {
    const structure = await opened.read(0, frameBytes)
    yield textFrame(kinds.skeleton, encodeSkeletonFrame({ ref, skeleton: naming, structure }))
    at = structure.length
  }
  if (at === opened.size) return
  yield* chunkFrames(kinds, ref, opened, {
    part: structurePiece(skeleton),
    type: 'text/plain',
    size: opened.size,
    from: at,
    frameBytes,
  })
}

/** The bytes of a part, or of the cold fields, from an offset on. A part of no bytes is one empty chunk. */
export async function* pieceFrames(
  kinds: ContentKinds,
  ref: ContentRef,
  opened: ByteSource,
  skeleton: Skeleton,
  piece: number,
  cut: Cut,
): AsyncGenerator<OutgoingFrame> {
  const { type = 'text/plain' } = skeleton.parts[piece] ?? {}
  yield* chunkFrames(kinds, ref, opened, { part: piece, type, size: opened.size, ...cut })
}

/** A piece's bytes from an offset on, in frames that suit its type. */
export async function* chunkFrames(
  kinds: ContentKinds,
  ref: ContentRef,
  decoded: Pick<ByteSource, 'read'>,
  piece: Cut & { readonly part: number; readonly type: string; readonly size: number },
): AsyncGenerator<OutgoingFrame> {
  const { part, type, size, from, frameBytes } = piece
  const readable = /^(?:text|message)\//.test(type)
  const compressed = isIncompressible(type)
  let offset = from
  do {
    const most = readable ? frameBytes : Math.max(storedChunkBytes, frameBytes)
    const run = await decoded.read(offset, Math.min(most, size - offset))
    if (run.length === 0 && size > offset) return
    const mode = compressed || (!readable && isDense(run)) ? 'stored' : 'text'
    const bytes = mode === 'stored' ? run : run.subarray(0, frameBytes)
    yield { kind: kinds.chunk, payload: encodeChunk({ ref, part, offset, bytes }), mode }
    offset += bytes.length
  } while (offset < size)
}

export async function* untilAborted(
  source: AsyncIterable<OutgoingFrame>,
  signal: AbortSignal,
): AsyncGenerator<OutgoingFrame> {
  for await (const frame of source) {
    signal.throwIfAborted()
    yield frame
  }
}
