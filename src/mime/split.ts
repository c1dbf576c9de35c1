import type { CreateHash } from '../bytes/hash.js'
import { toHex } from '../bytes/hex.js'
import { type ByteSource, readRange } from '../bytes/source.js'
import { Base64Check } from './base64.js'
import { findCold } from './cold-header.js'
import { type MimeLimits, mimeLimits } from './limits.js'
import { readExactly } from './lines.js'
import { decodeQuotedPrintable } from './quoted-printable.js'
import { type ScannedPart, scanEntities } from './scan-entities.js'
import type { Part, Skeleton } from './skeleton.js'

export interface SplitOptions {
  readonly createHash: CreateHash
  readonly limits?: MimeLimits
  readonly signal?: AbortSignal
}

/**
 * Takes a message apart (RFC 2045, 2046) without changing or losing a byte; any bytes at all will do. Reads the source two or
 * three times, front to back, and holds some hundred kB of it, or one quoted-printable part. Throws MESSAGE_CHANGED when the
 * source is shorter than it says.
 */
export async function splitMessage(source: ByteSource, options: SplitOptions): Promise<Skeleton> {
  const { createHash, limits = mimeLimits, signal } = options
  const { digest, parts: scanned, tree } = await scanEntities(source, createHash, limits, signal)
  const parts: Part[] = []
  const structure: number[] = []
  let end = 0
  for (const part of scanned) {
    signal?.throwIfAborted()
    structure.push(part.start - end)
    parts.push(await describePart(source, part, createHash, signal))
    end = part.end
  }
  structure.push(source.size - end)
  // The header of a message with no limits to its structure is at the start of the first run.
  const head = await readExactly(source, 0, Math.min(structure[0] ?? 0, limits.headerBytes))
  const cold = findCold(head)
  return { size: source.size, digest, structure, ...(cold && { cold }), parts, tree }
}

async function describePart(
  source: ByteSource,
  { fields, headerSize, start, end }: ScannedPart,
  createHash: CreateHash,
  signal?: AbortSignal,
): Promise<Part> {
  const { type, charset, name, disposition, transferEncoding } = fields
  const encodedSize = end - start
  const about = {
    type,
    ...(charset !== undefined && { charset }),
    ...(name !== undefined && { name }),
    ...(disposition !== undefined && { disposition }),
    headerSize,
    encodedSize,
  }
  if (transferEncoding === 'base64') {
    const check = new Base64Check()
    const hash = createHash()
    for await (const chunk of readRange(source, start, encodedSize)) {
      signal?.throwIfAborted()
      hash.update(check.update(chunk))
      if (!check.exact) break
    }
    const encoding = check.finish()
    if (encoding) return { ...about, size: check.size, digest: toHex(hash.digest()), encoding }
  }
  if (transferEncoding === 'quoted-printable' && encodedSize <= mimeLimits.quotedPrintableBytes) {
    const found = decodeQuotedPrintable(await readExactly(source, start, encodedSize))
    // A part without an escape or a soft break is its own decoding.
    if (found && found.decoded.length !== encodedSize) {
      const hash = createHash()
      hash.update(found.decoded)
      return { ...about, size: found.decoded.length, digest: toHex(hash.digest()), encoding: found.encoding }
    }
  }
  const hash = createHash()
  for await (const chunk of readRange(source, start, encodedSize)) {
    signal?.throwIfAborted()
    hash.update(chunk)
  }
  return { ...about, size: encodedSize, digest: toHex(hash.digest()), encoding: { kind: 'identity' } }
}
