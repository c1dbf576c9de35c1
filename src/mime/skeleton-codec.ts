import { equalBytes } from '../bytes/concat.js'
import { fromHex, toHex } from '../bytes/hex.js'
import { ByteReader, ByteWriter } from '../bytes/varint.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { checkSkeleton } from './check-skeleton.js'
import { base64EncodedSize } from './encodings/base64.js'
import { mimeLimits } from './limits.js'
import { type OutlinePart, outlineOf, readOutline, writeOutline } from './outline.js'
import type { Base64Encoding, ColdHeader, Encoding, Part, Skeleton } from './skeleton.js'

/** Usual tails of base64 bodies; their index stands for them, one past the last says that the bytes follow. */
const tails = ['', '\n', '\r\n', '\n\n', '\r\n\r\n'].map((text) => new TextEncoder().encode(text))

/** In the byte that a recipe begins with: a digest follows. */
const digestFollows = 128

/** In the place of the digest of a message that nobody has read as a whole yet. */
const unknownDigest = '00'.repeat(32)

/**
 * Encodes a skeleton: the outline, the message's digest, its cold fields; then for each part the length of
 * the structure run up to its header, the header's size, its recipe, and its digest where known; the last
 * structure run; and which of the structure travels separately, if any. The message's size and most encoded
 * sizes follow from these.
 */
export function encodeSkeleton(skeleton: Skeleton): Uint8Array {
  const writer = new ByteWriter()
  writeOutline(writer, outlineOf(skeleton))
  writer.raw(fromHex(skeleton.digest ?? unknownDigest))
  const { sizeBytes = 0, runs = [] } = skeleton.cold ?? {}
  writer.varint(sizeBytes)
  if (sizeBytes > 0) {
    writer.varint(runs.length)
    for (const run of runs) writer.varint(run)
  }
  skeleton.parts.forEach((part, i) => {
    writer.varint((skeleton.structure[i] ?? 0) - part.headerSize)
    writer.varint(part.headerSize)
    writeEncoding(writer, part)
    if (part.digest !== undefined) writer.raw(fromHex(part.digest))
  })
  writer.varint(skeleton.structure.at(-1) ?? 0)
  if (skeleton.restBytes !== undefined) writer.varint(skeleton.restBytes)
  return writer.finish()
}

/** Reads what `encodeSkeleton` wrote, and checks it with `checkSkeleton`. Throws PROTOCOL. */
export function decodeSkeleton(bytes: Uint8Array): Skeleton {
  const reader = new ByteReader(bytes)
  const outline = readOutline(reader)
  const digest = toHex(reader.raw(32))
  const cold = readCold(reader)
  const structure: number[] = []
  const parts: Part[] = []
  let size = 0
  for (const about of outline.parts) {
    const before = reader.varint()
    const part = readRest(reader, about)
    const run = before + part.headerSize
    structure.push(run)
    parts.push(part)
    size += run + part.encodedSize
  }
  const last = reader.varint()
  structure.push(last)
  const restBytes = reader.done ? undefined : reader.varint()
  if (!reader.done) throw malformed('there are bytes left')
  const skeleton = {
    size: size + last,
    ...(digest !== unknownDigest && { digest }),
    structure,
    ...(cold && { cold }),
    ...(restBytes !== undefined && { restBytes }),
    parts,
    tree: outline.tree,
  }
  checkSkeleton(skeleton)
  return skeleton
}

function readCold(reader: ByteReader): ColdHeader | undefined {
  const sizeBytes = reader.varint()
  if (sizeBytes === 0) return undefined
  const count = reader.varint()
  if (count > mimeLimits.coldRuns) throw malformed('its cold fields have no end')
  return { sizeBytes, runs: Array.from({ length: count }, () => reader.varint()) }
}

/** A byte: 0 identity; 1 quoted-printable; from 2 on base64, bit 0 its line end, above that its tail. Bit 7: its digest is behind it. */
function writeEncoding(writer: ByteWriter, { encoding, encodedSize, digest }: Part): void {
  const bit = digest === undefined ? 0 : digestFollows
  if (encoding.kind === 'identity') writer.u8(bit)
  else if (encoding.kind === 'quoted-printable') {
    writer.u8(1 | bit)
    writer.varint(encodedSize)
    writer.bytes(encoding.patch)
  } else {
    const usual = tails.findIndex((tail) => equalBytes(tail, encoding.tail))
    const number = usual < 0 ? tails.length : usual
    writer.u8((2 + (encoding.eol === 'crlf' ? 1 : 0) + 2 * number) | bit)
    writer.varint(encoding.lineLength)
    if (number === tails.length) writer.bytes(encoding.tail)
  }
}

function readRest(reader: ByteReader, about: OutlinePart): Part {
  const headerSize = reader.varint()
  const first = reader.u8()
  const recipe = readRecipe(reader, first & ~digestFollows, about.size)
  const digest = first & digestFollows ? toHex(reader.raw(32)) : undefined
  return { ...about, headerSize, ...recipe, ...(digest !== undefined && { digest }) }
}

function readRecipe(
  reader: ByteReader,
  code: number,
  size: number,
): { readonly encodedSize: number; readonly encoding: Encoding } {
  if (code === 0) return { encodedSize: size, encoding: { kind: 'identity' } }
  if (code === 1) {
    const encodedSize = reader.varint()
    // A copy, since a skeleton outlives the frame that it came in (and slice would be none of a Buffer).
    const patch = new Uint8Array(reader.bytes(mimeLimits.quotedPrintableBytes))
    return { encodedSize, encoding: { kind: 'quoted-printable', patch } }
  }
  const encoding = readBase64(reader, code - 2)
  return { encodedSize: base64EncodedSize(size, encoding), encoding }
}

function readBase64(reader: ByteReader, code: number): Base64Encoding {
  const number = code >> 1
  if (number > tails.length) throw malformed('an unknown encoding')
  const lineLength = reader.varint()
  const tail = tails[number] ?? new Uint8Array(reader.bytes(mimeLimits.base64TailBytes))
  if (number === tails.length && tails.some((usual) => equalBytes(usual, tail)))
    throw malformed('a tail in disguise')
  return { kind: 'base64', lineLength, eol: code & 1 ? 'crlf' : 'lf', tail }
}

function malformed(what: string): PacketboatError {
  return new PacketboatError(
    'PROTOCOL',
    `The skeleton of a message is malformed: ${what}.`,
    'Nothing that arrived before is lost. Check that both sides run the same version of packetboat, then sync again.',
  )
}
