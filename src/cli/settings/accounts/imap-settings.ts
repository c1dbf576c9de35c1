import { isLoopback } from '../../../link/loopback.js'
import type { ImapServer } from '../../../mailstore/imap/session/imap-server.js'
import { InvalidValue } from '../../../settings/invalid-value.js'
import { count, type Kind, oneOf, size, text, texts } from '../../../settings/kind.js'
import { setting } from '../../../settings/section.js'
import { checkPort, credentialsOf, type LoginSettings, loginSettings, waysToLogIn } from './log-in.js'
import { type SubmitSettings, submitTable } from './submit-settings.js'
import { type FieldsOf, tableOfSettings } from './table-of-settings.js'

/** An account whose mail store is an IMAP server, as a table of the settings: `[accounts.NAME]`. */
export interface ImapSettings extends LoginSettings {
  readonly mailstore: 'imap'
  readonly host: string
  /** 993 with TLS from the start, else 143. */
  readonly port?: number
  /** TLS from the start (the default), after STARTTLS, or not at all: that on loopback only. */
  readonly tls?: 'tls' | 'starttls' | 'none'
  readonly user: string
  /** Mailboxes that are left out, by name; Gmail's `\\All` unless something else stands here. */
  readonly leaveOut?: readonly string[]
  /** Extensions that the server offers and gets wrong, such as `QRESYNC`: not used. */
  readonly without?: readonly string[]
  /** Of messages with more bytes than this, only texts and headers are read before somebody wants more. */
  readonly wholeBytes?: number
  readonly submit?: SubmitSettings
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
  ...loginSettings,
  leaveOut: setting(texts, {
    example: '["\\\\All"]',
    help: 'Mailboxes to leave out, by name or special use; by default "\\\\All", since Gmail\'s "All Mail" holds every message a second time',
  }),
  without: setting(texts, {
    example: '["QRESYNC"]',
    help: 'Extensions of the server that packetboat must not use, because the server gets them wrong',
  }),
  wholeBytes: setting(size, {
    example: '"1 MiB"',
    help: 'Of messages larger than this, read only texts and headers until someone wants the rest; 1 MiB by default, "all" reads everything at once',
  }),
} satisfies FieldsOf<Omit<ImapSettings, 'submit'>>

/** The table of an account on an IMAP server. */
export const imapAccount: Kind<ImapSettings> = tableOfSettings<ImapSettings>(
  { ...imapSettings, submit: setting(submitTable, { help: 'How the mail of this account is sent' }) },
  {
    what: 'the table of an IMAP server: mailstore = "imap", host, user, and a way to log in (docs/IMAP.md)',
    label: 'IMAP server',
    checked,
  },
)

function checked({ mailstore, host, user, ...more }: Partial<ImapSettings>): ImapSettings {
  if (mailstore === undefined || host === undefined || user === undefined)
    throw new InvalidValue(
      `${imapAccount.what}; ${!mailstore ? 'mailstore' : !host ? 'host' : 'user'} is missing`,
    )
  if (waysToLogIn(more) !== 1)
    throw new InvalidValue(`${imapAccount.what}: one of passwordCommand, passwordFile and tokenCommand`)
  if (more.tls === 'none' && !isLoopback(host))
    throw new InvalidValue('"tls" or "starttls": the password would cross the network in clear', {
      path: ['tls'],
    })
  checkPort(more.port)
  return { mailstore, host, user, ...more }
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
