import { digestName } from '../../bytes/digest-name.js'
import type { CreateHash } from '../../bytes/hash.js'
import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { firstText, pageBeside } from '../../mime/first-text.js'
import type { Outline } from '../../mime/outline.js'
import type { Skeleton } from '../../mime/skeleton.js'
import { fileKind } from '../../mime/stand-in/file-kind.js'
import { gistTypes, mostFileGists } from '../../mime/stand-in/gist-text.js'
import { hotSize } from '../../mime/structure-rest.js'
import type { Guid } from '../../replica/model.js'
import { protocolError, readGuid, readMany, readPatterns, writeGuid, writeMany } from '../../wire/values.js'
import {
  gistLimit,
  isGistLimit,
  type Limit,
  limitOf,
  limitsOf,
  type Rule,
  type RuledMessage,
  readRules,
  structureLimit,
  writeRules,
} from './rules.js'
import { type SharedHistory, sharedHistories } from './shared-history.js'
import { readWindows, type Window, writeWindows } from './window.js'

/** What a device wants without being asked: which mailboxes, in which order, and how much of each message. */
export interface Policy {
  /** Patterns as in `selection.ts`. */
  readonly select: readonly string[]
  /** Mailboxes that go before all others, in this order. */
  readonly first: readonly Guid[]
  /** A first text up to this many bytes comes in tier 1. */
  readonly textBytes: number
  /** Parts up to this many bytes come in tier 2. */
  readonly smallBytes: number
  /** Parts up to this many bytes come in tier 3; bigger ones are deferred. */
  readonly attachmentBytes: number
  /** Cold fields of a header come at the end of tier 3 up to this many bytes; what is bigger is deferred. */
  readonly coldBytes: number
  /** What else a person has said: it goes before the sizes above and structureBytes. */
  readonly rules: readonly Rule[]
  /** A structure up to this many bytes comes whole in tier 2; of a longer one its beginning does, and the rest is deferred. */
  readonly structureBytes: number
  /** The parts of one message that come by themselves come to no more than this, unless a larger size above, or a rule, lets one through. */
  readonly messageBytes: number
  /** Between which mail bytes may be saved: sizes tell something to a person who watches the line. */
  readonly sharedHistory: SharedHistory
  /** How much of each mailbox is held; the last that fits decides, and without any all of it is. */
  readonly windows: readonly Window[]
}

export const defaultPolicy: Policy = {
  select: [],
  first: [],
  textBytes: 128 * 1024,
  smallBytes: 4 * 1024,
  attachmentBytes: 64 * 1024,
  // Three times as many as the longest of 4,000 real mails has.
  coldBytes: 32 * 1024,
  rules: [],
  // One of 2,800 real mails has more.
  structureBytes: 16 * 1024,
  messageBytes: 512 * 1024,
  // Of real mail it costs 0.4 to 3.9 % more than "all", and a stranger's guess tells nothing of held mail.
  sharedHistory: 'correspondent',
  windows: [],
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
  writer.varint(policy.structureBytes)
  writer.varint(policy.messageBytes)
  writer.u8(sharedHistories.indexOf(policy.sharedHistory))
  if (policy.windows.length > 0) writeWindows(writer, policy.windows)
  return writer.finish()
}

export function decodePolicy(payload: Uint8Array): Policy {
  const reader = new ByteReader(payload)
  return {
    select: readPatterns(reader),
    first: readMany(reader, readGuid),
    textBytes: reader.varint(),
    smallBytes: reader.varint(),
    attachmentBytes: reader.varint(),
    coldBytes: reader.varint(),
    rules: readRules(reader),
    structureBytes: reader.varint(),
    messageBytes: reader.varint(),
    sharedHistory: readSharedHistory(reader),
    windows: reader.done ? [] : readWindows(reader),
  }
}

function readSharedHistory(reader: ByteReader): SharedHistory {
  const number = reader.u8()
  const shared = sharedHistories[number]
  if (shared === undefined) throw protocolError(`a shared history ${number}`)
  return shared
}

/** How many policies of a device its upstream knows by name: a device that changes between links needn't send them again. */
export const rememberedPolicies = 4

/** The policy's name in a hello. */
export function nameOfPolicy(policy: Policy, createHash: CreateHash): string {
  return digestName(encodePolicy(policy), createHash)
}

/** For each piece of a message the tier in which it comes; undefined where it is deferred until somebody wants it. */
export type Tiers = readonly (1 | 2 | 3 | undefined)[]

