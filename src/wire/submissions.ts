import { fromHex, toHex } from '../bytes/hex.js'
import type { ByteReader, ByteWriter } from '../bytes/varint.js'
import { cleanText, truncateText } from '../mime/headers/clean-text.js'
import { type Guid, plausibleDateMs } from '../replica/model.js'
import type { SubmitOperation } from '../replica/operation.js'
import {
  deliveryNotices,
  maxReferences,
  outcomes,
  type Reference,
  type SubmissionStatus,
  type SubmitEnvelope,
  type SubmitTerms,
  submissionStates,
} from '../replica/submission/submission.js'
import { refuseUnknownBits, sumBits } from './growth.js'
import { protocolError, readGuid, readMany, writeGuid, writeMany } from './values.js'

/** Mail on its way to its recipients, as the journal says it and as an accept answers. docs/PROTOCOL.md "Submissions". */

/** RFC 5321 4.5.3.1: 64 before the @, 255 behind it; in UTF-8 some servers take more. */
export const maxAddressBytes = 1000
/** RFC 5321 4.5.3.1.8 asks for 100. */
export const maxRecipients = 1000
/** The most bytes of all addresses of an envelope: it must fit in one frame, and is read whenever due mail is looked for. */
export const maxEnvelopeBytes = 64 * 1024
const maxEnvelopeIdBytes = 100
const maxReplyBytes = 500

/** What a submission says by single bits. */
export const submitBits = {
  never: 1,
  success: 2,
  failure: 4,
  delay: 8,
  full: 16,
  headers: 32,
  envelopeId: 64,
  notBefore: 128,
  urgent: 256,
  again: 512,
  references: 1024,
} as const

export function writeSubmit(writer: ByteWriter, operation: SubmitOperation): void {
  const { envelope, notBeforeMs, urgent, again, references = [] } = operation
  const { from, recipients, notify = [], ret, envelopeId } = envelope
  writeGuid(writer, operation.submission)
  writer.raw(fromHex(operation.digest))
  writer.varint(operation.sizeBytes)
  writer.varint(plausibleDateMs(operation.queuedMs))
  writer.varint(
    sumBits(submitBits, {
      never: notify.includes('never'),
      success: notify.includes('success'),
      failure: notify.includes('failure'),
      delay: notify.includes('delay'),
      full: ret === 'full',
      headers: ret === 'headers',
      envelopeId: envelopeId !== undefined,
      notBefore: notBeforeMs !== undefined,
      urgent,
      again,
      references: references.length > 0,
    }),
  )
  writer.text(from)
  writeMany(writer, recipients, (_, recipient) => writer.text(recipient))
  if (envelopeId !== undefined) writer.text(envelopeId)
  if (notBeforeMs !== undefined) writer.varint(plausibleDateMs(notBeforeMs))
  if (references.length > 0) writeReferences(writer, references)
}

/** Each begins so many bytes behind the end of the one before. */
function writeReferences(writer: ByteWriter, references: readonly Reference[]): void {
  let end = 0
  writeMany(writer, references, (_, { start, length, message, part }) => {
    writer.varint(start - end)
    writer.varint(length)
    writeGuid(writer, message)
    writer.varint(part === undefined ? 0 : part + 1)
    end = start + length
  })
}

function readReferences(reader: ByteReader, sizeBytes: number): Reference[] {
  let end = 0
  const references = readMany(reader, (): Reference => {
    const [gap, length] = [reader.varint(), reader.varint()]
    const [message, part] = [readGuid(reader), reader.varint()]
    const start = end + gap
    end = start + length
    if (end > sizeBytes) throw protocolError('a reference behind the end of its mail')
    return { start, length, message, ...(part > 0 && { part: part - 1 }) }
  })
  if (references.length === 0 || references.length > maxReferences)
    throw protocolError('a mail with too many references, or with none where it says some')
  return references
}

