import { isLoopback } from '../../../link/loopback.js'
import { InvalidValue } from '../../../settings/invalid-value.js'
import { count, duration, type Kind, oneOf, path, text, texts } from '../../../settings/kind.js'
import { setting } from '../../../settings/section.js'
import type { MailServer } from '../../../submit/mail-server.js'
import { addressOfIdentity } from '../../../sync/submission/identities.js'
import {
  checkPort,
  credentialsOf,
  type LoginSettings,
  loginSettings,
  otherLogins,
  waysToLogIn,
} from './log-in.js'
import { type FieldsOf, tableOfSettings } from './table-of-settings.js'

/** How the mail of an account is sent, as a table of the settings: `[accounts.NAME.submit]`. */
export interface SubmitSettings extends LoginSettings {
  readonly via: 'smtp' | 'lmtp' | 'sendmail'
  readonly host?: string
  /** 465 with TLS from the start, else 587; by LMTP 24. */
  readonly port?: number
  /** A socket for LMTP on this machine, instead of host and port. */
  readonly socket?: string
  readonly tls?: 'tls' | 'starttls' | 'none'
  /** Without a user there is no login. */
  readonly user?: string
  /** The program and its first arguments. */
  readonly command?: readonly string[]
  /** Addresses, with a name in front perhaps, or `*@domain`. */
  readonly identities: readonly string[]
  readonly sent?: 'auto' | 'always' | 'never'
  readonly drafts?: 'remove' | 'keep'
  readonly uncertain?: 'resend' | 'ask'
  /** Milliseconds. */
  readonly giveUpAfter?: number
}

/** RFC 5321 4.5.4.1: 4 to 5 days. */
export const defaultGiveUpAfterMs = 5 * 86_400_000

const defaultCommand = ['/usr/sbin/sendmail', '-i'] as const

/** What a table `[accounts.NAME.submit]` may hold. */
export const submitSettings: FieldsOf<SubmitSettings> = {
  via: setting(oneOf('smtp', 'lmtp', 'sendmail'), {
    example: '"smtp"',
    help: 'Hand mail over to a mail server, to a local LMTP server, or to a sendmail program of this machine',
  }),
  host: setting(text, { example: '"smtp.example.org"', help: 'The name or address of the mail server' }),
  port: setting(count, {
    example: '465',
    help: 'The port; 465 by default, 587 where tls is "starttls" or "none", and 24 for LMTP',
  }),
  socket: setting(path, {
    example: '"/run/dovecot/lmtp"',
    help: 'The socket of a local LMTP server, instead of host and port',
  }),
  tls: setting(oneOf('tls', 'starttls', 'none'), {
    example: '"tls"',
    help: 'How the connection is encrypted: from the start ("tls", the default), after STARTTLS, or not at all, which is allowed on loopback only; LMTP on this machine is not encrypted by default',
  }),
  user: setting(text, {
    example: '"me@example.org"',
    help: 'The name to log in with; without it packetboat does not log in',
  }),
  ...loginSettings,
  command: setting(texts, {
    example: '["/usr/sbin/sendmail", "-i"]',
    help: 'The sendmail program and its first arguments; packetboat adds -f FROM -- RECIPIENT...',
  }),
  identities: setting(texts, {
    example: '["Ann <ann@example.org>", "*@ann.example"]',
    help: 'The addresses that devices of this account may send as; "*@DOMAIN" allows every address of a domain',
  }),
  sent: setting(oneOf('auto', 'always', 'never'), {
    example: '"auto"',
    help: 'File a copy in the Sent mailbox: unless the mail program files one ("auto", the default), always, or never',
  }),
  drafts: setting(oneOf('remove', 'keep'), {
    example: '"remove"',
    help: 'What becomes of a draft that is the same as the mail that was sent: it is taken out of Drafts ("remove", the default), or stays',
  }),
  uncertain: setting(oneOf('resend', 'ask'), {
    example: '"resend"',
    help: 'When the line broke before the mail server answered, so that it may have the mail: send it once more if no copy shows up in Sent ("resend", the default), or wait for a person ("ask")',
  }),
  giveUpAfter: setting(duration('days'), {
    example: '"5 days"',
    help: 'How long to try before giving up; 5 days by default',
  }),
}

