import { concat } from '../../bytes/concat.js'
import { joinedSource, rangeSource } from '../../bytes/joined-source.js'
import { type ByteSource, memorySource } from '../../bytes/source.js'
import { bodyOffsets } from '../body-offsets.js'
import { encodeBase64 } from '../encodings/base64.js'
import { byteString, stringBytes } from '../encodings/charset.js'
import { type HeaderField, headerFields, headerSize } from '../headers/header-fields.js'
import { readExactly } from '../lines.js'
import type { Skeleton } from '../skeleton.js'

/**
 * Replaces the bytes of some base64 parts of a message, in lines of the same form, and keeps all other bytes.
 * Corrects what the headers say of the size of such a part (RFC 2183 2.7), or removes it (Content-MD5, RFC
 * 1864; Content-Length and Lines, also of the whole message).
 */
export async function replaceParts(
  source: ByteSource,
  skeleton: Skeleton,
  fresh: ReadonlyMap<number, Uint8Array>,
): Promise<ByteSource> {
  if (fresh.size === 0) return source
  const pieces: ByteSource[] = []
  const starts = bodyOffsets(skeleton)
  let at = 0
  const change = async (start: number, size: number, header: (bytes: Uint8Array) => Uint8Array) => {
    pieces.push(rangeSource(source, at, start))
    pieces.push(memorySource(header(await readExactly(source, start, size))))
    at = start + size
  }
  // All of the first run where that is no part's own header.
  const head = await readExactly(source, 0, skeleton.structure[0] ?? 0)
  const topBytes = Math.min(headerSize(head), head.length - (skeleton.parts[0]?.headerSize ?? 0))
  if (topBytes > 0) await change(0, topBytes, withoutSums)
  for (const [number, part] of skeleton.parts.entries()) {
    const bytes = fresh.get(number)
    const start = starts[number] ?? 0
    if (!bytes || part.encoding.kind !== 'base64') continue
    await change(start - part.headerSize, part.headerSize, (header) => withSize(header, bytes.length))
    const encoded: Uint8Array[] = []
    for await (const chunk of encodeBase64(inOne(bytes), part.encoding)) encoded.push(chunk)
    pieces.push(memorySource(concat(encoded)))
    at = start + part.encodedSize
  }
  pieces.push(rangeSource(source, at, source.size))
  return joinedSource(pieces)
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const sums: readonly string[] = ['content-md5', 'content-length', 'lines']

/** A header without what it says of how long all is, and of its digest. */
function withoutSums(header: Uint8Array): Uint8Array {
  return changeFields(header, ({ name }, bytes) => (sums.includes(name) ? new Uint8Array() : bytes))
}

function withSize(header: Uint8Array, sizeBytes: number): Uint8Array {
  return changeFields(withoutSums(header), ({ name }, bytes) =>
    name === 'content-disposition' ? stringBytes(sized(byteString(bytes), sizeBytes)) : bytes,
  )
}

/** Quoted strings and comments are leapt over: a file name may hold anything. */
const sizeParameter = /"(?:\\[\s\S]|[^"\\])*"|\((?:\\[\s\S]|[^()\\])*\)|(;\s*size\s*=\s*"?)\d+/gi

function sized(field: string, sizeBytes: number): string {
  return field.replace(sizeParameter, (whole, before: string | undefined) =>
    before === undefined ? whole : `${before}${sizeBytes}`,
  )
}

function changeFields(
  header: Uint8Array,
  change: (field: HeaderField, bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const field of headerFields(header)) {
    pieces.push(change(field, header.subarray(field.start, field.end)))
    at = field.end
  }
  return concat([...pieces, header.subarray(at)])
}
