import { certificateProblems } from '../../../errors/certificate-problem.js'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { codeOf, type ImapResponse } from './imap-response.js'
import type { ImapServer } from './imap-server.js'

/** What imapflow throws when a command was answered NO or BAD. */
export interface Refusal {
  readonly responseStatus: 'NO' | 'BAD'
  readonly responseText?: string
  readonly response?: ImapResponse
}

export function isRefusal(error: unknown): error is Refusal & Error {
  const { responseStatus } = (error ?? {}) as { readonly responseStatus?: unknown }
  return responseStatus === 'NO' || responseStatus === 'BAD'
}

export function refusalCode(refusal: Refusal): string | undefined {
  return codeOf(refusal.response)?.name
}

const wordsOf = ({ responseText }: Refusal): string => (responseText ?? 'no reason given').slice(0, 200)

/** What a command was about. Only one that was about everything can say that the server is away. */
export type Concern = 'everything' | 'mailbox' | 'message' | 'change'

/** A command that the server refused, in words. `what` says what it was asked for. */
export function refusalError(
  server: ImapServer,
  refusal: Refusal & Error,
  what: string,
  concern: Concern = 'change',
): PacketboatError {
  const said = `${server.host} says: ${wordsOf(refusal)}`
  const options = { cause: refusal }
  const unreadable = unreadableCode(concern)
  if (unreadable)
    return new PacketboatError(
      unreadable,
      `The IMAP server refuses (${what}); ${said}.`,
      'packetboat tries again later and syncs everything else. If this persists, ask the operator of the server.',
      options,
    )
  // Where even the mailboxes can't be listed, the device gets what the endpoint knows, and its mail waits here.
  const code = concern === 'everything' ? 'MAILSTORE_AWAY' : 'MAILSTORE_REFUSED'
  switch (refusalCode(refusal)) {
    case 'OVERQUOTA':
      return new PacketboatError(
        code,
        `The mail account on ${server.host} is full (${what}).`,
        'Free space there. Mail that could not be written waits.',
        options,
      )
    case 'NOPERM':
    case 'READ-ONLY':
      return new PacketboatError(
        code,
        `The IMAP server does not allow this (${what}); ${said}.`,
        'Correct the permissions there.',
        options,
      )
    case 'UNAVAILABLE':
    case 'SERVERBUG':
    case 'INUSE':
    case 'LIMIT':
      return new PacketboatError(
        code,
        `The IMAP server can't do this now (${what}); ${said}.`,
        'packetboat tries again later.',
        options,
      )
    case 'TOOBIG':
      return new PacketboatError(
        code,
        `The message is too large for the IMAP server (${what}); ${said}.`,
        "packetboat keeps it and tries again later. Ask the server's operator for a higher limit, or delete it.",
        options,
      )
    case 'THROTTLED':
      return new PacketboatError(
        'MAILSTORE_AWAY',
        `The IMAP server can't do this now (${what}); ${said}.`,
        'Try again later.',
        options,
      )
    default:
      return new PacketboatError(code, `The IMAP server refuses (${what}); ${said}.`, laterAgain, options)
  }
}

function unreadableCode(concern: Concern): 'MAILBOX_UNREADABLE' | 'MESSAGE_UNREADABLE' | undefined {
  if (concern === 'mailbox') return 'MAILBOX_UNREADABLE'
  return concern === 'message' ? 'MESSAGE_UNREADABLE' : undefined
}

/** A server that lets us in and ends the connection, or falls silent, whenever it is asked for this one thing. */
export function hangUpError(server: ImapServer, what: string, concern: Concern): PacketboatError {
  return new PacketboatError(
    unreadableCode(concern) ?? 'MAILSTORE_REFUSED',
    `The IMAP server ${server.host} hangs up or does not answer (${what}).`,
    'packetboat tries again later and syncs everything else. If this persists, ask the operator of the server.',
  )
}

