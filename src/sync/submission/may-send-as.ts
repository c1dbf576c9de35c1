import { addressParser } from 'postal-mime'
import { fieldText, headerFields } from '../../mime/headers/header-fields.js'
import { coversAddress, type Identity } from './identities.js'

/** Longer than that no field with addresses of a sender is, bytes; nor are all of them together much longer. */
const fieldBytes = 16 * 1024
const fieldsBytes = 64 * 1024

/**
 * Why an account may not send a message, as a sentence; undefined when it may. The envelope's sender must be
 * one of its identities or empty, and so must every address of From and Sender. For a message that is resent
 * as it was, Resent-From and Resent-Sender count instead: the other fields are its author's (RFC 5322 3.6.6).
 */
export function whyNotAs(
  identities: readonly Identity[],
  envelopeFrom: string,
  header: Uint8Array,
): string | undefined {
  if (envelopeFrom !== '' && !coversAddress(identities, envelopeFrom)) return notAs(envelopeFrom)
  const unclear = whyUnclear(header)
  if (unclear !== undefined) return unclear
  const resent = hasResent(header)
  const [author, sender] = resent ? ['resent-from', 'resent-sender'] : ['from', 'sender']
  let authors = 0
  let bytes = 0
  for (const field of headerFields(header)) {
    if (field.name !== author && field.name !== sender) continue
    bytes += field.end - field.valueStart
    if (field.end - field.valueStart > fieldBytes || bytes > fieldsBytes)
      return `Its ${field.name} field is too long.`
    const text = fieldText(header, field, fieldBytes)
    const addresses = addressesOf(text)
    const bare = withoutNames(text)
    if (/["\\]/.test(bare)) return `Its ${field.name} field has a quote or backslash that belongs to nothing.`
    const foreign = [...addresses, ...addressesIn(bare)].find(
      (address) => !coversAddress(identities, address),
    )
    if (foreign !== undefined) return notAs(foreign)
    if (field.name === author) authors += addresses.length
  }
  return authors === 0 ? `It has no address in its ${resent ? 'Resent-From' : 'From'} field.` : undefined
}

/** Why a header says to others what it may not say to us, whoever sends it. */
export function whyUnclear(header: Uint8Array): string | undefined {
  // To some programs it ends a line: what is one field to us could be two to them.
  if (hasBareReturn(header)) return 'Its header has a carriage return in the middle of a line.'
  // Some programs take it out: what is no field to us could be one to them (RFC 5322 2.2 allows none).
  return header.includes(0) ? 'Its header has a NUL character.' : undefined
}

function notAs(address: string): string {
  return `This account may not send as ${address.slice(0, 200).replace(/\p{Cc}/gu, '?')}.`
}

function hasResent(header: Uint8Array): boolean {
  for (const { name } of headerFields(header)) if (name.startsWith('resent-')) return true
  return false
}

/** Addresses, including those in groups (RFC 6854). */
function addressesOf(text: string): string[] {
  return addressParser(text)
    .flatMap((entry) => (entry.group ? entry.group : [entry]))
    .map(({ address = '' }) => address)
}

/** Removes quoted strings and comments, which every program takes for names. */
function withoutNames(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\([^()"\\]*\)/g, ' ')
}

/**
 * Everything in a malformed field that some reader could take for an address: of `<a@b> <c@d>` some programs
 * see the first and some the last. A domain by itself has had its quoted local part removed before.
 */
function addressesIn(bare: string): string[] {
  return bare.split(/[\s<>,;:()]+/).filter((word) => word.includes('@', 1))
}

function hasBareReturn(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1))
    if (bytes[at + 1] !== 10) return true
  return false
}