/** Settings that stand in place of others, so that they can't all be said at once. */
export const otherWays: readonly string[] = [
  ...otherLogins,
  'socket',
  'command',
] satisfies (keyof SubmitSettings)[]

export const submitTable: Kind<SubmitSettings> = tableOfSettings(submitSettings, {
  what: 'a table that says how mail is sent: via, identities, and what via needs (docs/SENDING.md)',
  label: 'table',
  checked,
})

function checked({ via, identities, ...more }: Partial<SubmitSettings>): SubmitSettings {
  if (via === undefined || identities === undefined)
    throw new InvalidValue(`${submitTable.what}; ${via === undefined ? 'via' : 'identities'} is missing`)
  for (const [index, identity] of identities.entries())
    if (!/^[^@\s<>,]+@[^@\s<>,]+$/.test(addressOfIdentity(identity)))
      throw new InvalidValue('an address like "Ann <ann@example.org>", or "*@example.org"', {
        path: ['identities', index],
      })
  const settings: SubmitSettings = { via, identities, ...more }
  if (via === 'sendmail') checkProgram(settings)
  else checkServer(settings)
  return settings
}

function checkProgram({ command, ...settings }: SubmitSettings): void {
  if (
    command !== undefined &&
    (command.length === 0 || command.some((word) => word === '' || word.includes('\0')))
  )
    throw new InvalidValue('a list of texts, the program first', { path: ['command'] })
  for (const name of [
    'host',
    'port',
    'socket',
    'tls',
    'user',
    'passwordCommand',
    'passwordFile',
    'tokenCommand',
  ] as const)
    if (settings[name] !== undefined)
      throw new InvalidValue('absent: via = "sendmail" runs a program of this machine', { path: [name] })
}

function checkServer(settings: SubmitSettings): void {
  const { via, host, port, socket, user, command } = settings
  if (command !== undefined)
    throw new InvalidValue('absent: it goes with via = "sendmail"', { path: ['command'] })
  if (socket !== undefined && via !== 'lmtp')
    throw new InvalidValue('absent: it goes with via = "lmtp"', { path: ['socket'] })
  if (socket !== undefined && (host !== undefined || port !== undefined))
    throw new InvalidValue('absent where host or port is given', { path: ['socket'] })
  if (socket === undefined && host === undefined)
    throw new InvalidValue(`${submitTable.what}; host is missing`)
  checkPort(port)
  const ways = waysToLogIn(settings)
  if (ways > 1 || (ways === 1) !== (user !== undefined))
    throw new InvalidValue(
      `${submitTable.what}: user with one of passwordCommand, passwordFile and tokenCommand, or none of them`,
    )
  if (tlsOf(settings) === 'none' && !isHere(settings))
    throw new InvalidValue('"tls" or "starttls": mail and password would cross the network in clear', {
      path: ['tls'],
    })
}

function isHere({ host, socket }: SubmitSettings): boolean {
  return socket !== undefined || (host !== undefined && isLoopback(host))
}

function tlsOf(settings: SubmitSettings): MailServer['tls'] {
  return settings.tls ?? (settings.via === 'lmtp' && isHere(settings) ? 'none' : 'tls')
}

/** The program that the settings speak of. */
export function sendmailOf({ command }: SubmitSettings): readonly [string, ...string[]] {
  const [program, ...args] = command ?? defaultCommand
  return program === undefined ? defaultCommand : [program, ...args]
}

/** The server that the settings speak of, with its password or token asked for when it is needed. */
export function mailServerOf(settings: SubmitSettings): MailServer {
  const { via, host = 'localhost', socket, user } = settings
  const tls = tlsOf(settings)
  const port = settings.port ?? (via === 'lmtp' ? 24 : tls === 'tls' ? 465 : 587)
  return {
    protocol: via === 'lmtp' ? 'lmtp' : 'smtp',
    at: socket === undefined ? { host, port } : { socket },
    tls,
    ...(user !== undefined && {
      login: { user, credentials: (signal) => credentialsOf(settings, signal) },
    }),
  }
}
