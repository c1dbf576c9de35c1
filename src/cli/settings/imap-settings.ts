import { isIP } from 'node:net'
import type { ImapCredentials, ImapServer } from '../../mailstore/imap/session/imap-server.js'
import { InvalidValue } from '../../settings/invalid-value.js'
import {
  type Command,
  command,
  count,
  type Kind,
  oneOf,
  type Place,
  path,
  size,
  text,
  texts,
} from '../../settings/kind.js'
import { nearestName } from '../../settings/nearest-name.js'
import { type Setting, setting } from '../../settings/section.js'
import { readSecret } from './read-secret.js'

/** An account whose mail store is an IMAP server, as a table of the settings: `[accounts.NAME]`. */
export interface ImapSettings {
  readonly mailstore: 'imap'
  readonly host: string
  /** 993 with TLS from the start, else 143. */
  readonly port?: number
  /** TLS from the start (the default), after STARTTLS, or not at all: that on loopback only. */
  readonly tls?: 'tls' | 'starttls' | 'none'
  readonly user: string
  /** The first line that it writes is the password. */
  readonly passwordCommand?: Command
  /** A file whose first line is the password. */
  readonly passwordFile?: string
  /** The first line that it writes is an OAuth2 access token. Asked at each connection. */
  readonly tokenCommand?: Command
  /** Mailboxes that are left out, by name; Gmail's `\\All` unless something else stands here. */
  readonly leaveOut?: readonly string[]
  /** Extensions that the server offers and gets wrong, such as `QRESYNC`: not used. */
  readonly without?: readonly string[]
  /** Of messages of more bytes than this only the texts and headers are read before somebody wants more. */
  readonly wholeBytes?: number
}

/** What a table `[accounts.NAME]` of an IMAP server may hold. */
export const imapSettings = {
  mailstore: setting(oneOf('imap'), {
    example: '"imap"',
    help: 'The mail of this account is on an IMAP server',
  }),
  host: setting(text, { example: '"imap.example.org"', help: 'The name or address of the server' }),
  port: setting(count, {
    example: '993',
    help: 'The port; 993 by default, and 143 where tls is "starttls" or "none"',
  }),
  tls: setting(oneOf('tls', 'starttls', 'none'), {
    example: '"tls"',
    help: 'How the connection is encrypted: from the start ("tls", the default), after STARTTLS, or not at all, which is allowed on loopback only',
  }),
  user: setting(text, { example: '"me@example.org"', help: 'The name to log in with' }),
  passwordCommand: setting(command, {
    example: '["pass", "show", "mail/me"]',
    help: 'A command that prints the password on its first line',
  }),
  passwordFile: setting(path, {
    example: '"password"',
    help: 'A file with the password on its first line, instead of passwordCommand',
  }),
  tokenCommand: setting(command, {
    example: '["oauth2-token", "me@example.org"]',
    help: 'A command that prints an OAuth2 access token, instead of a password; it runs at each connection',
  }),
  leaveOut: setting(texts, {
    example: '["\\\\All"]',
    help: 'Mailboxes to leave out, by name or special use; by default "\\\\All", since Gmail\'s "All Mail" holds every message a second time',
  }),
  without: setting(texts, {
    example: '["QRESYNC"]',
    help: 'Extensions that the server offers and gets wrong, and that must not be used',
  }),
  wholeBytes: setting(size, {
    example: '"1 MiB"',
    help: 'Of messages larger than this, read only texts and headers until someone wants the rest; 1 MiB by default, "all" reads everything at once',
  }),
} satisfies { readonly [K in keyof Required<ImapSettings>]: Setting<NonNullable<ImapSettings[K]>> }

/** Ways to log in besides `passwordCommand`: of all three a table has one. */
export const otherLogins: readonly string[] = [
  'passwordFile',
  'tokenCommand',
] satisfies (keyof ImapSettings)[]

const names = Object.keys(imapSettings) as (keyof ImapSettings)[]

/** The table of an account on an IMAP server. */
export const imapAccount: Kind<ImapSettings> = {
  what: 'the table of an IMAP server: mailstore = "imap", host, user, and a way to log in (docs/IMAP.md)',
  label: 'IMAP server',
  read: (value, place) => {
    const read: Partial<Record<keyof ImapSettings, unknown>> = {}
    for (const [name, each] of Object.entries(value as object)) {
      const known = names.find((other) => other === name)
      if (known === undefined) {
        const meant = nearestName(name, names)
        throw new InvalidValue(imapAccount.what, { path: [name], ...(meant !== undefined && { meant }) })
      }
      read[known] = readField(known, each, place)
    }
    return checked(read as Partial<ImapSettings>)
  },
  print: (settings) => {
    const pairs = names.flatMap((name) => {
      const value = settings[name]
      return value === undefined
        ? []
        : [`${name} = ${(imapSettings[name].kind as Kind<unknown>).print(value)}`]
    })
    return `{ ${pairs.join(', ')} }`
  },
}

function readField(name: keyof ImapSettings, value: unknown, place: Place): unknown {
  try {
    return imapSettings[name].kind.read(value, place)
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    const { meant } = error
    throw new InvalidValue(error.message, {
      path: [name, ...error.path],
      ...(meant !== undefined && { meant }),
    })
  }
}

function checked({ mailstore, host, user, ...more }: Partial<ImapSettings>): ImapSettings {
  if (mailstore === undefined || host === undefined || user === undefined)
    throw new InvalidValue(
      `${imapAccount.what}; ${!mailstore ? 'mailstore' : !host ? 'host' : 'user'} is missing`,
    )
  const ways = [more.passwordCommand, more.passwordFile, more.tokenCommand]
  if (ways.filter((way) => way !== undefined).length !== 1)
    throw new InvalidValue(`${imapAccount.what}: one of passwordCommand, passwordFile and tokenCommand`)
  if (more.tls === 'none' && !isLoopback(host))
    throw new InvalidValue('"tls" or "starttls": the password would cross the network in clear', {
      path: ['tls'],
    })
  if ((more.port ?? 1) > 65535) throw new InvalidValue('a port, up to 65535', { path: ['port'] })
  return { mailstore, host, user, ...more }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** The server that the settings speak of, with its password or token asked for when it is needed. */
export function imapServerOf(settings: ImapSettings): ImapServer {
  const { host, user, without = [], leaveOut = ['\\All'], wholeBytes = 1024 * 1024 } = settings
  const tls = settings.tls ?? 'tls'
  const port = settings.port ?? (tls === 'tls' ? 993 : 143)
  return {
    host,
    port,
    tls,
    user,
    without,
    leaveOut,
    wholeBytes,
    credentials: (signal) => credentialsOf(settings, signal),
  }
}

const firstLine = (output: string): string => output.split(/\r?\n/, 1)[0] ?? ''

async function credentialsOf(
  { passwordCommand, passwordFile, tokenCommand }: ImapSettings,
  signal = new AbortController().signal,
): Promise<ImapCredentials> {
  if (tokenCommand)
    return {
      token: firstLine(await readSecret({ from: 'command', ...tokenCommand }, 'tokenCommand', signal)),
    }
  const secret = passwordCommand
    ? ({ from: 'command', ...passwordCommand } as const)
    : ({ from: 'file', path: passwordFile ?? '' } as const)
  const name = passwordCommand ? 'passwordCommand' : 'passwordFile'
  return { password: firstLine(await readSecret(secret, name, signal)) }
}
