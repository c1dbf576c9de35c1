import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { concat } from '../../src/bytes/concat.js'
import type { CreateHash } from '../../src/bytes/hash.js'
import { memorySource, readRange } from '../../src/bytes/source.js'
import { joinCold, partCold } from '../../src/mime/headers/cold-header.js'
import { partSource, readStructure } from '../../src/mime/read-part.js'
import { rebuildMessage } from '../../src/mime/rebuild.js'
import type { Entity, Skeleton } from '../../src/mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../src/mime/skeleton-codec.js'
import { splitMessage } from '../../src/mime/split.js'
import { partRest } from '../../src/mime/structure-rest.js'

/** Properties run from a fixed seed, or from PACKETBOAT_SEED. */
export const seed = Number(process.env['PACKETBOAT_SEED'] ?? 1)

export const sha256: CreateHash = () => {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) }
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Latin-1 bytes of a text; a tagged template of lines reads well in tables. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

export function split(bytes: Uint8Array): Promise<Skeleton> {
  return splitMessage(memorySource(bytes), { createHash: sha256 })
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk.slice())
  return concat(all)
}

/** Splits, sends the skeleton through its codec, and rebuilds from decoded parts that come in pieces. */
export async function roundTrip(bytes: Uint8Array, chunkBytes = 65536): Promise<Skeleton> {
  const source = memorySource(bytes)
  const skeleton = await split(bytes)
  const decoded = decodeSkeleton(encodeSkeleton(skeleton))
  assert.deepEqual(decoded, skeleton)
  const asItStands = await readStructure(source, decoded)
  const structure = apartAndBack(asItStands, decoded)
  const rebuilt = await collect(
    rebuildMessage(decoded, structure, (i) =>
      readRange(partSource(source, decoded, i), 0, undefined, chunkBytes),
    ),
  )
  assert.ok(Buffer.from(rebuilt).equals(bytes), 'the rebuilt message differs')
  assert.equal(digestOf(bytes), skeleton.digest)
  return skeleton
}

/** A structure whose cold fields, and whose rest, travelled apart. */
function apartAndBack(structure: Uint8Array, skeleton: Skeleton): Uint8Array {
  const header = skeleton.cold
  const { hot, cold } = header ? partCold(structure, header) : { hot: structure, cold: new Uint8Array() }
  assert.equal(cold.length, header?.sizeBytes ?? 0)
  const { start, rest } = partRest(hot, skeleton)
  assert.equal(rest.length, skeleton.restBytes ?? 0)
  const together = concat([start, rest])
  return header ? joinCold(together, cold, header) : together
}

/** A tree as nested arrays: a leaf is its type, a multipart its type and its children, a message `['message', child]`. */
export type TreeShape = string | readonly TreeShape[]

export function shapeOf(skeleton: Skeleton, entity: Entity = skeleton.tree): TreeShape {
  if (entity.kind === 'part') return skeleton.parts[entity.part]!.type
  if (entity.kind === 'message') return ['message', shapeOf(skeleton, entity.child)]
  return [entity.type, ...entity.children.map((child) => shapeOf(skeleton, child))]
}

/** A part's body, with its encoding, as in the message. */
export function encodedBody(bytes: Uint8Array, skeleton: Skeleton, index: number): string {
  let at = 0
  for (let i = 0; i <= index; i++)
    at += skeleton.structure[i]! + (i < index ? skeleton.parts[i]!.encodedSize : 0)
  return textOf(bytes.subarray(at, at + skeleton.parts[index]!.encodedSize))
}
