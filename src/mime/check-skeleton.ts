import { PacketboatError } from '../errors/packetboat-error.js'
import { structureSize } from './body-offsets.js'
import { base64EncodedSize, isSpace } from './encodings/base64.js'
import { fileName, isCharset, isMediaType } from './headers/content-fields.js'
import { mimeLimits, patchLimit } from './limits.js'
import type { ColdHeader, Entity, Part, Skeleton } from './skeleton.js'
import { hotSize } from './structure-rest.js'

/**
 * Checks a skeleton that came from somebody else against what `splitMessage` can make: sizes that add up,
 * bounds, a tree that holds every part once and in order. After that, code may trust it and follow its tree
 * by recursion. Throws PROTOCOL.
 */
export function checkSkeleton(skeleton: Skeleton): void {
  const { size, digest, structure, parts, tree } = skeleton
  check(isSize(size) && (digest === undefined || isDigest(digest)), 'its size or digest')
  check(parts.length > 0 && parts.length <= mimeLimits.parts, 'its number of parts')
  check(structure.length === parts.length + 1 && structure.every(isSize), 'its structure runs')
  check(structureSize(skeleton) <= mimeLimits.structureBytes, 'the size of its structure')
  if (skeleton.cold) checkCold(skeleton.cold, structure[0] ?? 0)
  const { restBytes } = skeleton
  check(
    restBytes === undefined || (isSize(restBytes) && restBytes > 0 && restBytes <= hotSize(skeleton)),
    'the rest of its structure',
  )
  let sum = structureSize(skeleton)
  parts.forEach((part, i) => {
    checkPart(part)
    check(part.headerSize <= (structure[i] ?? 0), 'the size of a header')
    sum += part.encodedSize
  })
  check(sum === size, 'its size')
  checkTree(tree, parts.length)
}

function checkCold({ sizeBytes, runs }: ColdHeader, firstRun: number): void {
  check(isSize(sizeBytes) && sizeBytes > 0 && sizeBytes <= firstRun, 'the size of its cold fields')
  check(runs.length <= mimeLimits.coldRuns && runs.every(isSize), 'the places of its cold fields')
}

function checkPart(part: Part): void {
  const { headerSize, encodedSize, size, digest, encoding } = part
  checkPartAbout(part)
  check([headerSize, encodedSize, size].every(isSize), 'the size of a part')
  check(digest === undefined || isDigest(digest), 'the digest of a part')
  switch (encoding.kind) {
    case 'identity':
      check(size === encodedSize, 'the size of a part')
      return
    case 'base64':
      check(isSize(encoding.lineLength) && encoding.lineLength >= 4, 'the line length of a part')
      check(
        encoding.tail.length <= mimeLimits.base64TailBytes && encoding.tail.every(isSpace),
        'the tail of a part',
      )
      check(size > 0 && base64EncodedSize(size, encoding) === encodedSize, 'the size of a part')
      return
    case 'quoted-printable':
      check(encodedSize <= mimeLimits.quotedPrintableBytes && size <= encodedSize, 'the size of a part')
      check(encoding.patch.length <= patchLimit(encodedSize), 'the recipe of a part')
      return
  }
}

/** What is shown of a part, in a skeleton or an outline. Throws PROTOCOL. */
export function checkPartAbout({ type, charset, name }: Pick<Part, 'type' | 'charset' | 'name'>): void {
  check(isMediaType(type), 'the type of a part')
  check(charset === undefined || isCharset(charset), 'the charset of a part')
  // A name with a path or control characters was made to do harm.
  check(name === undefined || (name !== '' && fileName(name) === name), 'the name of a part')
}

/** A tree with the parts 0 to `parts` - 1 in this order, no deeper than the limit. Throws PROTOCOL. */
export function checkTree(tree: Entity, parts: number): void {
  let next = 0
  // Explicit stack: the depth isn't known to be bounded yet.
  const open: { readonly entity: Entity; readonly depth: number }[] = [{ entity: tree, depth: 1 }]
  for (let item = open.pop(); item; item = open.pop()) {
    const { entity, depth } = item
    check(depth <= mimeLimits.depth, 'the depth of its tree')
    if (entity.kind === 'part') {
      check(entity.part === next, 'the order of its parts')
      next++
    } else if (entity.kind === 'message') open.push({ entity: entity.child, depth: depth + 1 })
    else {
      check(entity.type.startsWith('multipart/') && isMediaType(entity.type), 'the type of a multipart')
      check(entity.children.length > 0 && entity.children.length <= parts, 'its tree')
      for (const child of entity.children.toReversed()) open.push({ entity: child, depth: depth + 1 })
    }
  }
  check(next === parts, 'its tree')
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isDigest(digest: string): boolean {
  return /^[0-9a-f]{64}$/.test(digest)
}

function check(holds: boolean, what: string): void {
  if (holds) return
  throw new PacketboatError(
    'PROTOCOL',
    `The description of a message doesn't add up: ${what}.`,
    'Nothing that arrived before is lost. Check that both sides run the same version of packetboat, then sync again.',
  )
}
