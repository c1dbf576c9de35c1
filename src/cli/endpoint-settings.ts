import { PacketboatError } from '../errors/packetboat-error.js'
import type { DataDir } from './data-dir.js'
import type { ImapSettings } from './imap-settings.js'
import { type MailStorePlace, readMailStorePlace } from './mail-store-place.js'
import {
  count,
  oneOf,
  readSettings,
  type SettingReaders,
  share,
  text,
  truth,
  writeSettings,
} from './toml-settings.js'

/** `endpoint.toml`. What the command line says is written there, so that the next start needs no options. */
export interface EndpointSettings {
  /** HOST:PORT to listen on. */
  readonly listen: string
  /** HOST:PORT that devices reach it by, where that is another. */
  readonly address?: string
  /** Files of a certificate and its key, PEM. Without them devices are known by their keys alone. */
  readonly certificate?: string
  readonly key?: string
  /** Plain HTTP, for a reverse proxy on this machine that speaks TLS. */
  readonly plain?: boolean
  /** Mailbox names on disk: modified UTF-7 as Dovecot has them by default, or UTF-8. */
  readonly names?: 'mutf7' | 'utf8'
  /** More than this share of a mailbox is not expunged at once without asking, 0 to 1. */
  readonly guardShare?: number
  /** Fewer messages than this may always go. */
  readonly guardLeast?: number
  /** Days after which a device that hasn't asked is declared lost. */
  readonly deviceLostAfter?: number
  /** `maildir:PATH`, or the table of an IMAP server. */
  readonly accounts: { readonly [name: string]: string | ImapSettings }
}

export const defaultListen = '127.0.0.1:4190'

export const endpointReaders: SettingReaders<EndpointSettings> = {
  listen: text,
  address: text,
  certificate: text,
  key: text,
  plain: truth,
  names: oneOf('mutf7', 'utf8'),
  guardShare: share,
  guardLeast: count,
  deviceLostAfter: count,
  accounts: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('a table of accounts')
    for (const [name, store] of Object.entries(value)) readMailStorePlace(name, store, { names: 'mutf7' })
    return value as EndpointSettings['accounts']
  },
}

const pathOf = (data: DataDir): string => data.path('endpoint.toml')

export function readEndpointSettings(data: DataDir): EndpointSettings {
  return { listen: defaultListen, accounts: {}, ...readSettings(pathOf(data), endpointReaders) }
}

export function writeEndpointSettings(data: DataDir, settings: EndpointSettings): void {
  writeSettings(pathOf(data), settings)
}

/** `NAME=maildir:PATH` from the command line. */
export function parseAccountOption(option: string): readonly [name: string, store: string] {
  const match = /^([^=]+)=(.*)$/s.exec(option)
  if (!match?.[1] || !match[2])
    throw new PacketboatError(
      'USAGE',
      `--account ${option} is not understood.`,
      'Write it as NAME=maildir:PATH.',
    )
  const place = readMailStorePlace(match[1], match[2], { names: 'mutf7' })
  return [match[1], place.kind === 'maildir' ? `maildir:${place.path}` : match[2]]
}

/** Where the mail of an account is. */
export function mailStoreOf(settings: EndpointSettings, name: string): MailStorePlace {
  return readMailStorePlace(name, settings.accounts[name], { names: settings.names ?? 'mutf7' })
}

/** `HOST:PORT`, `[IPV6]:PORT`. */
export function parseAddress(text: string, what: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2]
  if (!host || port > 65535)
    throw new PacketboatError(
      'USAGE',
      `${what}: "${text}" is no address.`,
      'Write it as HOST:PORT, like 127.0.0.1:4190.',
    )
  return { host, port }
}
