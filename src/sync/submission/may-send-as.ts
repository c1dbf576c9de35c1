import { addressParser } from 'postal-mime'
import { fieldText, type HeaderField, headerFields } from '../../mime/headers/header-fields.js'
import { coversAddress, type Identity } from './identities.js'

/** Longer than that no field with addresses of a sender is, bytes. */
const fieldBytes = 16 * 1024

/**
 * Why an account may not send a message, as a sentence; undefined when it may. The envelope's sender has to be one of its identities, or empty, and
 * every address of From and Sender. Of a message that is sent on as it was, Resent-From and Resent-Sender count instead: the others are its
 * author's (RFC 5322 3.6.6).
 */
export function whyNotAs(
  identities: readonly Identity[],
  envelopeFrom: string,
  header: Uint8Array,
): string | undefined {
  if (envelopeFrom !== '' && !coversAddress(identities, envelopeFrom)) return notAs(envelopeFrom)
  // To some programs it ends a line: what is one field to us could be two to them.
  if (hasBareReturn(header)) return 'Its header has a carriage return in the middle of a line.'
  const fields = [...headerFields(header)]
  const resent = fields.some(({ name }) => name.startsWith('resent-'))
  const [author, sender] = resent ? ['resent-from', 'resent-sender'] : ['from', 'sender']
  let authors = 0
  for (const field of fields) {
    if (field.name !== author && field.name !== sender) continue
    const addresses = addressesOf(header, field)
    if (!addresses) return `Its ${field.name} field is too long.`
    const foreign = addresses.find((address) => !coversAddress(identities, address))
    if (foreign !== undefined) return notAs(foreign)
    if (field.name === author) authors += addresses.length
  }
  return authors === 0 ? `It has no address in its ${resent ? 'Resent-From' : 'From'} field.` : undefined
}

function notAs(address: string): string {
  return `This account may not send as ${address.slice(0, 200).replace(/\p{Cc}/gu, '?')}.`
}

/** Also of groups (RFC 6854). Undefined where there may be more than were read. */
function addressesOf(header: Uint8Array, field: HeaderField): string[] | undefined {
  if (field.end - field.valueStart > fieldBytes) return undefined
  return addressParser(fieldText(header, field, fieldBytes))
    .flatMap((entry) => (entry.group ? entry.group : [entry]))
    .map(({ address = '' }) => address)
}

function hasBareReturn(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1))
    if (bytes[at + 1] !== 10) return true
  return false
}
