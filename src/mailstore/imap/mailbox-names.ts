import { imapDecode, imapEncode } from 'emailjs-utf7'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../replica/model.js'

/** How a server writes the names of one person's mailboxes (RFC 9051 5.1, RFC 2342). */
export interface Naming {
  /** Undefined where mailboxes don't lie within each other. */
  readonly delimiter: string | undefined
  /** What stands before every name but INBOX: `INBOX.` with Courier. */
  readonly prefix: string
  /** What stands before the names of other people's and shared mailboxes. */
  readonly foreign?: readonly string[]
}

/**
 * A level's name may hold the server's delimiter, as `example.org` on a server whose delimiter is a dot, and few servers take a slash whatever
 * theirs is. A sign that looks like it stands for each of these, and back.
 */
const standIns: Readonly<Record<string, string>> = { '.': '\u2024', '/': '\u2215', '\\': '\u2216' }

const replaced = ({ delimiter }: Naming): [sign: string, standIn: string][] =>
  Object.entries(standIns).filter(([sign]) => sign === '/' || sign === delimiter)

/** A mailbox's name in modified UTF-7 (RFC 3501 5.1.3). Throws MAILBOX_NAME. */
export function serverName(path: MailboxPath, naming: Naming): string {
  const { delimiter, prefix } = naming
  if (path.length === 1 && path[0]?.toUpperCase() === 'INBOX') return 'INBOX'
  if (path.length === 0 || (delimiter === undefined && path.length > 1))
    throw nameError(path, 'lies within another one, which the server does not have')
  const levels = path.map((segment) => {
    if (segment === '') throw nameError(path, 'has an empty level')
    if (/\p{Cc}/u.test(segment)) throw nameError(path, 'has a control character in it')
    let level = segment
    for (const [sign, standIn] of replaced(naming)) {
      if (level.includes(standIn))
        throw nameError(path, `has a ${standIn} in it, which stands for a ${sign} there`)
      level = level.replaceAll(sign, standIn)
    }
    if (delimiter !== undefined && level.includes(delimiter))
      throw nameError(path, `has the server's delimiter ${delimiter} in it`)
    return level
  })
  return imapEncode(prefix + levels.join(delimiter ?? ''))
}

/** Undefined for a name outside of the person's own mailboxes, or one that is none. */
export function pathOfServerName(name: string, naming: Naming): MailboxPath | undefined {
  const { delimiter, prefix, foreign = [] } = naming
  if (name.toUpperCase() === 'INBOX') return ['INBOX']
  if (foreign.some((each) => each !== prefix && each !== '' && name.startsWith(each))) return undefined
  let text: string
  try {
    text = imapDecode(name)
  } catch {
    return undefined
  }
  if (!text.startsWith(prefix)) return undefined
  const own = text.slice(prefix.length)
  const levels = delimiter === undefined ? [own] : own.split(delimiter)
  if (levels.some((level) => level === '' || /\p{Cc}/u.test(level))) return undefined
  // `INBOX.INBOX` is not INBOX, and there can't be two.
  if (levels.length === 1 && levels[0]?.toUpperCase() === 'INBOX') return undefined
  return levels.map((level) =>
    replaced(naming).reduce((name, [sign, standIn]) => name.replaceAll(standIn, sign), level),
  )
}

function nameError(path: MailboxPath, what: string): PacketboatError {
  return new PacketboatError(
    'MAILBOX_NAME',
    `The mailbox name "${pathText(path).slice(0, 80)}" ${what}.`,
    'Rename it on the other side, or leave it out with mailboxes = ["!NAME"] in the settings.',
  )
}
