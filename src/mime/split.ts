import type { CreateHash, Digest } from '../bytes/hash.js'
import { toHex } from '../bytes/hex.js'
import { type ByteSource, readRange } from '../bytes/source.js'
import { Base64Check } from './encodings/base64.js'
import { inTurns } from './encodings/in-turns.js'
import { decodeQuotedPrintable } from './encodings/quoted-printable.js'
import { findCold } from './headers/cold-header.js'
import { knownCharsets, knownMediaTypes } from './known-names.js'
import { type MimeLimits, mimeLimits } from './limits.js'
import { readExactly } from './lines.js'
import { type ScannedMessage, type ScannedPart, type SplitOptions, scanEntities } from './scan-entities.js'
import type { Part, Skeleton } from './skeleton.js'
import { hotSize, restOfStructure } from './structure-rest.js'

/** Of a message that was read as a whole. */
export type WholeSkeleton = Skeleton & { readonly digest: Digest }

/**
 * Takes a message apart (RFC 2045, 2046) without changing or losing a byte; accepts any bytes at all. Reads
 * the source two or three times, front to back, and holds some hundred kB of it, or one quoted-printable
 * part. Throws MESSAGE_UNREADABLE when the source is shorter than it says.
 */
export async function splitMessage(source: ByteSource, options: SplitOptions): Promise<WholeSkeleton> {
  const { createHash, limits = mimeLimits, signal, turn } = options
  const { digest, ...scanned } = await scanEntities(source, options)
  const parts: Part[] = []
  const room = { bytes: limits.recipesBytes }
  for (const part of scanned.parts) {
    signal?.throwIfAborted()
    parts.push(await describePart(source, part, { createHash, room, signal, turn }))
  }
  return { ...(await putTogether(source, scanned, parts, limits)), digest }
}

/** The skeleton but for its digest. */
export async function putTogether(
  source: ByteSource,
  scanned: Pick<ScannedMessage, 'parts' | 'tree'>,
  parts: readonly Part[],
  limits: MimeLimits,
): Promise<Skeleton> {
  const structure: number[] = []
  let end = 0
  for (const part of scanned.parts) {
    structure.push(part.start - end)
    end = part.end
  }
  structure.push(source.size - end)
  // The header of a message with no limits to its structure is at the start of the first run.
  const head = await readExactly(source, 0, Math.min(structure[0] ?? 0, limits.headerBytes))
  const cold = findCold(head)
  const restBytes = restOfStructure(hotSize({ structure, ...(cold && { cold }) }))
  return {
    size: source.size,
    structure,
    ...(cold && { cold }),
    ...(restBytes !== undefined && { restBytes }),
    parts: withinWords(parts, limits),
    tree: scanned.tree,
  }
}

/** What a part's header says of it. */
export function aboutPart({
  fields: { type, charset, name, disposition },
  headerSize,
  start,
  end,
}: ScannedPart): Omit<Part, 'size' | 'encoding'> {
  return {
    type,
    ...(charset !== undefined && { charset }),
    ...(name !== undefined && { name }),
    ...(disposition !== undefined && { disposition }),
    headerSize,
    encodedSize: end - start,
  }
}

interface DescribeOptions {
  readonly createHash: CreateHash
  readonly signal: AbortSignal | undefined
  readonly turn: SplitOptions['turn']
  /** For all recipes of the message, as far as their authors decide how long they are. */
  readonly room: { bytes: number }
}

/** A part whose recipe there is no room for travels as it stands. */
export async function describePart(
  source: ByteSource,
  part: ScannedPart,
  { createHash, signal, turn, room }: DescribeOptions,
): Promise<Part> {
  const { fields, start } = part
  const { transferEncoding } = fields
  const about = aboutPart(part)
  const { encodedSize } = about
  if (transferEncoding === 'base64') {
    const check = new Base64Check()
    const hash = createHash()
    for await (const chunk of readRange(source, start, encodedSize)) {
      signal?.throwIfAborted()
      hash.update(check.update(chunk))
      if (!check.exact) break
    }
    const encoding = check.finish()
    if (encoding && takeRoom(room, encoding.tail))
      return { ...about, size: check.size, digest: toHex(hash.digest()), encoding }
  }
  if (transferEncoding === 'quoted-printable' && encodedSize <= mimeLimits.quotedPrintableBytes) {
    const found = await inTurns(decodeQuotedPrintable(await readExactly(source, start, encodedSize)), turn)
    // A part without an escape or a soft break is its own decoding.
    if (found && found.decoded.length !== encodedSize && takeRoom(room, found.encoding.patch)) {
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

function takeRoom(room: { bytes: number }, recipe: Uint8Array): boolean {
  if (recipe.length > room.bytes) return false
  room.bytes -= recipe.length
  return true
}

/** A list shows what parts are called, which comes before anybody has asked for it: of many or long words no more than a few. */
function withinWords(parts: readonly Part[], limits: MimeLimits): Part[] {
  let room = limits.wordsBytes
  const fits = (word: string | undefined): boolean => {
    const bytes = word === undefined ? 0 : new TextEncoder().encode(word).length
    if (bytes > room) return false
    room -= bytes
    return true
  }
  return parts.map(({ type, charset, name, ...part }) => ({
    type: knownMediaTypes.numberOf(type) > 0 || fits(type) ? type : 'application/octet-stream',
    ...(charset !== undefined && (knownCharsets.numberOf(charset) > 0 || fits(charset)) && { charset }),
    ...(name !== undefined && fits(name) && { name }),
    ...part,
  }))
}
