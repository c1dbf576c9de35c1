import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { PacketboatError } from '../errors/packetboat-error.js'

/**
 * What a device needs to reach its endpoint and to prove itself; handed over as one string,
 * `packetboat+VIA://DEVICE:SECRET.SUM@HOST:PORT[/PREFIX][,account=NAME][,pin=PIN]`. SUM is a checksum of
 * everything else. It stands in the middle: at the end it could be cut off, and the rest would look like an
 * earlier kind of string that had none. No character of it means anything to a shell (`?` and `[` would be
 * globs, `&` would end the command), so settings follow commas, and the brackets of an IPv6 address are
 * percent-encoded. White space is dropped when reading, since mail programs wrap long lines.
 */
export type Pairing = PskPairing | TlsPairing | HttpPairing

/** TLS 1.3 with the device's pre-shared key; both sides are proved in the handshake, without a certificate. */
export interface PskPairing extends Address {
  readonly via: 'psk'
}

/** TLS with a certificate, and a bearer token in each request. */
export interface TlsPairing extends Address {
  readonly via: 'tls'
  /** Path before /v1/exchange, for a reverse proxy: '' or '/mail'. */
  readonly prefix: string
  /** SHA-256 of the certificate's public key (certificate-pin.ts), 32 bytes: just this key is right, whoever signed the certificate. */
  readonly pin?: Uint8Array
}

/** HTTP in clear with a bearer token: for loopback, or where something else keeps the line private. */
export interface HttpPairing extends Address {
  readonly via: 'http'
  readonly prefix: string
}

interface Address {
  /** 16 lower-case hex digits. */
  readonly deviceId: string
  /** 32 bytes, from which bearer token and pre-shared key are derived. */
  readonly secret: Uint8Array
  /** A DNS name or an IP address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Only shown: the endpoint knows which account the device belongs to. */
  readonly account?: string
}

const maxLength = 2048
const shape =
  /^packetboat\+(psk|tls|http):\/\/([^:@/]*):([^:@/.]*)(\.[^:@/]*)?@([^/,@]*):([^:/,@]*)(\/[^,]*)?(,.*)?$/
const hostName =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?$/i

/** The string to paste on the device. It holds the secret: print it nowhere else. */
export function printPairing(pairing: Pairing): string {
  const host = isIPv6(pairing.host) ? `%5B${pairing.host.replace('%', '%25')}%5D` : pairing.host
  const secret = Buffer.from(pairing.secret).toString('base64url')
  const before = `packetboat+${pairing.via}://${pairing.deviceId}:${secret}`
  let after = `@${host}:${pairing.port}`
  if (pairing.via !== 'psk') after += pairing.prefix.split('/').map(escaped).join('/')
  if (pairing.account !== undefined) after += `,account=${escaped(pairing.account)}`
  if (pairing.via === 'tls' && pairing.pin) after += `,pin=${Buffer.from(pairing.pin).toString('base64url')}`
  return `${before}.${checksum(before + after)}${after}`
}

/** True for a pairing string as it was printed before there was a checksum: what was cut off its end can't be noticed. */
export function lacksChecksum(text: string): boolean {
  return !/^[^@]*\./.test(text)
}

/** Host and port as shown to a person. */
export function endpointName({ host, port }: Pairing): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/**
 * Reads a pairing string. Throws USAGE for anything else, without ever repeating its input, which holds a
 * secret. `unchecked` skips the checksum, for a string that was checked when it was stored: loading
 * node:crypto takes a tenth of the time that `status` takes.
 */