/** A connection that could not be had, or was lost, or a login that was refused. */
export function connectionError(server: ImapServer, cause: unknown): PacketboatError {
  if (cause instanceof PacketboatError) return cause
  const error = cause as Error & { code?: string; responseText?: string } & RefusedLogin
  const where = `${server.host}:${server.port}`
  if (error.authenticationFailed)
    return new PacketboatError(
      'MAILSTORE_AWAY',
      `The IMAP server ${where} refuses the login of ${server.user}: ${error.responseText ?? 'no reason given'}.`,
      afterRefusedLogin.get(error.serverResponseCode ?? '') ??
        "Check user and password or token in this account's settings.",
      { cause },
    )
  const wrong = certificateProblems.get(error.code ?? '')
  if (wrong !== undefined)
    return new PacketboatError(
      'MAILSTORE_AWAY',
      `The IMAP server ${where} is not trusted: its certificate ${wrong}.`,
      "Check host in this account's settings, and this machine's date. If the certificate is your own, name it (PEM) to packetboat in the environment: NODE_EXTRA_CA_CERTS=FILE.",
      { cause },
    )
  const [how, next] = tlsTrouble(server, error) ?? []
  const known = how ?? connectionProblems.get(error.code ?? '')
  const why = error.responseText ?? error.message
  return new PacketboatError(
    'MAILSTORE_AWAY',
    `The IMAP server ${where} can't be reached: ${known ?? (error.code ? `${why} (${error.code})` : why)}.`,
    next ?? `${triesAgain} If this goes on, check host, port and tls in this account's settings.`,
    { cause },
  )
}

/** What is done next by a server that runs; see `tryMailStore`. */
export const triesAgain = 'packetboat tries again by itself.'

const connectionProblems: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no such host name'],
  ['EAI_AGAIN', 'no name server answers'],
  ['ETIMEDOUT', 'it does not answer'],
  ['ENETUNREACH', 'there is no network'],
])

/** As the IMAP library tells it. */
interface RefusedLogin {
  readonly authenticationFailed?: boolean
  /** RFC 5530. */
  readonly serverResponseCode?: string
}

const laterAgain = `${triesAgain} If this goes on, ask the server's operator.`

/** What to do where it isn't user and password that are wrong, by the response code (RFC 5530; LIMIT and THROTTLED as servers say it). */
const afterRefusedLogin: ReadonlyMap<string, string> = new Map([
  ['UNAVAILABLE', laterAgain],
  ['INUSE', laterAgain],
  ['LIMIT', laterAgain],
  ['THROTTLED', laterAgain],
  ['SERVERBUG', laterAgain],
  ['EXPIRED', "The password has expired. Change it with your provider, then in this account's settings."],
  ['CONTACTADMIN', "Ask the server's operator."],
  ['PRIVACYREQUIRED', `Set tls = "tls" or "starttls" in this account's settings.`],
])

/** Whether the server was reached, and didn't take user and password or token. */
export function isRefusedLogin(error: unknown): boolean {
  const cause = error instanceof PacketboatError ? (error.cause as RefusedLogin | undefined) : undefined
  return cause?.authenticationFailed === true && !afterRefusedLogin.has(cause.serverResponseCode ?? '')
}

/** What went wrong and what to change, where the port and the setting `tls` don't belong together. */
function tlsTrouble(
  { tls, host }: ImapServer,
  { message, code = '' }: Error & { readonly code?: string },
): readonly [what: string, next: string] | undefined {
  if (
    tls === 'tls' &&
    /wrong version number|packet length too long|ERR_SSL_WRONG_VERSION/i.test(message + code)
  )
    return [
      "it doesn't speak TLS from the start on this port",
      `Set tls = "starttls" in this account's settings (or "none", if ${host} is this machine), or the port for TLS, mostly 993.`,
    ]
  if (tls === 'starttls' && /support STARTTLS/i.test(message))
    return [
      "it doesn't offer STARTTLS on this port",
      `Set tls = "tls" and the port for TLS, mostly 993, in this account's settings (or tls = "none", if ${host} is this machine).`,
    ]
  if (tls !== 'tls' && /greeting/i.test(message))
    return [
      'it says nothing on this port; perhaps it waits for TLS from the start',
      'Set tls = "tls" in this account\'s settings if that is so; else check host and port.',
    ]
  return undefined
}
