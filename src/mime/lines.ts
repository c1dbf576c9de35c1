import type { IncrementalHash } from '../bytes/hash.js'
import type { ByteSource } from '../bytes/source.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { mimeLimits } from './limits.js'

const chunkBytes = 64 * 1024
/** Behind a leap comes an end, a header and a beginning, and then another leap perhaps. */
const leapChunkBytes = 16 * 1024
const lf = 10
const cr = 13

/**
 * Goes over the lines of a source once, in chunks, and hashes them meanwhile. A line ends with its LF; a CR
 * before that belongs to the line end, any other CR doesn't. Lines may be endless, so only their beginning is
 * shown.
 */
export class LineWalk {
  /** Offset of the current line in the source. */
  start = 0
  /** The line with its line end, or the first `boundaryLineBytes` of a longer one, valid until the next call. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Size of the line end just before the current line: 0 at the start of the source, 1 or 2. */
  eolBefore = 0

  readonly #source: ByteSource
  readonly #hash: IncrementalHash
  readonly #buffer = new Uint8Array(chunkBytes + mimeLimits.boundaryLineBytes)
  #filled = 0
  /** Offset in the source of the buffer's first byte. */
  #base = 0
  /** Where in the buffer the next line, or the rest of the current one, begins. */
  #next = 0
  #byteBefore = 0
  #eolAfter = 0
  #insideLine = false
  #leapt = false

  constructor(source: ByteSource, hash: IncrementalHash) {
    this.#source = source
    this.#hash = hash
  }

  /** Goes to the next line. False when bytes are needed: then `fill`, and try again. */
  advance(): boolean {
    const filled = this.#buffer.subarray(0, this.#filled)
    if (this.#insideLine && !this.#skipLine(filled)) return false
    if (this.#next === this.#filled) return false
    const at = filled.indexOf(lf, this.#next)
    const atEnd = this.#base + this.#filled === this.#source.size
    const seen = Math.min(this.#filled - this.#next, mimeLimits.boundaryLineBytes)
    if (at < 0 && seen < mimeLimits.boundaryLineBytes && !atEnd) return false
    this.start = this.#base + this.#next
    this.eolBefore = this.#eolAfter
    const end = at < 0 ? this.#next + seen : at + 1
    this.bytes = filled.subarray(this.#next, end)
    if (at < 0) this.#insideLine = true
    else this.#eolAfter = this.#eolSize(filled, at)
    this.#next = end
    return true
  }

  /** Reads the next chunk. False at the end of the source. Throws MESSAGE_UNREADABLE when the source is shorter than it said. */
  async fill(): Promise<boolean> {
    const at = this.#base + this.#filled
    if (at >= this.#source.size) return false
    if (this.#next > 0) this.#byteBefore = this.#buffer[this.#next - 1] ?? 0
    this.#buffer.copyWithin(0, this.#next, this.#filled)
    this.#base += this.#next
    this.#filled -= this.#next
    this.#next = 0
    const length = Math.min(this.#leapt ? leapChunkBytes : chunkBytes, this.#source.size - at)
    this.#leapt = false
    const chunk = await readExactly(this.#source, at, length)
    this.#hash.update(chunk)
    this.#buffer.set(chunk, this.#filled)
    this.#filled += length
    return true
  }

  /** Offset of the first byte that hasn't been looked at. */
  get position(): number {
    return this.#base + this.#next
  }

  /** Goes on at `position`, within a line, without reading what lies between. The hash is that of the message no more. */
  leap(position: number): void {
    this.#base = position
    this.#filled = 0
    this.#next = 0
    this.#byteBefore = 0
    this.#insideLine = true
    this.#leapt = true
  }

  /** Leaves what is in the buffer: the next `advance` needs bytes again. For a reader that looks at no more lines. */
  drop(): void {
    this.#next = this.#filled
    this.#insideLine = true
  }

  #skipLine(filled: Uint8Array): boolean {
    const at = filled.indexOf(lf, this.#next)
    if (at < 0) {
      this.#next = this.#filled
      return false
    }
    this.#eolAfter = this.#eolSize(filled, at)
    this.#next = at + 1
    this.#insideLine = false
    return true
  }

  #eolSize(filled: Uint8Array, at: number): number {
    return (at > 0 ? filled[at - 1] : this.#byteBefore) === cr ? 2 : 1
  }
}

/**
 * Reads a range that must be there. Throws MESSAGE_CHANGED if the source is shorter, and MESSAGE_UNREADABLE
 * if the source gives less than it says it has.
 */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length)
  if (bytes.length === length) return bytes
  const there = offset + bytes.length
  if (offset + length > source.size)
    throw new PacketboatError(
      'MESSAGE_CHANGED',
      `A message has become shorter: ${there} bytes instead of ${offset + length}.`,
      'It was left as it is. Sync again once no other program is writing it.',
    )
  throw new PacketboatError(
    'MESSAGE_UNREADABLE',
    `Only ${there} of a message's ${source.size} bytes could be read.`,
    'Sync again when no other program is writing the message. If this persists, check the disk or the mail server.',
  )
}

/** The bytes aren't those that a skeleton was made from: another program has written into the file. */
export function messageChanged(): PacketboatError {
  return new PacketboatError(
    'MESSAGE_CHANGED',
    'A message no longer has the bytes that it had when packetboat first read it.',
    'The next sync reads it again.',
  )
}

/** Size of a line without its line end and the white space before that (RFC 2046 5.1.1: transport padding); 0 when it is too long. */
export function delimiterSize(line: Uint8Array, maxBytes: number): number {
  if (line.length >= maxBytes) return 0
  let size = line.length
  while (size > 0 && isPadding(line[size - 1])) size--
  return size
}

function isPadding(byte: number | undefined): boolean {
  return byte === 10 || byte === 13 || byte === 32 || byte === 9
}

export function holdsAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}
