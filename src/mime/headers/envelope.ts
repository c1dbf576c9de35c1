import { addressParser, decodeWords } from 'postal-mime'
import { envelopeLimits, mimeLimits } from '../limits.js'
import { cleanText, truncateText } from './clean-text.js'
import { parseHeaderDate } from './date.js'
import { fieldText, type HeaderField, headerFields, headerSize } from './header-fields.js'

/** What a list shows of a message, and what hangs it into its thread. Text is Unicode without control characters, bounded. */
export interface Envelope {
  readonly from: readonly Mailbox[]
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly subject?: string
  /** Whole seconds, in milliseconds since 1970; may be before that. */
  readonly dateMs?: number
  /** East of Greenwich. */
  readonly dateZoneMinutes?: number
  /** Ids stand without their angle brackets. */
  readonly messageId?: string
  readonly inReplyTo?: string
  /** The last few ids of References but `inReplyTo`, oldest first. */
  readonly references?: readonly string[]
}

/** A person or list in an address field. */
export interface Mailbox {
  readonly name?: string
  readonly address: string
}

const wanted = new Set(['from', 'to', 'cc', 'subject', 'date', 'message-id', 'in-reply-to', 'references'])

/**
 * Reads the envelope from a header, or from a structure, which begins with the message's header. Of repeated
 * fields the first counts. Never throws; what can't be read is left out.
 */
export function parseEnvelope(structure: Uint8Array): Envelope {
  const header = structure.subarray(0, mimeLimits.headerBytes)
  const fields = new Map<string, HeaderField>()
  for (const field of headerFields(header))
    if (wanted.has(field.name) && !fields.has(field.name)) fields.set(field.name, field)
  const text = (name: string): string => {
    const field = fields.get(name)
    return field ? fieldText(header, field, envelopeLimits.fieldBytes) : ''
  }
  const subject = cleanText(decodeWords(text('subject')), envelopeLimits.subjectBytes)
  const messageId = idsOf(text('message-id'))[0]
  const inReplyTo = idsOf(text('in-reply-to'))[0]
  const references = [...new Set(lastIds(header, fields.get('references')))]
    .filter((id) => id !== inReplyTo)
    .slice(-envelopeLimits.references)
  const room = { bytes: envelopeLimits.mailboxesBytes }
  return {
    from: mailboxes(text('from'), room),
    to: mailboxes(text('to'), room),
    cc: mailboxes(text('cc'), room),
    ...(subject && { subject }),
    ...parseHeaderDate(text('date')),
    ...(messageId && { messageId }),
    ...(inReplyTo && { inReplyTo }),
    ...(references.length > 0 && { references }),
  }
}

/**
 * Reads the envelope from the beginning of a structure. If the header continues beyond it, takes no more than
 * the ids and the Date from it, and nothing from a field that may be cut; the rest stays as it was `listed`.
 */
export function parseBegunEnvelope(begun: Uint8Array, listed: Envelope): Envelope {
  if (headerSize(begun) < begun.length) return parseEnvelope(begun)
  const last = [...headerFields(begun)].at(-1)
  const { messageId, inReplyTo, references, dateMs, dateZoneMinutes } = parseEnvelope(
    begun.subarray(0, last?.start ?? 0),
  )
  return {
    ...listed,
    ...(dateMs !== undefined && { dateMs }),
    ...(dateZoneMinutes !== undefined && { dateZoneMinutes }),
    ...(messageId && { messageId }),
    ...(inReplyTo && { inReplyTo }),
    ...(references && { references }),
  }
}

function mailboxes(field: string, room: { bytes: number }): Mailbox[] {
  const found: Mailbox[] = []
  for (const mailbox of fieldMailboxes(field)) {
    if (found.length === envelopeLimits.addresses) break
    room.bytes -= new TextEncoder().encode((mailbox.name ?? '') + mailbox.address).length
    if (room.bytes < 0) break
    found.push(mailbox)
  }
  return found
}

/** Groups are taken apart (RFC 5322 3.4); an empty one, such as `undisclosed-recipients:;`, is a mailbox without address. */
function* fieldMailboxes(field: string): Generator<Mailbox> {
  if (field === '') return
  for (const entry of addressParser(field))
    for (const { name, address } of entry.group?.length ? entry.group : [entry]) {
      const cleanName = cleanText(name, envelopeLimits.nameBytes)
      const cleanAddress = cleanText(address ?? '', envelopeLimits.addressBytes)
      if (cleanName || cleanAddress) yield { ...(cleanName && { name: cleanName }), address: cleanAddress }
    }
}

/** All that stand in the first field of this name, of which an envelope has the first few or none. Takes what `parseEnvelope` does, and never throws. */
export function allMailboxes(structure: Uint8Array, name: string): Mailbox[] {
  const header = structure.subarray(0, mimeLimits.headerBytes)
  for (const field of headerFields(header))
    if (field.name === name) return [...fieldMailboxes(fieldText(header, field, mimeLimits.headerBytes))]
  return []
}

/** What stands in angle brackets (RFC 5322 3.6.4); some programs write phrases around it. */
function idsOf(text: string): string[] {
  const ids: string[] = []
  for (const [, id = ''] of text.matchAll(/<([^<>\s\p{Cc}]+)>/gu))
    if (truncateText(id, envelopeLimits.idBytes) === id) ids.push(id)
  return ids
}

/** Ids from the end of a field that may be very long. */
function lastIds(header: Uint8Array, field: HeaderField | undefined): string[] {
  if (!field) return []
  const valueStart = Math.max(field.valueStart, field.end - envelopeLimits.fieldBytes)
  return idsOf(fieldText(header, { ...field, valueStart }, envelopeLimits.fieldBytes))
}
