import { ByteReader, ByteWriter } from '../bytes/varint.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { checkPartAbout, checkTree } from './check-skeleton.js'
import { type KnownNames, knownCharsets, knownMediaTypes } from './known-names.js'
import { mimeLimits } from './limits.js'
import type { Entity, Part, Skeleton } from './skeleton.js'

/** What a list shows of a message's parts: the skeleton without digests and recipes. */
export interface Outline {
  readonly tree: Entity
  readonly parts: readonly OutlinePart[]
}

export type OutlinePart = Pick<Part, 'type' | 'charset' | 'name' | 'disposition' | 'size'>

export function outlineOf({ tree, parts }: Skeleton): Outline {
  return {
    tree,
    parts: parts.map(({ type, charset, name, disposition, size }) => ({
      type,
      ...(charset !== undefined && { charset }),
      ...(name !== undefined && { name }),
      ...(disposition !== undefined && { disposition }),
      size,
    })),
  }
}

/** What the leaves of a message come to, decoded: as good as its size where no more than the outline is known. */
export function outlineSize({ parts }: Outline): number {
  return parts.reduce((sum, { size }) => sum + size, 0)
}

/** Four or five bytes for a plain message, some twenty with an alternative and an attachment. */
export function encodeOutline(outline: Outline): Uint8Array {
  const writer = new ByteWriter()
  writeOutline(writer, outline)
  return writer.finish()
}

/** Throws PROTOCOL on bytes that `encodeOutline` couldn't have made. */
export function decodeOutline(bytes: Uint8Array): Outline {
  const reader = new ByteReader(bytes)
  const outline = readOutline(reader)
  if (!reader.done) throw malformed('there are bytes left')
  return outline
}

/** In a list the sizes of all parts are a column of their own: what is left of an outline is much the same for many messages. */
type Sizes = 'inside' | 'apart'

const dispositions = [undefined, 'inline', 'attachment'] as const
const partNode = 0
const multipartNode = 1
const messageNode = 2
/** In the byte of a part: bits 0 and 1 disposition, bit 2 a name follows, bits 3 to 7 the charset. */
const otherCharset = 31

/**
 * Writes the tree in prefix order. Each node starts with a varint: its kind + 3 * the number of its type (0
 * for a message, and for an unknown type, which follows as text). A multipart continues with its number of
 * children; a part with the flag byte described above, what those flags announce, and its size, unless sizes
 * are kept separately.
 */
export function writeOutline(writer: ByteWriter, { tree, parts }: Outline, sizes: Sizes = 'inside'): void {
  const open: Entity[] = [tree]
  for (let entity = open.pop(); entity; entity = open.pop()) {
    if (entity.kind === 'message') {
      writer.varint(messageNode)
      open.push(entity.child)
    } else if (entity.kind === 'multipart') {
      writeType(writer, multipartNode, entity.type)
      writer.varint(entity.children.length)
      open.push(...entity.children.toReversed())
    } else {
      const part = parts[entity.part]
      if (!part) throw new RangeError(`the outline has no part ${entity.part}`)
      writePart(writer, part)
      if (sizes === 'inside') writer.varint(part.size)
    }
  }
}

/** Reads what `writeOutline` wrote, checked; sizes that stand apart are zeros until `withSizes`. Throws PROTOCOL. */
export function readOutline(reader: ByteReader, sizes: Sizes = 'inside'): Outline {
  const parts: OutlinePart[] = []
  const tree = readEntity(reader, parts, sizes, 1)
  checkTree(tree, parts.length)
  parts.forEach(checkPartAbout)
  return { tree, parts }
}

export function withSizes({ tree, parts }: Outline, size: () => number): Outline {
  return { tree, parts: parts.map((part) => ({ ...part, size: size() })) }
}

/** Recursion is bounded by the limit on depth, which is checked first. */
function readEntity(reader: ByteReader, parts: OutlinePart[], sizes: Sizes, depth: number): Entity {
  if (depth > mimeLimits.depth) throw malformed('it is too deep')
  const node = reader.varint()
  const number = Math.floor(node / 3)
  if (node === messageNode) return { kind: 'message', child: readEntity(reader, parts, sizes, depth + 1) }
  if (node % 3 === messageNode) throw malformed('a node of an unknown kind')
  const type = readName(reader, knownMediaTypes, number, mimeLimits.typeBytes)
  if (node % 3 === partNode) {
    if (parts.length >= mimeLimits.parts) throw malformed('it has too many parts')
    return { kind: 'part', part: parts.push(readPart(reader, type, sizes)) - 1 }
  }
  const count = reader.varint()
  if (count > mimeLimits.parts) throw malformed('it has too many parts')
  const children: Entity[] = []
  for (let i = 0; i < count; i++) children.push(readEntity(reader, parts, sizes, depth + 1))
  return { kind: 'multipart', type, children }
}

function writeType(writer: ByteWriter, kind: number, type: string): void {
  const number = knownMediaTypes.numberOf(type)
  writer.varint(number * 3 + kind)
  if (number === 0) writer.text(type)
}

function writePart(writer: ByteWriter, { type, charset, name, disposition }: OutlinePart): void {
  writeType(writer, partNode, type)
  const known = charset === undefined ? 0 : knownCharsets.numberOf(charset)
  const number = charset !== undefined && known === 0 ? otherCharset : known
  writer.u8(dispositions.indexOf(disposition) + (name === undefined ? 0 : 4) + number * 8)
  if (number === otherCharset) writer.text(charset ?? '')
  if (name !== undefined) writer.text(name)
}

function readPart(reader: ByteReader, type: string, sizes: Sizes): OutlinePart {
  const about = reader.u8()
  const number = about >> 3
  if ((about & 3) === 3) throw malformed('a part with an unknown disposition')
  const disposition = dispositions[about & 3]
  const known = number === otherCharset ? 0 : number
  const charset = number === 0 ? undefined : readName(reader, knownCharsets, known, mimeLimits.charsetBytes)
  const name = about & 4 ? reader.text(mimeLimits.nameBytes) : undefined
  return {
    type,
    ...(charset !== undefined && { charset }),
    ...(name !== undefined && { name }),
    ...(disposition !== undefined && { disposition }),
    size: sizes === 'inside' ? reader.varint() : 0,
  }
}

/** Only a name that has no number may stand as text, so that equal outlines have equal bytes. */
function readName(reader: ByteReader, names: KnownNames, number: number, maxBytes: number): string {
  const name = number === 0 ? reader.text(maxBytes) : names.nameOf(number)
  if (name === undefined || (number === 0 && names.numberOf(name) !== 0)) throw malformed('an unknown name')
  return name
}

function malformed(what: string): PacketboatError {
  return new PacketboatError(
    'PROTOCOL',
    `The outline of a message is malformed: ${what}.`,
    'Nothing that arrived before is lost. Check that both sides run the same version of packetboat, then sync again.',
  )
}
