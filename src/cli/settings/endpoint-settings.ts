import { resolve } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { logLevels } from '../../link/server/edge-log.js'
import { defaultLostAfterMs } from '../../replica/devices.js'
import { InvalidValue } from '../../settings/invalid-value.js'
import {
  count,
  duration,
  type Kind,
  oneOf,
  type Place,
  path,
  printText,
  size,
  tableOf,
  text,
  texts,
  truth,
} from '../../settings/kind.js'
import { section, setting, type ValuesOf } from '../../settings/section.js'
import { defaultQuota, type Quota } from '../../sync/policy/device-quota.js'
import type { Guard } from '../../sync/policy/guard.js'
import type { MailStorePlace } from '../session/mail-store-place.js'
import { type AccountStore, accountStore } from './accounts/account-store.js'
import { imapSettings } from './accounts/imap-settings.js'
import { type ImapLogin, imapTable } from './accounts/imap-table.js'
import { otherLogins } from './accounts/log-in.js'
import { otherWays, submitSettings } from './accounts/submit-settings.js'
import { generalSettings, guardOf } from './general-settings.js'
import type { OpenConfig } from './open-config.js'

const addressWords = 'HOST:PORT, like 127.0.0.1:4190 or [::1]:4190'

/** One, several with commas between them, or a list. */
const addresses: Kind<readonly string[]> = {
  what: 'an address like "127.0.0.1:4190", or a list of them',
  label: 'address or list of addresses',
  read: (value) => {
    if (typeof value === 'string') return value.split(',').map((each) => each.trim())
    return texts.read(value, { resolve })
  },
  print: (value) => (value.length === 1 ? printText(value[0] ?? '') : texts.print(value)),
}

/** What the side that answers reads. What the command line of `packetboat serve` says is written there. */
export const endpointSettings = section({
  table: '',
  side: 'endpoint',
  about: 'The endpoint: the accounts that packetboat serve answers for, and its address',
  settings: {
    accounts: setting(tableOf(accountStore, 'a table of accounts like { me = "maildir:/home/me/Maildir" }'), {
      default: {},
      example: '{ me = "maildir:/home/me/Maildir" }',
      help: 'The accounts, and where the mail of each one is; packetboat serve --account adds one',
      inner: {
        name: 'NAME',
        example: 'office',
        about: 'An account on an IMAP server',
        settings: imapSettings,
        alternatives: otherLogins,
        inside: {
          submit: {
            about: 'How the mail of an account is sent, on a Maildir or an IMAP server',
            settings: submitSettings,
            alternatives: otherWays,
          },
        },
        other: 'me = "maildir:/home/me/Maildir"',
      },
      check: (accounts) =>
        Object.keys(accounts).every((name) => accountName.test(name))
          ? undefined
          : `a table of accounts, and a name has ${accountNameWords}`,
    }),
    listen: setting(addresses, {
      default: ['127.0.0.1:4190'],
      help: 'The address to listen on, or several; port 0 takes a free port',
      check: (value) =>
        value.length > 0 && new Set(value).size === value.length && value.every(splitAddress)
          ? undefined
          : `${addressWords}, or several of them, each once`,
      flag: '--listen <host:port>',
    }),
    address: setting(text, {
      example: '"mail.example.org:4190"',
      help: 'The address at which devices reach the endpoint, if it differs',
      check: (value) => (splitAddress(value) ? undefined : addressWords),
      flag: '--address <host:port>',
    }),
    certificate: setting(path, {
      example: '"cert.pem"',
      help: 'A certificate (PEM), for devices that were added with --tls',
      flag: '--certificate <file>',
    }),
    key: setting(path, {
      example: '"key.pem"',
      help: 'The key of the certificate (PEM)',
      flag: '--key <file>',
    }),
    plain: setting(truth, {
      default: false,
      help: 'Serve unencrypted HTTP, for a TLS reverse proxy on this machine',
      flag: '--plain',
    }),
    reader: setting(truth, {
      default: false,
      help: 'Serve the reader for browsers under /reader/, with a certificate or behind a TLS proxy',
      flag: '--reader',
    }),
    logLevel: setting(oneOf(...logLevels), {
      default: 'info',
      help: 'What to log: only errors, also warnings, also each sync, or also each connection',
      flag: '--log-level <level>',
    }),
    log: setting(oneOf('text', 'json'), {
      default: 'text',
      help: 'Write the log as lines for people, or as one JSON object per line',
      flag: '--log <form>',
    }),
    metrics: setting(text, {
      example: '"127.0.0.1:9419"',
      help: 'Answer a monitoring system at this address (/metrics for Prometheus, /healthz); a port alone means 127.0.0.1',
      check: (value) => (splitAddress(metricsAddress(value)) ? undefined : `a port, or ${addressWords}`),
      flag: '--metrics <host:port>',
    }),
    metricsByAccount: setting(truth, {
      default: false,
      help: 'Count exchanges and bytes of each account by its name',
    }),
    openAccounts: setting(count, {
      default: 100,
      help: 'Accounts that stay open while no device uses them; the others are opened when a device asks',
    }),
    allowExpunge: setting(oneOf('device', 'operator'), {
      default: 'device',
      help: 'Who can let a device delete more than the guard allows: the user of the device, with --allow-expunge, or only the operator, in the mail store itself',
    }),
    deviceMailboxes: setting(count, {
      default: defaultQuota.mailboxes,
      help: 'Mailboxes that one device may create in a day; the rest waits at the device',
    }),
    deviceMessages: setting(count, {
      default: defaultQuota.messages,
      help: 'Messages that one device may create in a day: new ones, copies and moves',
    }),
    deviceMails: setting(count, {
      default: defaultQuota.mails,
      help: 'Mails that one device may hand in to be sent in a day; the rest waits at the device',
    }),
    deviceBytes: setting(size, {
      default: defaultQuota.bytes,
      help: 'Bytes of mail that one device may send in a day',
    }),
    devicePending: setting(size, {
      default: defaultQuota.pendingBytes,
      help: 'Bytes of unfinished uploads that one device may have',
    }),
    deviceLostAfter: setting(duration('days'), {
      default: defaultLostAfterMs,
      help: "Count a device as lost when it hasn't synced for this long, and keep nothing for it any more",
    }),
  },
})

