import { execFile } from 'node:child_process'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { PacketboatError } from '../errors/packetboat-error.js'
import type { ImapCredentials, ImapServer } from '../mailstore/imap/imap-server.js'
import { readSettingsFile } from './endpoint-certificate.js'
import { count, oneOf, readTable, type SettingReaders, text, texts } from './toml-settings.js'

/** An account whose mail store is an IMAP server, as a table in `endpoint.toml`: `[accounts.NAME]`. */
export interface ImapSettings {
  readonly mailstore: 'imap'
  readonly host: string
  /** 993 with TLS from the start, else 143. */
  readonly port?: number
  /** TLS from the start (the default), after STARTTLS, or not at all: that on loopback only. */
  readonly tls?: 'tls' | 'starttls' | 'none'
  readonly user: string
  /** A program and its arguments; the first line that it writes is the password. */
  readonly passwordCommand?: string[]
  /** A file whose first line is the password. */
  readonly passwordFile?: string
  /** A program and its arguments; the first line that it writes is an OAuth2 access token. Asked at each connection. */
  readonly tokenCommand?: string[]
  /** Mailboxes that are left out, by name; Gmail's `\All` unless something else stands here. */
  readonly leaveOut?: string[]
  /** Extensions that the server offers and gets wrong, such as `QRESYNC`: not used. */
  readonly without?: string[]
}

const readers: SettingReaders<ImapSettings> = {
  mailstore: oneOf('imap'),
  host: text,
  port: count,
  tls: oneOf('tls', 'starttls', 'none'),
  user: text,
  passwordCommand: command,
  passwordFile: text,
  tokenCommand: command,
  leaveOut: texts,
  without: texts,
}

function command(value: unknown): string[] {
  const words = texts(value)
  if (words.length === 0 || words[0] === '')
    throw new Error('a program and its arguments, as a list of texts')
  return words
}

/** The settings of `[accounts.NAME]`. Throws CONFIG. */
export function readImapSettings(name: string, table: object): ImapSettings {
  const where = `accounts.${name}`
  const { mailstore, host, user, ...settings } = readTable(where, table, readers)
  if (mailstore === undefined || host === undefined || user === undefined)
    throw imapConfigError(where, `${!mailstore ? 'mailstore' : !host ? 'host' : 'user'} is missing`)
  const ways = [settings.passwordCommand, settings.passwordFile, settings.tokenCommand]
  if (ways.filter((way) => way !== undefined).length !== 1)
    throw imapConfigError(where, 'it needs one of passwordCommand, passwordFile and tokenCommand')
  if (settings.tls === 'none' && !isLoopback(host))
    throw imapConfigError(where, `the password would cross the network in clear to ${host}`)
  if ((settings.port ?? 1) > 65535) throw imapConfigError(where, `there is no port ${settings.port}`)
  return { mailstore, host, user, ...settings }
}

function imapConfigError(where: string, what: string): PacketboatError {
  return new PacketboatError('CONFIG', `${where}: ${what}.`, 'docs/IMAP.md shows how an account is set up.')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** The server that the settings speak of, with its password or token asked for when it is needed. */
export function imapServerOf(settings: ImapSettings): ImapServer {
  const { host, user, without = [], leaveOut = ['\\All'] } = settings
  const tls = settings.tls ?? 'tls'
  const port = settings.port ?? (tls === 'tls' ? 993 : 143)
  return {
    host,
    port,
    tls,
    user,
    without,
    leaveOut,
    credentials: (signal) => credentialsOf(settings, signal),
  }
}

async function credentialsOf(settings: ImapSettings, signal?: AbortSignal): Promise<ImapCredentials> {
  const { passwordCommand, passwordFile, tokenCommand } = settings
  if (tokenCommand) return { token: await outputOf('tokenCommand', tokenCommand, signal) }
  if (passwordCommand) return { password: await outputOf('passwordCommand', passwordCommand, signal) }
  return { password: firstLine(readSettingsFile(passwordFile ?? '', 'password file')) }
}

const firstLine = (output: string): string => output.split(/\r?\n/, 1)[0] ?? ''

/** A program that waits for somebody to type a password must not keep an endpoint waiting for good. */
const commandTimeoutMs = 60_000

async function outputOf(
  setting: string,
  [program = '', ...args]: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      timeout: commandTimeoutMs,
      maxBuffer: 64 * 1024,
      ...(signal && { signal }),
    })
    const line = firstLine(stdout)
    if (line === '') throw new Error('it wrote nothing')
    return line
  } catch (cause) {
    signal?.throwIfAborted()
    // What the program wrote stays out of messages: it may be the secret.
    const { code, killed } = cause as { code?: unknown; killed?: boolean }
    const why = killed
      ? 'it took too long'
      : code === undefined
        ? 'it wrote nothing'
        : `it ended with ${code}`
    throw new PacketboatError(
      'CONFIG',
      `${setting} (${program}) gave nothing to log in with: ${why}.`,
      'Run it by hand as the user that runs packetboat serve.',
      { cause: code === undefined ? undefined : new Error(String(code)) },
    )
  }
}
