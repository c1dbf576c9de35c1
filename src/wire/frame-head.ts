import { ByteReader, ByteWriter } from '../bytes/varint.js'
import { frameCorrupt } from './frame-corrupt.js'
import { wireLimits } from './limits.js'

/** What stands before a frame's body. docs/PROTOCOL.md "Frames" has the layout. */
export interface FrameHead {
  /** 0 to 31; what it means depends on the direction. */
  readonly kind: number
  /** Whether the payload becomes part of what later frames are compressed against. */
  readonly entersHistory: boolean
  /** 0: the body is the payload. Else the number of the codec. */
  readonly codec: number
  readonly payloadBytes: number
  readonly bodyBytes: number
  /** First bytes of the SHA-256 of the frame's place (from 0, a varint), first byte and payload. */
  readonly check: Uint8Array
}

/** The longest head: first byte, two sizes, check. */
export const headMaxBytes = 1 + 2 * wireLimits.sizeBytes + wireLimits.checkBytes

const historyBit = 0x20

/** The byte that a frame begins with: 5 bits kind, 1 bit history, 2 bits codec. */
export function firstByte(head: Pick<FrameHead, 'kind' | 'entersHistory' | 'codec'>): number {
  return head.kind | (head.entersHistory ? historyBit : 0) | (head.codec << 6)
}

export function encodeFrameHead(head: FrameHead): Uint8Array {
  const writer = new ByteWriter()
  writer.u8(firstByte(head))
  writer.varint(head.payloadBytes)
  if (head.codec !== 0) writer.varint(head.bodyBytes)
  writer.raw(head.check)
  return writer.finish()
}

/**
 * Decodes the head that these bytes begin with; undefined when more are needed. Checks sizes against the
 * limits as soon as they are there: throws FRAME_CORRUPT.
 */
export function decodeFrameHead(bytes: Uint8Array): FrameHead | undefined {
  const [first = 0] = bytes
  const codec = first >> 6
  const payload = decodeSize(bytes, 1)
  if (!payload) return undefined
  if (payload.value > wireLimits.payloadBytes)
    throw frameCorrupt(`it announces ${payload.value} bytes where ${wireLimits.payloadBytes} are allowed`)
  const body = codec === 0 ? payload : decodeSize(bytes, payload.end)
  if (!body) return undefined
  if (codec !== 0 && (body.value === 0 || body.value >= payload.value))
    throw frameCorrupt(`${payload.value} bytes that are said to be compressed to ${body.value}`)
  const check = bytes.slice(body.end, body.end + wireLimits.checkBytes)
  if (check.length < wireLimits.checkBytes) return undefined
  return {
    kind: first & wireLimits.kind,
    entersHistory: (first & historyBit) !== 0,
    codec,
    payloadBytes: payload.value,
    bodyBytes: body.value,
    check,
  }
}

function decodeSize(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  const number = bytes.subarray(at, at + wireLimits.sizeBytes)
  const last = number.findIndex((byte) => byte < 128)
  if (last < 0 && number.length < wireLimits.sizeBytes) return undefined
  if (last < 0) throw frameCorrupt('a size in it is too large')
  try {
    return { value: new ByteReader(number).varint(), end: at + last + 1 }
  } catch (cause) {
    throw frameCorrupt('a size in it is no number', cause)
  }
}