export function readSubmit(reader: ByteReader): SubmitOperation {
  const submission = readGuid(reader)
  const digest = toHex(reader.raw(32))
  const sizeBytes = reader.varint()
  const queuedMs = reader.varint()
  const bits = reader.varint()
  refuseUnknownBits(bits, submitBits, 'a submission')
  const has = (name: keyof typeof submitBits): boolean => (bits & submitBits[name]) !== 0
  const line = (what: string, maxBytes: number): string => {
    const text = reader.text(maxBytes)
    if (hasControls(text)) throw protocolError(`${what} with control characters`)
    return text
  }
  const address = (): string => line('an address', maxAddressBytes)
  const from = address()
  const recipients = readMany(reader, address)
  if (recipients.length === 0 || recipients.length > maxRecipients)
    throw protocolError('a submission without recipients, or with too many')
  if (envelopeBytes({ from, recipients }) > maxEnvelopeBytes)
    throw protocolError('a submission whose addresses are too long together')
  const notify = deliveryNotices.filter(has)
  const envelopeId = has('envelopeId') ? line('an envelope id', maxEnvelopeIdBytes) : undefined
  const envelope: SubmitEnvelope = {
    from,
    recipients,
    ...(notify.length > 0 && { notify }),
    ...(has('full') ? { ret: 'full' } : has('headers') && { ret: 'headers' }),
    ...(envelopeId !== undefined && { envelopeId }),
  }
  return {
    op: 'submit',
    submission,
    digest,
    sizeBytes,
    envelope,
    urgent: has('urgent'),
    queuedMs,
    ...(has('notBefore') && { notBeforeMs: reader.varint() }),
    again: has('again'),
    ...(has('references') && { references: readReferences(reader, sizeBytes) }),
  }
}

/** What the addresses of an envelope take, in UTF-8. */
export function envelopeBytes({ from, recipients }: Pick<SubmitEnvelope, 'from' | 'recipients'>): number {
  return new TextEncoder().encode([from, ...recipients].join('\n')).length
}

function hasControls(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f')
}

/** What an upstream says of sending, and of the mail that the asking device has on its way there. */
export interface OutboxThere extends SubmitTerms {
  /** Names all that is told: who has heard it says so in the next hello, and is told no more than that nothing is new. */
  readonly name: number
  readonly submissions: readonly (SubmissionStatus & { readonly guid: Guid })[]
}

/** Mail of one device that is told of. */
export const maxSubmissionsTold = 500
/** Addresses as which an account sends. */
export const maxIdentities = 100

export function writeOutbox(writer: ByteWriter, outbox: OutboxThere): void {
  writer.u32(outbox.name)
  writer.varint(outbox.maxBytes ?? 0)
  writeMany(writer, outbox.identities.slice(0, maxIdentities), (_, identity) =>
    writer.text(truncateText(identity, maxAddressBytes)),
  )
  writeMany(writer, outbox.submissions, (_, { guid, state, reason = '', recipients }) => {
    writeGuid(writer, guid)
    writer.u8(submissionStates.indexOf(state))
    writer.text(truncateText(reason, maxReplyBytes))
    writeMany(writer, recipients, (_, { recipient, outcome, reply }) => {
      writer.text(truncateText(recipient, maxAddressBytes))
      writer.u8(outcomes.indexOf(outcome))
      writer.text(truncateText(reply, maxReplyBytes))
    })
  })
}

export function readOutbox(reader: ByteReader): OutboxThere {
  const text = (most: number): string => cleanText(reader.text(most), most)
  const name = reader.u32()
  const maxBytes = reader.varint()
  const identities = readMany(reader, () => text(maxAddressBytes))
  const submissions = readMany(reader, () => {
    const guid = readGuid(reader)
    const state = submissionStates[reader.u8()]
    if (!state) throw protocolError('a submission in an unknown state')
    const reason = text(maxReplyBytes)
    const recipients = readMany(reader, () => {
      const recipient = text(maxAddressBytes)
      const outcome = outcomes[reader.u8()]
      if (!outcome) throw protocolError('an unknown outcome of a recipient')
      return { recipient, outcome, reply: text(maxReplyBytes) }
    })
    if (recipients.length > maxRecipients) throw protocolError('more recipients than there may be')
    return { guid, state, ...(reason !== '' && { reason }), recipients }
  })
  if (submissions.length > maxSubmissionsTold || identities.length > maxIdentities)
    throw protocolError('more of an outbox than may be told')
  return { name, identities, ...(maxBytes > 0 && { maxBytes }), submissions }
}