export function parsePairing(text: string, { unchecked = false } = {}): Pairing {
  const compact = text.length > 2 * maxLength ? '' : text.replace(/\s+/g, '')
  if (!compact.startsWith('packetboat+')) {
    throw wrong('It does not begin with "packetboat+psk://", "packetboat+tls://" or "packetboat+http://".')
  }
  const [, via, deviceId = '', secret = '', sum, host = '', port = '', path = '', settings = ''] =
    (compact.length <= maxLength && shape.exec(compact)) || []
  if (via === undefined) throw wrong('A piece of it is missing, or something was added.')
  if (!/^[0-9a-f]{16}$/.test(deviceId)) throw wrong('The device id before the colon is not 16 hex digits.')

  const { account, pin } = parseSettings(settings)
  const address = {
    deviceId,
    secret: key(secret, 'The secret'),
    host: parseHost(host),
    port: parsePort(port),
    ...(account === undefined ? {} : { account }),
  }
  if (!unchecked && sum !== undefined && sum !== `.${checksum(compact.replace(sum, ''))}`) {
    throw wrong(
      'A character of it was lost or changed: its checksum is another one.',
      'If you changed its address on purpose, take out the dot before the @ and the four characters between them.',
    )
  }
  if (pin !== undefined && via !== 'tls') throw wrong('A pin only goes with "packetboat+tls".')
  switch (via) {
    case 'tls':
      return { via, ...address, prefix: parsePrefix(path), ...(pin === undefined ? {} : { pin }) }
    case 'http':
      return { via, ...address, prefix: parsePrefix(path) }
    default:
      if (path !== '' && path !== '/') throw wrong('A path does not go with "packetboat+psk".')
      return { via: 'psk', ...address }
  }
}

function parseSettings(text: string): { account?: string; pin?: Uint8Array } {
  const settings: { account?: string; pin?: Uint8Array } = {}
  for (const setting of text === '' ? [] : text.slice(1).split(',')) {
    const at = setting.indexOf('=')
    const name = setting.slice(0, Math.max(at, 0))
    const value = setting.slice(at + 1)
    if (name === 'account' && settings.account === undefined) settings.account = plain(value, 256)
    else if (name === 'pin' && settings.pin === undefined) settings.pin = key(value, 'The pin')
    else throw wrong('It holds a setting that this version of packetboat does not know, or one twice.')
  }
  return settings
}

function parseHost(text: string): string {
  const host = text.startsWith('[') ? text : plain(text, 300)
  const inner = /^\[(.*)\]$/.exec(host)?.[1]
  if (inner === undefined ? !hostName.test(host) : !isIPv6(inner)) {
    throw wrong('What stands after the @ is no host name or IP address.')
  }
  return inner ?? host
}

function parsePort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65535) throw wrong('The port after the host is not a number from 1 to 65535.')
  return port
}

function parsePrefix(text: string): string {
  const prefix = text
    .split('/')
    .map((segment) => plain(segment, 500))
    .join('/')
    .replace(/\/+$/, '')
  if (/[^!-~]|[?#%\\]/.test(prefix) || prefix.split('/').includes('..')) {
    throw wrong('The path after the port holds a character that has no place there.')
  }
  return prefix
}

/** 32 bytes in base64url, and in the one right spelling: a mistyped last digit must not pass. */
function key(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== text) {
    throw wrong(
      `${what} is not whole: it has ${text.length} of 43 characters, or one that has no place there.`,
    )
  }
  return new Uint8Array(bytes)
}

function plain(text: string, maxChars: number): string {
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    // The URIError would repeat a piece of the string.
    throw wrong('A percent sign in it is not followed by the code of a character.')
  }
  if (decoded.length > maxChars || /\p{Cc}/u.test(decoded))
    throw wrong('A name in it is too long or unprintable.')
  return decoded
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** 24 bits of SHA-256 over the string without its checksum, in base64url: what is lost or mistyped passes once in 16 million times. */
function checksum(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest().subarray(0, 3).toString('base64url')
}

function wrong(what: string, orElse?: string): PacketboatError {
  const next =
    'Copy all of the line that "packetboat device add" printed; if it is lost, revoke the device and add it again.'
  return new PacketboatError(
    'USAGE',
    `This pairing string is incomplete or mistyped. ${what}`,
    orElse === undefined ? next : `${next} ${orElse}`,
  )
}
