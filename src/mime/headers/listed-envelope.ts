import { equalBytes } from '../../bytes/concat.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { envelopeLimits } from '../limits.js'
import { cleanText } from './clean-text.js'
import type { Envelope, Mailbox } from './envelope.js'
import { decodeEnvelope, encodeEnvelope } from './envelope-codec.js'

/**
 * The part of an envelope that travels in a list. Without ids, which nobody reads and which don't compress;
 * with the date to the minute and without its zone. The header brings all of that.
 */
export function listedEnvelope({ from, to, cc, subject, dateMs }: Envelope): Envelope {
  return {
    from,
    to,
    cc,
    ...(subject && { subject }),
    ...(dateMs !== undefined && { dateMs: Math.floor(dateMs / minuteMs) * minuteMs }),
  }
}

export const minuteMs = 60_000

/**
 * Whether a list shows both encoded envelopes in the same way. One may come from a list and the other from a
 * header; recipients may not have arrived yet.
 */
export function listedAlike(a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [listedEnvelope(decodeEnvelope(a)), listedEnvelope(decodeEnvelope(b))]
  const bare = [one, other].some(({ to, cc }) => to.length + cc.length === 0)
  const shown = (envelope: Envelope): Envelope => (bare ? { ...envelope, to: [], cc: [] } : envelope)
  return equalBytes(encodeEnvelope(shown(one)), encodeEnvelope(shown(other)))
}

/** In a list: subject, From, To and Cc, each ended by a line end, which none of them can have in it. */
export const envelopeLines = 4

/** As a mail's own header would say it as a rule, which is what comes later and is then compressed against this. */
export function writeEnvelopeLines({ subject, from, to, cc }: Envelope): string {
  return `${subject ?? ''}\n${writeAddressLine(from)}${writeRecipientLines({ to, cc })}`
}

/** Of recipients that come by themselves: To and Cc. */
export const recipientLines = 2

export function writeRecipientLines({ to, cc }: Pick<Envelope, 'to' | 'cc'>): string {
  return `${writeAddressLine(to)}${writeAddressLine(cc)}`
}

function writeAddressLine(mailboxes: readonly Mailbox[]): string {
  return `${mailboxes.map(writeMailbox).join('\t')}\n`
}

/** Throws PROTOCOL on lines that `writeRecipientLines` can't have made. */
export function readRecipientLines([to = '', cc = '']: readonly string[]): Pick<Envelope, 'to' | 'cc'> {
  return { to: readMailboxes(to), cc: readMailboxes(cc) }
}

/** Throws PROTOCOL on lines that `writeEnvelopeLines` can't have made. */
export function readEnvelopeLines(lines: readonly string[]): Envelope {
  const [subject = '', from = '', ...recipients] = lines
  return {
    from: readMailboxes(from),
    ...readRecipientLines(recipients),
    ...(subject && { subject: checkText(subject, envelopeLimits.subjectBytes) }),
  }
}

/** Between name and address where the usual form would read as something else. */
const plainly = '\u0001'

function writeMailbox({ name = '', address }: Mailbox): string {
  const usual = name === '' ? address : `${name} <${address}>`
  const read = splitMailbox(usual)
  return usual !== '' && read.name === name && read.address === address
    ? usual
    : `${name}${plainly}${address}`
}

function splitMailbox(text: string): { name: string; address: string } {
  const at = text.indexOf(plainly)
  if (at >= 0) return { name: text.slice(0, at), address: text.slice(at + 1) }
  const [, name = '', address = text] = /^(.+) <([^<>]*)>$/.exec(text) ?? []
  return { name, address }
}

function readMailboxes(line: string): Mailbox[] {
  if (line === '') return []
  const texts = line.split('\t')
  if (texts.length > envelopeLimits.addresses) throw malformed(`a list of ${texts.length}`)
  return texts.map((text) => {
    const { name, address } = splitMailbox(text)
    checkText(name, envelopeLimits.nameBytes)
    return { ...(name && { name }), address: checkText(address, envelopeLimits.addressBytes) }
  })
}

/** Text goes into headers and onto terminals: what could end a line or move a cursor has no business here. */
function checkText(text: string, maxBytes: number): string {
  if (cleanText(text, maxBytes) !== text) throw malformed('control characters, or too much text')
  return text
}

function malformed(what: string): PacketboatError {
  return new PacketboatError(
    'PROTOCOL',
    `A message in a list is malformed: ${what}.`,
    'Nothing that arrived before is lost. Check that both sides run the same version of packetboat, then sync again.',
  )
}
