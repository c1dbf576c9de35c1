import type { ByteSource } from '../bytes/source.js'
import { bodyOffset, bodyOffsets, structureSize } from './body-offsets.js'
import { base64Range, decodeBase64Groups } from './encodings/base64.js'
import { readQuotedPrintable } from './encodings/quoted-printable-tokens.js'
import { messageChanged, readExactly } from './lines.js'
import type { Part, Skeleton } from './skeleton.js'

/**
 * Reads decoded bytes of a range of a part; fewer only at the part's end. Identity and base64 parts are read
 * in place. A quoted-printable part is decoded whole each time; use `partSource` to read one piece by piece.
 * Throws MESSAGE_CHANGED when the source visibly isn't what the skeleton was made from.
 */
export async function readPart(
  source: ByteSource,
  skeleton: Skeleton,
  partIndex: number,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  return partSource(source, skeleton, partIndex).read(offset, length)
}

/** A part's decoded bytes as a source of its own over the message's. Keeps a quoted-printable part in memory once it was read. */
export function partSource(source: ByteSource, skeleton: Skeleton, partIndex: number): ByteSource {
  const part = skeleton.parts[partIndex]
  const start = bodyOffset(skeleton, partIndex)
  if (!part || start === undefined) throw new RangeError(`the message has no part ${partIndex}`)
  const reader = readerFor(source, part, start)
  return {
    size: part.size,
    read: async (offset, length) => {
      const within = Math.max(0, Math.min(length, part.size - offset))
      return within === 0 ? new Uint8Array(0) : reader(offset, within)
    },
  }
}

type RangeReader = (offset: number, length: number) => Promise<Uint8Array>

function readerFor(source: ByteSource, part: Part, start: number): RangeReader {
  const { encoding, encodedSize, size } = part
  switch (encoding.kind) {
    case 'identity':
      return (offset, length) => readExactly(source, start + offset, length)
    case 'base64':
      return async (offset, length) => {
        const range = base64Range(offset, length, size, encoding)
        const decoded = decodeBase64Groups(
          await readExactly(source, start + range.start, range.end - range.start),
        )
        return checkedRange(decoded, range.skip, length)
      }
    case 'quoted-printable': {
      let decoding: Promise<Uint8Array> | undefined
      return async (offset, length) => {
        decoding ??= readExactly(source, start, encodedSize).then(
          (encoded) => readQuotedPrintable(encoded).decoded,
        )
        return checkedRange(await decoding, offset, length)
      }
    }
  }
}

function checkedRange(decoded: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset + length <= decoded.length) return decoded.subarray(offset, offset + length)
  throw messageChanged()
}

/** All structure runs one behind the other; the limits keep that small. Throws MESSAGE_CHANGED. */
export async function readStructure(source: ByteSource, skeleton: Skeleton): Promise<Uint8Array> {
  const all = new Uint8Array(structureSize(skeleton))
  const offsets = bodyOffsets(skeleton)
  let size = 0
  let at = 0
  for (const [i, run] of skeleton.structure.entries()) {
    if (run > 0) all.set(await readExactly(source, at, run), size)
    size += run
    at = (offsets[i] ?? 0) + (skeleton.parts[i]?.encodedSize ?? 0)
  }
  return all
}