/**
 * The tier of each piece of a message: its parts, then its structure and, once its skeleton is known, its
 * cold fields and the rest of its structure.
 * @param message without it, only rules that apply to all messages count.
 * @param gist the part whose gist is here, or is sent in its place where the policy wants that.
 */
export function tiersOfPieces(
  outline: Outline,
  skeleton: Pick<Skeleton, 'structure' | 'cold' | 'restBytes'> | undefined,
  policy: Policy,
  message?: RuledMessage,
  gist?: number,
): Tiers {
  const limits = limitsOf(policy.rules, message)
  const deferred = gist !== undefined && gist === gistIn(outline, limits) ? gist : undefined
  const tiers: Tiers[number][] = [...tiersOfParts(outline, policy, limits, deferred), 2]
  if (skeleton?.cold) tiers.push(skeleton.cold.sizeBytes <= policy.coldBytes ? 3 : undefined)
  if (skeleton?.restBytes !== undefined)
    tiers.push(hotSize(skeleton) <= (structureLimit(limits) ?? policy.structureBytes) ? 2 : undefined)
  return tiers
}

/**
 * The part of which the policy wants a gist in its place: a long text that is read first, or a long page
 * beside which the plain text says too little.
 */
export function gistPart(outline: Outline, policy: Policy, message?: RuledMessage): number | undefined {
  return gistIn(outline, limitsOf(policy.rules, message))
}

function gistIn(outline: Outline, limits: readonly Limit[]): number | undefined {
  if (!limits.some(({ what }) => isGistLimit(what))) return undefined
  const texts = firstText(outline)
  for (const text of texts) {
    // Of whom a person wants no text, nobody makes one.
    if (limitOf(limits, outline, text, new Set(texts)) === 0) continue
    const part = pageBeside(outline, text) ?? text
    const { type = '', size = 0 } = outline.parts[part] ?? {}
    const kind = type === 'text/html' ? 'html' : 'text'
    if (gistTypes.includes(type) && size > gistLimit(limits, kind)) return part
  }
  return undefined
}

/** What an archive holds stands at its end, so all of a file is read for its gist. */
export const mostGistedBytes = 16 * 1024 * 1024

/** Files of a message that the policy defers, and of which it wants a gist. */
export function gistFiles(outline: Outline, tiers: Tiers, policy: Policy, message?: RuledMessage): number[] {
  const limits = limitsOf(policy.rules, message)
  if (!limits.some(({ what }) => isGistLimit(what))) return []
  return outline.parts
    .flatMap((about, part) => {
      const kind = tiers[part] === undefined ? fileKind(about) : undefined
      const { size } = about
      return kind && size > gistLimit(limits, kind) && size <= mostGistedBytes ? [part] : []
    })
    .slice(0, mostFileGists)
}

/** A part that its size lets through, and up to which size it would. */
interface Passed {
  readonly tier: 1 | 2 | 3
  readonly upToBytes: number
}

/**
 * An author chooses how many parts a message has, each small enough to come. They come only while their sum
 * stays within what the policy allows for a message, or within the limit that lets that part through: a
 * person who wants attachments of 5 MB gets one, not ten.
 */
function tiersOfParts(
  outline: Outline,
  policy: Policy,
  limits: readonly Limit[],
  deferred: number | undefined,
): Tiers {
  const texts = new Set(firstText(outline))
  const passed = outline.parts.flatMap(({ size }, part) => {
    const pass = part === deferred ? undefined : passPart(outline, part, texts, policy, limits)
    return pass ? [{ ...pass, part, size }] : []
  })
  const tiers: Tiers[number][] = outline.parts.map(() => undefined)
  let sum = 0
  for (const { part, size, tier, upToBytes } of passed.sort((a, b) => a.tier - b.tier || a.size - b.size)) {
    if (sum + size > Math.max(policy.messageBytes, upToBytes)) continue
    sum += size
    tiers[part] = tier
  }
  return tiers
}

function passPart(
  outline: Outline,
  part: number,
  texts: ReadonlySet<number>,
  { textBytes, smallBytes, attachmentBytes }: Policy,
  limits: readonly Limit[],
): Passed | undefined {
  const { size = 0 } = outline.parts[part] ?? {}
  const limit = limitOf(limits, outline, part, texts)
  if (size > (limit ?? Number.POSITIVE_INFINITY)) return undefined
  const isText = texts.has(part)
  if (isText && (limit !== undefined || size <= textBytes)) return { tier: 1, upToBytes: limit ?? textBytes }
  const upToBytes = limit ?? attachmentBytes
  if (size <= smallBytes) return { tier: 2, upToBytes }
  return size <= upToBytes ? { tier: 3, upToBytes } : undefined
}
