import { concat } from '../bytes/concat.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { structureSize } from './body-offsets.js'
import { encodeBase64 } from './encodings/base64.js'
import { inTurns, type Turn } from './encodings/in-turns.js'
import { encodeQuotedPrintable } from './encodings/quoted-printable.js'
import type { Part, Skeleton } from './skeleton.js'

/**
 * Rebuilds a message, byte for byte, from its skeleton, its structure runs in one array, and its parts'
 * decoded bytes. Needs a skeleton that `checkSkeleton` has passed. Throws PROTOCOL when the structure or a
 * part hasn't the size that the skeleton says: the result has exactly `skeleton.size` bytes, or the generator
 * throws. Only the digest can tell whether they are the right ones.
 */
export async function* rebuildMessage(
  skeleton: Skeleton,
  structure: Uint8Array,
  part: (index: number) => AsyncIterable<Uint8Array>,
  turn?: Turn,
): AsyncGenerator<Uint8Array> {
  if (structure.length !== structureSize(skeleton)) throw wrongSize('The structure of a message')
  let at = 0
  for (const [i, run] of skeleton.structure.entries()) {
    if (run > 0) yield structure.subarray(at, at + run)
    at += run
    const described = skeleton.parts[i]
    if (described) yield* encodePart(described, part(i), turn)
  }
}

/** A part as it stands in the message, from its decoded bytes. Throws PROTOCOL when these are more or fewer than the part says. */
export async function* encodePart(
  part: Part,
  decoded: AsyncIterable<Uint8Array>,
  turn?: Turn,
): AsyncGenerator<Uint8Array> {
  const checked = ofSize(decoded, part.size)
  switch (part.encoding.kind) {
    case 'identity':
      yield* checked
      return
    case 'base64':
      yield* encodeBase64(checked, part.encoding)
      return
    case 'quoted-printable': {
      const chunks: Uint8Array[] = []
      for await (const chunk of checked) chunks.push(chunk)
      yield await inTurns(encodeQuotedPrintable(concat(chunks), part.encoding, part.encodedSize), turn)
      return
    }
  }
}

async function* ofSize(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of chunks) {
    seen += chunk.length
    if (seen > size) throw wrongSize('A part of a message')
    if (chunk.length > 0) yield chunk
  }
  if (seen !== size) throw wrongSize('A part of a message')
}

function wrongSize(what: string): PacketboatError {
  return new PacketboatError(
    'PROTOCOL',
    `${what} doesn't have the size in its skeleton.`,
    'The message stays partial, and everything that arrived is kept. Sync again.',
  )
}
