import type { CreateHash } from '../bytes/hash.js'
import { toHex } from '../bytes/hex.js'
import { ByteReader, ByteWriter } from '../bytes/varint.js'
import { firstText } from '../mime/first-text.js'
import { mimeLimits } from '../mime/limits.js'
import type { Outline } from '../mime/outline.js'
import type { Skeleton } from '../mime/skeleton.js'
import type { Guid } from '../replica/model.js'
import { readGuid, readMany, writeGuid, writeMany } from '../wire/values.js'
import { limitOf, limitsOf, type Rule, type RuledMessage, readRules, writeRules } from './rules.js'

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
  /** What else a person has said: it goes before the three sizes above. */
  readonly rules: readonly Rule[]
}

export const defaultPolicy: Policy = {
  select: [],
  first: [],
  textBytes: 128 * 1024,
  smallBytes: 4 * 1024,
  attachmentBytes: 64 * 1024,
  // As many as a header can have.
  coldBytes: mimeLimits.headerBytes,
  rules: [],
}

export function encodePolicy(policy: Policy): Uint8Array {
  const writer = new ByteWriter()
  writeMany(writer, policy.select, (_, pattern) => writer.text(pattern))
  writeMany(writer, policy.first, writeGuid)
  writer.varint(policy.textBytes)
  writer.varint(policy.smallBytes)
  writer.varint(policy.attachmentBytes)
  writer.varint(policy.coldBytes)
  writeRules(writer, policy.rules)
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
    rules: readRules(reader),
  }
}

/** So many policies of a device are known to its upstream by name: whoever goes from one link to another needn't say them again. */
export const rememberedPolicies = 4

/** A policy's name: the first 8 bytes of its SHA-256, in hex. */
export function policyName(encoded: Uint8Array, createHash: CreateHash): string {
  const hash = createHash()
  hash.update(encoded)
  return toHex(hash.digest()).slice(0, 16)
}

export function nameOfPolicy(policy: Policy, createHash: CreateHash): string {
  return policyName(encodePolicy(policy), createHash)
}

/** For each part of a message the tier in which it comes, undefined where it is deferred until somebody wants it. */
export type Tiers = readonly (1 | 2 | 3 | undefined)[]

/** @param message without it only those rules count that are for all messages. */
export function tiersOfParts(outline: Outline, policy: Policy, message?: RuledMessage): Tiers {
  const texts = firstText(outline)
  const limits = limitsOf(policy.rules, message)
  return outline.parts.map(({ size }, part) => {
    const isText = texts.includes(part)
    const limit = limitOf(limits, outline, part, texts)
    if (limit !== undefined && size > limit) return undefined
    if (isText && (limit !== undefined || size <= policy.textBytes)) return 1
    if (size <= policy.smallBytes) return 2
    return limit !== undefined || size <= policy.attachmentBytes ? 3 : undefined
  })
}

/** Of all pieces of a message, by the tiers of its parts: the structure and the cold fields of its header too. */
export function tiersOfPieces(parts: Tiers, { cold }: Pick<Skeleton, 'cold'>, policy: Policy): Tiers {
  return cold ? [...parts, 2, cold.sizeBytes <= policy.coldBytes ? 3 : undefined] : [...parts, 2]
}
