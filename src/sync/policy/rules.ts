import type { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { Outline, OutlinePart } from '../../mime/outline.js'
import type { MailboxPath } from '../../replica/model.js'
import { protocolError, readMany, readPatterns, writeMany } from '../../wire/values.js'
import { matchesGlob } from './glob.js'
import { isSelected } from './selection.js'

/** A person's rules about what comes at once. Of rules and limits that match, the last one decides. */
export interface Rule {
  /** Patterns as in `selection.ts`; empty: any mailbox. */
  readonly mailboxes: readonly string[]
  /** Globs of the sender's address; empty: anybody. */
  readonly from: readonly string[]
  /**
   * Only messages that came before this day, in days since 1970. A day rather than an age, since the two
   * sides' clocks differ; the initiator sends it anew each day.
   */
  readonly beforeDay?: number
  /** Only messages whose parts come to more than this, in bytes. */
  readonly aboveBytes?: number
  readonly limits: readonly Limit[]
}

/** Parts of a kind come by themselves up to a size. */
export interface Limit {
  /** One of `partKinds`, or a glob of media types. */
  readonly what: string
  /** 0: never; Infinity: always. */
  readonly upToBytes: number
}

/**
 * `text` is what a person reads first of a message, plain or HTML; `html` is HTML that comes beside plain
 * text; `attachments` is everything else, including pictures and invitations; `structure` is what stands
 * around the parts, starting with the header.
 */
export const partKinds = [
  'text',
  'html',
  'attachments',
  'images',
  'audio',
  'video',
  'calendar',
  'structure',
] as const

/** Among limits: what is larger than this is to have a gist in its place, while it doesn't come. It stands for no part. */
export const gistKind = 'gist'

/** What gists are made of: `text` and `html` that is read first, and files. */
export const gistKinds = ['text', 'html', 'pdf', 'office', 'archives', 'calendar', 'audio', 'images'] as const
export type WantedGist = (typeof gistKinds)[number]

/** What a limit is called that is for one kind of gists alone. */
export const gistOfKind = (kind: WantedGist): string => `${gistKind}/${kind}`

export const isGistLimit = (what: string): boolean => what === gistKind || what.startsWith(`${gistKind}/`)

/** What rules ask of a message. */
export interface RuledMessage {
  readonly mailbox: { readonly path: MailboxPath; readonly specialUse?: string }
  readonly from: string
  readonly internalDateMs: number
  readonly sizeBytes: number
}

const dayMs = 86_400_000

export const dayOf = (ms: number): number => Math.floor(ms / dayMs)

/** Whether rules look at messages at all, or only at their parts. */
export function askOfMessages(rules: readonly Rule[]): boolean {
  return rules.some(
    ({ mailboxes, from, beforeDay, aboveBytes }) =>
      mailboxes.length > 0 || from.length > 0 || beforeDay !== undefined || aboveBytes !== undefined,
  )
}

/** The limits that apply to a message, in the order of the rules. Without a message: those of rules for all messages. */
export function limitsOf(rules: readonly Rule[], message: RuledMessage | undefined): Limit[] {
  return rules.filter((rule) => applies(rule, message)).flatMap(({ limits }) => limits)
}

function applies(rule: Rule, message: RuledMessage | undefined): boolean {
  if (!askOfMessages([rule])) return true
  if (!message) return false
  const { mailboxes, from, beforeDay = Number.POSITIVE_INFINITY, aboveBytes = -1 } = rule
  return (
    (mailboxes.length === 0 || isSelected(mailboxes, message.mailbox)) &&
    (from.length === 0 || from.some((pattern) => matchesGlob(pattern, message.from))) &&
    dayOf(message.internalDateMs) < beforeDay &&
    message.sizeBytes > aboveBytes
  )
}

/** The size up to which a part comes by itself, where a limit says. */
export function limitOf(
  limits: readonly Limit[],
  { parts }: Outline,
  part: number,
  texts: ReadonlySet<number>,
): number | undefined {
  const about = parts[part]
  const isText = texts.has(part)
  return about && limits.findLast(({ what }) => isOf(what, about, isText))?.upToBytes
}

/** The size up to which a structure comes whole by itself, where a limit says. */
export function structureLimit(limits: readonly Limit[]): number | undefined {
  return limits.findLast(({ what }) => what === 'structure')?.upToBytes
}

/** The size from which a gist is wanted of such parts, where a limit says. Gists of pictures cost more, and are made only where pictures are named. */
export function gistLimit(limits: readonly Limit[], kind: WantedGist): number {
  const limit = limits.findLast(
    ({ what }) => what === gistOfKind(kind) || (what === gistKind && kind !== 'images'),
  )
  return limit?.upToBytes ?? Number.POSITIVE_INFINITY
}

function isOf(what: string, { type, disposition }: OutlinePart, isText: boolean): boolean {
  if (isGistLimit(what)) return false
  const isHtml = !isText && type === 'text/html' && disposition !== 'attachment'
  switch (what) {
    case 'text':
      return isText
    case 'html':
      return isHtml
    case 'attachments':
      return !isText && !isHtml
    case 'images':
      return type.startsWith('image/')
    case 'audio':
      return type.startsWith('audio/')
    case 'video':
      return type.startsWith('video/')
    case 'calendar':
      return type === 'text/calendar' || type === 'application/ics'
    default:
      return matchesGlob(what, type)
  }
}

/** What a foreign policy may make us look at for each part. */
const most = { rules: 100, patterns: 100, limits: 50, whatBytes: 100 }

export function writeRules(writer: ByteWriter, rules: readonly Rule[]): void {
  writeMany(writer, rules, (_, { mailboxes, from, beforeDay, aboveBytes, limits }) => {
    for (const patterns of [mailboxes, from])
      writeMany(writer, patterns, (_, pattern) => writer.text(pattern))
    writer.varint(beforeDay === undefined ? 0 : beforeDay + 1)
    writer.varint(aboveBytes === undefined ? 0 : aboveBytes + 1)
    writeMany(writer, limits, (_, { what, upToBytes }) => {
      writer.text(what)
      writer.varint(upToBytes === Number.POSITIVE_INFINITY ? 0 : upToBytes + 1)
    })
  })
}

/** Throws PROTOCOL where there are more than a person would write. */
export function readRules(reader: ByteReader): Rule[] {
  const bounded = <T>(what: keyof typeof most, read: () => T): T[] => {
    const list = readMany(reader, read)
    if (list.length > most[what]) throw protocolError(`a policy with ${list.length} ${what}`)
    return list
  }
  return bounded('rules', () => {
    const [mailboxes, from] = [readPatterns(reader, most.patterns), readPatterns(reader, most.patterns)]
    const before = reader.varint()
    const above = reader.varint()
    const limits = bounded('limits', () => {
      const what = reader.text(most.whatBytes)
      const upTo = reader.varint()
      return { what, upToBytes: upTo === 0 ? Number.POSITIVE_INFINITY : upTo - 1 }
    })
    return {
      mailboxes,
      from,
      ...(before > 0 && { beforeDay: before - 1 }),
      ...(above > 0 && { aboveBytes: above - 1 }),
      limits,
    }
  })
}
