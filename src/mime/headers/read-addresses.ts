import { addressParser } from 'postal-mime'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { envelopeLimits } from '../limits.js'
import { cleanText } from './clean-text.js'
import type { Mailbox } from './envelope.js'

/**
 * Reads addresses as RFC 5322 3.4 writes them: with names, comments, groups, quoted local parts, in any
 * script. A name without a domain, such as `root`, counts as an address without an @. Throws MAIL_INVALID for
 * anything else.
 */
export function readAddresses(text: string): Mailbox[] {
  // Where a byte is no UTF-8, it is U+FFFD by now.
  if (/[\p{Cc}\ufffd]/u.test(text.replace(/[\t\r\n](?=[ \t])|\t/g, ''))) throw noAddress(text)
  const bare = text.replace(/"(?:[^"\\]|\\.)*"|\([^()]*\)/g, ' ')
  // Of two addresses without a comma the parser takes one for the name of the other, or of a group, and then it would get nothing.
  const checkName = (name: string, said: string): void => {
    const other = name.split(/\s+/).find((word) => word.includes('@') && word !== said && bare.includes(word))
    if (other !== undefined) throw noAddress(`${other} ${said}`)
  }
  const entries = addressParser(text).flatMap((entry) => {
    if (entry.group) checkName(entry.name, '')
    return entry.group ?? [entry]
  })
  return entries.flatMap(({ name = '', address = '' }) => {
    const said = (address === '' ? name : address).trim()
    if (said === '') return []
    checkName(name, said)
    const person = cleanText(name === said ? '' : name, envelopeLimits.nameBytes)
    return [{ address: checkedAddress(said, text), ...(person !== '' && { name: person }) }]
  })
}

/** RFC 5321 4.1.2 and RFC 6531 3.3, with dots anywhere before the @, as some providers give them out. */
const atoms = /^[\w.!#$%&'*+/=?^`{|}~\u0080-\u{10ffff}-]+$/u
const quoted = /^"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])+"$/u
const domain = /^(?:[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*\.?|\[[\w.:-]+\])$/u

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

function checkedAddress(said: string, text: string): string {
  const at = said.lastIndexOf('@')
  const local = at < 0 ? said : said.slice(0, at)
  const host = at < 0 ? undefined : said.slice(at + 1)
  // The parser takes the quotes off where the address isn't in angle brackets.
  const again = `"${local.replace(/["\\]/g, '\\$&')}"`
  const name = text.includes(`${again}@`) ? again : local
  const isDomain = host === undefined || (domain.test(host) && bytesOf(host) <= envelopeLimits.domainBytes)
  const address = host === undefined ? name : `${name}@${host}`
  const isName = atoms.test(name) || quoted.test(name)
  if (isName && isDomain && bytesOf(address) <= envelopeLimits.addressBytes) return address
  throw noAddress(said)
}

function noAddress(said: string): PacketboatError {
  return new PacketboatError(
    'MAIL_INVALID',
    `"${cleanText(said, 200)}" is no mail address.`,
    'Correct it, with a comma between two addresses, then send the mail again. Nothing was sent, to the other recipients neither.',
  )
}

/** Whether an address names a person of this machine, as cron and mail(1) write them. */
export function isLocal(address: string): boolean {
  return !address.includes('@') || /@localhost(?:\.localdomain)?$/i.test(address)
}

/**
 * Recipients, each once, with `localMail` in place of names without a domain. Throws LOCAL_NAME if that is
 * undefined and needed.
 */
export function completeRecipients(addresses: readonly string[], localMail: string | undefined): string[] {
  const all = new Map<string, string>()
  for (const address of addresses) {
    const whole = isLocal(address) ? localMail : address
    if (whole === undefined)
      throw new PacketboatError(
        'LOCAL_NAME',
        `"${address}" has no domain, so no mail server can know who that is.`,
        'Write the whole address. Where mail for names of this machine should go, as cron sends it: packetboat config set localMail me@example.org.',
      )
    const at = whole.lastIndexOf('@')
    all.set(`${whole.slice(0, at)}${whole.slice(at).toLowerCase()}`, whole)
  }
  return [...all.values()]
}