/** Without a host, only this machine can ask for metrics. */
export function metricsAddress(text: string): string {
  return /^\d+$/.test(text) ? `127.0.0.1:${text}` : text
}

export type EndpointSettings = ValuesOf<typeof endpointSettings.settings> &
  ValuesOf<typeof generalSettings.settings>

export function endpointSettingsOf({ config }: OpenConfig): EndpointSettings {
  return { ...config.values(generalSettings), ...config.values(endpointSettings) }
}

export function endpointGuardOf(settings: EndpointSettings): Guard {
  return { ...guardOf(settings), onlyOperatorAllows: settings.allowExpunge === 'operator' }
}

export function quotaOf(settings: EndpointSettings): Quota {
  const { deviceMailboxes, deviceMessages, deviceMails, deviceBytes, devicePending } = settings
  return {
    mailboxes: deviceMailboxes,
    messages: deviceMessages,
    mails: deviceMails,
    bytes: deviceBytes,
    pendingBytes: devicePending,
  }
}

/** Names become folder names: letters, digits and a few signs. */
const accountName = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u
const accountNameWords =
  'up to 64 letters, digits, dots, dashes, underscores, + and @, and begins with a letter or digit'

export interface NewAccount {
  readonly name: string
  readonly store: AccountStore
  readonly toml: string
}

/** `NAME=maildir:PATH` of the command line. Throws USAGE. */
export function parseAccountOption(option: string, place: Place): NewAccount {
  const [, name, store] = /^([^=]+)=(.*)$/s.exec(option) ?? []
  if (name === undefined || store === undefined)
    throw new PacketboatError(
      'USAGE',
      `--account ${option} is not understood.`,
      'Write it as NAME=maildir:PATH.',
    )
  return newAccount(name, store, place)
}

/** An account by its name and `maildir:PATH` or `imap:USER@HOST[:PORT]`, as TOML with absolute paths. Throws USAGE. */
export function newAccount(name: string, mail: string, place: Place, login: ImapLogin = {}): NewAccount {
  if (!accountName.test(name))
    throw new PacketboatError(
      'USAGE',
      `"${name}" can't be the name of an account.`,
      `A name has ${accountNameWords}.`,
    )
  try {
    const store = accountStore.read(mail.startsWith('imap:') ? imapTable(mail, login) : mail, place)
    if ('maildir' in store && Object.keys(login).length > 0)
      throw new InvalidValue('without a login and TLS: a Maildir has none')
    return { name, store, toml: accountStore.print(store) }
  } catch (cause) {
    const why =
      cause instanceof InvalidValue ? `: it should be ${[...cause.path, cause.message].join(' ')}` : ''
    throw new PacketboatError(
      'USAGE',
      `The mail of the account ${name} can't be "${mail}"${why}.`,
      'Write it as maildir:PATH, or as imap:USER@HOST with --password-file FILE (docs/IMAP.md).',
      { cause },
    )
  }
}

/** An account's mail, as `newAccount` takes it. */
export function mailWords(store: AccountStore): string {
  if ('maildir' in store) return `maildir:${store.maildir}`
  const host = store.host.includes(':') ? `[${store.host}]` : store.host
  return `imap:${store.user}@${host}${store.port === undefined ? '' : `:${store.port}`}`
}

/** Where the mail of an existing account is. */
export function mailStoreOf({ accounts, names, layout }: EndpointSettings, name: string): MailStorePlace {
  const store = accounts[name]
  if (!store) throw new Error(`no account ${name}`)
  return placeOf(store, { names, layout })
}

/** Where a mail store of the settings is. An endpoint makes no Maildir. */
export function placeOf(
  store: AccountStore,
  { names, layout }: Pick<EndpointSettings, 'names' | 'layout'>,
): MailStorePlace {
  if (!('maildir' in store)) return { kind: 'imap', settings: store }
  return { kind: 'maildir', path: store.maildir, names, layout, create: false }
}

function splitAddress(address: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\p{L}\p{M}\p{N}._-]+)):(\d{1,5})$/iu.exec(address)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2]
  return host && port <= 65535 ? { host, port } : undefined
}

/** `HOST:PORT`, `[IPV6]:PORT`. Throws USAGE. */
export function parseAddress(
  address: string,
  what: string,
): { readonly host: string; readonly port: number } {
  const split = splitAddress(address)
  if (!split)
    throw new PacketboatError(
      'USAGE',
      `${what}: "${address}" isn't an address.`,
      `Write it as ${addressWords}.`,
    )
  return split
}
