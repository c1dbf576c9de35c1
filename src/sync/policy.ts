import type { CreateHash } from '../bytes/hash.js'
import { toHex } from '../bytes/hex.js'
import { ByteReader, ByteWriter } from '../bytes/varint.js'
import { firstText } from '../mime/first-text.js'
import { mimeLimits } from '../mime/limits.js'
import { decodeOutline, type Outline, outlineOf } from '../mime/outline.js'
import type { Skeleton } from '../mime/skeleton.js'
import type { Guid } from '../replica/model.js'
import { readGuid, readMany, writeGuid, writeMany } from '../wire/values.js'

/** What a device wants without being asked: which mailboxes, in which order, and how much of each message. */
export interface Policy {
  /** Patterns as in `selection.ts`. */
  readonly select: readonly string[]
  /** Mailboxes that go before all others, in this order. */
  readonly first: readonly Guid[]
  /** A first text up to this many bytes comes in tier 1. */
  readonly textBytes: number
  /** Any part up to this many bytes comes in tier 2. */
  readonly smallBytes: number
  /** Any part up to this many bytes comes in tier 3; what is bigger is deferred. */
  readonly attachmentBytes: number
  /** Cold fields of a header come at the end of tier 3 up to this many bytes; what is bigger is deferred. */
  readonly coldBytes: number
}

export const defaultPolicy: Policy = {
  select: [],
  first: [],
  textBytes: 128 * 1024,
  smallBytes: 4 * 1024,
  attachmentBytes: 64 * 1024,
  // As many as a header can have.
  coldBytes: mimeLimits.headerBytes,
}

export function encodePolicy(policy: Policy): Uint8Array {
  const writer = new ByteWriter()
  writeMany(writer, policy.select, (_, pattern) => writer.text(pattern))
  writeMany(writer, policy.first, writeGuid)
  writer.varint(policy.textBytes)
  writer.varint(policy.smallBytes)
  writer.varint(policy.attachmentBytes)
  writer.varint(policy.coldBytes)
  return writer.finish()
}

export function decodePolicy(payload: Uint8Array): Policy {
  const reader = new ByteReader(payload)
  return {
    select: readMany(reader, () => reader.text(1000)),
    first: readMany(reader, readGuid),
    textBytes: reader.varint(),
    smallBytes: reader.varint(),
    attachmentBytes: reader.varint(),
    coldBytes: reader.varint(),
  }
}

/** A policy's name: the first 8 bytes of its SHA-256, in hex. */
export function policyName(encoded: Uint8Array, createHash: CreateHash): string {
  const hash = createHash()
  hash.update(encoded)
  return toHex(hash.digest()).slice(0, 16)
}

export function nameOfPolicy(policy: Policy, createHash: CreateHash): string {
  return policyName(encodePolicy(policy), createHash)
}

/** The same for a content that has been listed. */
export function tiersOfListed(
  content: { readonly outline?: Uint8Array },
  policy: Policy,
): (1 | 2 | 3 | undefined)[] | undefined {
  return content.outline && tiersOfParts(decodeOutline(content.outline), policy)
}

/** For each part of a message the tier in which it comes, undefined where it is deferred until somebody wants it. */
export function tiersOfParts(outline: Outline, policy: Policy): (1 | 2 | 3 | undefined)[] {
  const text = firstText(outline)
  return outline.parts.map(({ size }, part) => {
    if (text.includes(part) && size <= policy.textBytes) return 1
    if (size <= policy.smallBytes) return 2
    if (size <= policy.attachmentBytes) return 3
    return undefined
  })
}

/** The same for all pieces of a message, the structure and the cold fields of its header too. */
export function tiersOfPieces(skeleton: Skeleton, policy: Policy): (1 | 2 | 3 | undefined)[] {
  const tiers: (1 | 2 | 3 | undefined)[] = [...tiersOfParts(outlineOf(skeleton), policy), 2]
  if (skeleton.cold) tiers.push(skeleton.cold.sizeBytes <= policy.coldBytes ? 3 : undefined)
  return tiers
}
