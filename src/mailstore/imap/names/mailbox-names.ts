import { imapDecode, imapEncode } from 'emailjs-utf7'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import { rawLevel, rawText } from './raw-level.js'

/** How a server writes the names of one person's mailboxes (RFC 9051 5.1, RFC 2342). */
export interface Naming {
  /** Undefined where mailboxes don't nest. */
  readonly delimiter: string | undefined
  /** What stands before every name but INBOX: `INBOX.` with Courier. */
  readonly prefix: string
  /** What stands before the names of other people's and shared mailboxes. */
  readonly foreign?: readonly string[]
}

/**
 * Look-alikes for characters that a server wouldn't take within a level's name: its own delimiter
 * (`example.org` where that is a dot) and the slash, which few servers accept whatever their delimiter.
 * Translated back the same way.
 */
const standIns: Readonly<Record<string, string>> = { '.': '\u2024', '/': '\u2215', '\\': '\u2216' }

const replaced = ({ delimiter }: Naming): [sign: string, standIn: string][] =>
  Object.entries(standIns).filter(([sign]) => sign === '/' || sign === delimiter)

/**
 * A mailbox's name on the server, one character for each byte: in modified UTF-7 (RFC 3501 5.1.3), or byte
 * for byte as a server that doesn't use it has it (`raw-level.ts`). Throws MAILBOX_NAME.
 */
export function serverName(path: MailboxPath, naming: Naming): string {
  const { delimiter, prefix } = naming
  if (path.length === 1 && path[0]?.toUpperCase() === 'INBOX') return 'INBOX'
  if (path.length === 0 || (delimiter === undefined && path.length > 1))
    throw nameError(path, 'lies within another one, which the server does not have')
  const levels = path.map((segment) => serverLevel(path, segment, naming))
  const name = imapEncode(prefix) + levels.join(delimiter ?? '')
  const back = pathOfServerName(name, naming)
  if (!back || pathText(back) !== pathText(path))
    throw nameError(path, 'has signs in it which stand for others there')
  return name
}

function serverLevel(path: MailboxPath, segment: string, naming: Naming): string {
  const { delimiter } = naming
  if (segment === '') throw nameError(path, 'has an empty level')
  if (/\p{Cc}/u.test(segment)) throw nameError(path, 'has a control character in it')
  const raw = rawLevel(segment)
  if (raw !== undefined) return raw
  let level = segment
  for (const [sign, standIn] of replaced(naming)) {
    if (level.includes(standIn))
      throw nameError(path, `has a ${standIn} in it, which stands for a ${sign} there`)
    level = level.replaceAll(sign, standIn)
  }
  if (delimiter !== undefined && level.includes(delimiter))
    throw nameError(path, `has the server's delimiter ${delimiter} in it`)
  return imapEncode(level)
}

/** The path of a mailbox of the person's own. No two names have one path. Undefined for those of other people, and for what is no name. */
export function pathOfServerName(name: string, naming: Naming): MailboxPath | undefined {
  const { delimiter, foreign = [] } = naming
  if (name.toUpperCase() === 'INBOX') return ['INBOX']
  const before = imapEncode(naming.prefix)
  if (foreign.some((each) => each !== naming.prefix && each !== '' && name.startsWith(each))) return undefined
  if (!name.startsWith(before) || name.length === before.length) return undefined
  const own = name.slice(before.length)
  const levels = delimiter === undefined ? [own] : own.split(delimiter)
  // `INBOX.INBOX` is not INBOX, and there can't be two.
  const inboxAgain = levels.length === 1 && own.toUpperCase() === 'INBOX'
  return levels.map((level) => (inboxAgain ? undefined : textOfLevel(level, naming)) ?? rawText(level))
}

/** Undefined for a name that we would write otherwise. */
function textOfLevel(level: string, naming: Naming): string | undefined {
  if (level === '' || /[^\x20-\x7e]/.test(level)) return undefined
  let text: string
  try {
    text = imapDecode(level)
    if (imapEncode(text) !== level) return undefined
  } catch {
    return undefined
  }
  // A slash is none of the signs that we write.
  if (text === '' || /[\p{Cc}\p{Cs}/]/u.test(text) || rawLevel(text) !== undefined) return undefined
  return replaced(naming).reduce((name, [sign, standIn]) => name.replaceAll(standIn, sign), text)
}

function nameError(path: MailboxPath, what: string): PacketboatError {
  return new PacketboatError(
    'MAILBOX_NAME',
    `The mailbox name "${pathText(path).slice(0, 80)}" ${what}.`,
    'Rename it on the other side, or leave it out with mailboxes = ["!NAME"] in the settings.',
  )
}
