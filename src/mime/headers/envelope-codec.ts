import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { envelopeLimits } from '../limits.js'
import { cleanText } from './clean-text.js'
import type { Envelope, Mailbox } from './envelope.js'

/** Bits of the first byte: which fields follow, in this order. From, To and Cc always do. */
const hasSubject = 1
const hasDate = 2
const hasZone = 4
const hasMessageId = 8
const hasInReplyTo = 16
const hasReferences = 32

/**
 * Encodes an envelope: a byte with the bits above; the subject; the date as zigzag seconds; the zone as
 * zigzag quarter hours, or minutes when bit 0 is set; From, To and Cc, each a count and the mailboxes; the
 * ids.
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { from, to, cc, subject, dateMs, dateZoneMinutes, messageId, inReplyTo, references } = envelope
  const writer = new ByteWriter()
  let bits = 0
  if (subject !== undefined) bits |= hasSubject
  if (dateMs !== undefined) bits |= hasDate
  if (dateMs !== undefined && dateZoneMinutes !== undefined) bits |= hasZone
  if (messageId !== undefined) bits |= hasMessageId
  if (inReplyTo !== undefined) bits |= hasInReplyTo
  if (references !== undefined) bits |= hasReferences
  writer.u8(bits)
  if (subject !== undefined) writer.text(subject)
  if (dateMs !== undefined) {
    writer.varint(zigzag(Math.floor(dateMs / 1000)))
    if (dateZoneMinutes !== undefined) writer.varint(packZone(dateZoneMinutes))
  }
  for (const list of [from, to, cc]) writeMailboxes(writer, list)
  if (messageId !== undefined) writer.text(messageId)
  if (inReplyTo !== undefined) writer.text(inReplyTo)
  if (references !== undefined) {
    writer.varint(references.length)
    for (const id of references) writer.text(id)
  }
  return writer.finish()
}

/** Throws PROTOCOL on bytes that no envelope makes: longer lists or text than allowed, control characters, bytes left over. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const reader = new ByteReader(bytes)
  const bits = reader.u8()
  if (bits > 63 || (bits & hasZone && !(bits & hasDate))) throw malformed('unknown fields')
  const subject = bits & hasSubject ? readText(reader, envelopeLimits.subjectBytes) : undefined
  const dateMs = bits & hasDate ? readDate(reader) : undefined
  const dateZoneMinutes = bits & hasZone ? unpackZone(reader.varint()) : undefined
  const from = readMailboxes(reader)
  const to = readMailboxes(reader)
  const cc = readMailboxes(reader)
  const messageId = bits & hasMessageId ? readId(reader) : undefined
  const inReplyTo = bits & hasInReplyTo ? readId(reader) : undefined
  const references = bits & hasReferences ? readList(reader, envelopeLimits.references, readId) : undefined
  if (!reader.done) throw malformed('bytes are left')
  return {
    from,
    to,
    cc,
    ...(subject !== undefined && { subject }),
    ...(dateMs !== undefined && { dateMs }),
    ...(dateZoneMinutes !== undefined && { dateZoneMinutes }),
    ...(messageId !== undefined && { messageId }),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(references !== undefined && { references }),
  }
}

function writeMailboxes(writer: ByteWriter, mailboxes: readonly Mailbox[]): void {
  writer.varint(mailboxes.length)
  for (const { name, address } of mailboxes) {
    writer.text(name ?? '')
    writer.text(address)
  }
}

function readMailboxes(reader: ByteReader): Mailbox[] {
  return readList(reader, envelopeLimits.addresses, () => {
    const name = readText(reader, envelopeLimits.nameBytes)
    const address = readText(reader, envelopeLimits.addressBytes)
    return { ...(name && { name }), address }
  })
}

function readList<T>(reader: ByteReader, max: number, read: (reader: ByteReader) => T): T[] {
  const count = reader.varint()
  if (count > max) throw malformed(`a list of ${count}`)
  return Array.from({ length: count }, () => read(reader))
}

/** Text goes into headers and onto terminals: what could end a line or move a cursor has no business here. */
function readText(reader: ByteReader, maxBytes: number): string {
  const text = reader.text(maxBytes)
  if (cleanText(text, maxBytes) !== text) throw malformed('control characters')
  return text
}

function readId(reader: ByteReader): string {
  const id = reader.text(envelopeLimits.idBytes)
  if (!/^[^<>\s\p{Cc}]+$/u.test(id)) throw malformed('an invalid id')
  return id
}

/** The years that a Date can show. */
function readDate(reader: ByteReader): number {
  const dateMs = unzigzag(reader.varint()) * 1000
  if (Math.abs(dateMs) > 8.64e15) throw malformed('a date beyond all calendars')
  return dateMs
}

function packZone(minutes: number): number {
  return minutes % 15 === 0 ? 2 * zigzag(minutes / 15) : 2 * zigzag(minutes) + 1
}

function unpackZone(code: number): number {
  const value = unzigzag(Math.floor(code / 2))
  const minutes = code % 2 === 0 ? 15 * value : value
  if (Math.abs(minutes) > 24 * 60) throw malformed('a time zone that is nowhere')
  return minutes
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

function unzigzag(code: number): number {
  const value = code % 2 === 0 ? code / 2 : -(code + 1) / 2
  return value === 0 ? 0 : value
}

function malformed(what: string): PacketboatError {
  return new PacketboatError(
    'PROTOCOL',
    `The envelope of a message is malformed: ${what}.`,
    'Nothing that arrived before is lost. Check that both sides run the same version of packetboat, then sync again.',
  )
}
