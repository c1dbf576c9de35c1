import type { ByteSource } from '../bytes/source.js'
import { structureSize } from './body-offsets.js'
import { Base64Check } from './encodings/base64.js'
import { mimeLimits } from './limits.js'
import { readExactly } from './lines.js'
import { type OpenLeaf, type ScannedPart, type SplitOptions, scanEntities } from './scan-entities.js'
import type { Part, Skeleton } from './skeleton.js'
import { aboutPart, describePart, putTogether } from './split.js'

/** What is read at least of each end of a body: lines enough to tell how they are made, and the delimiter behind it. */
const endBytes = 4096
/** Fewer bytes aren't worth leaping over. */
const leapBytes = 64 * 1024

interface Gap {
  readonly from: number
  readonly to: number
}

/**
 * Makes the skeleton of a message without reading the insides of its large parts. `bodySizes` (of the leaves,
 * in order, encoded) says where each of these ends; the same parser reads everything else. The skeleton then
 * has no digest, nor have the parts that were skipped: `MessageVerifier` computes them, and checks that the
 * lines inside are like those at both ends. Undefined when the sizes aren't the message's, or when the
 * decoded size can't be told; the message has to be read as a whole then.
 */
export async function splitUnread(
  source: ByteSource,
  bodySizes: readonly number[],
  options: SplitOptions,
): Promise<Skeleton | undefined> {
  const { createHash, limits = mimeLimits, signal, turn } = options
  const gaps = new Map<number, Gap & { readonly end: number }>()
  const scanned = await scanEntities(source, options, (leaf, position) => {
    const end = leaf.start + (bodySizes[leaf.index] ?? 0)
    const to = end - endBytes
    if (!isDecodedByRange(leaf, end) || end > source.size) return undefined
    if (position - leaf.start < endBytes || to - position < leapBytes) return undefined
    gaps.set(leaf.index, { from: position, to, end })
    return to
  })
  if (scanned.parts.length !== bodySizes.length) return undefined
  const parts: Part[] = []
  const room = { bytes: limits.recipesBytes }
  for (const [index, part] of scanned.parts.entries()) {
    const gap = gaps.get(index)
    if (gap && gap.end !== part.end) return undefined
    const described = gap
      ? await describeUnread(source, part, gap)
      : await describePart(source, part, { createHash, room, signal, turn })
    if (!described) return undefined
    parts.push(described)
  }
  const skeleton = await putTogether(source, scanned, parts, limits)
  if (structureSize(skeleton) === 0) return undefined
  return gaps.size === 0 ? { ...skeleton, digest: scanned.digest } : skeleton
}

/** Quoted-printable is decoded as a whole, as far as it is. */
function isDecodedByRange({ start, fields }: OpenLeaf, end: number): boolean {
  return fields.transferEncoding !== 'quoted-printable' || end - start > mimeLimits.quotedPrintableBytes
}

async function describeUnread(source: ByteSource, part: ScannedPart, gap: Gap): Promise<Part | undefined> {
  const about = aboutPart(part)
  const { encodedSize } = about
  if (part.fields.transferEncoding === 'base64') {
    const base64 = await measureBase64(source, part, gap)
    if (base64 !== 'inexact') return base64 && { ...about, ...base64 }
  }
  return { ...about, size: encodedSize, encoding: { kind: 'identity' } }
}

/** The recipe by both ends of a body, as if the lines between them were the same; undefined when no line ends before the gap. */
async function measureBase64(
  source: ByteSource,
  { start, end }: ScannedPart,
  gap: Gap,
): Promise<Pick<Part, 'size' | 'encoding'> | 'inexact' | undefined> {
  const head = await readExactly(source, start, gap.from - start)
  const lineBytes = head.indexOf(10) + 1
  if (lineBytes === 0) return undefined
  const lineLength = lineBytes - (head[lineBytes - 2] === 13 ? 2 : 1)
  // Four lines are whole groups of four characters.
  const unit = 4 * lineBytes
  const from = Math.floor(head.length / unit) * unit
  const units = Math.ceil((gap.to - start) / unit) - from / unit
  const tail = await readTail(source, start + from + units * unit, end)
  if (from === 0 || !tail) return undefined
  const check = new Base64Check()
  check.update(head.subarray(0, from))
  check.update(tail)
  const encoding = check.finish()
  if (!encoding) return 'inexact'
  if (encoding.lineLength !== lineLength) return undefined
  return { size: check.size + units * lineLength * 3, encoding }
}

async function readTail(source: ByteSource, from: number, end: number): Promise<Uint8Array | undefined> {
  return from < end ? readExactly(source, from, end - from) : undefined
}
