import { imapDecode, imapEncode } from 'emailjs-utf7'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import { shortened } from './long-name.js'

/** How mailbox names stand on disk: modified UTF-7 (RFC 3501 5.1.3) as Dovecot has it by default, or UTF-8. */
export type NameEncoding = 'mutf7' | 'utf8'

/** How the folders of a tree are named. */
export interface Naming {
  readonly encoding: NameEncoding
  /** Maildir++ has all folders side by side, `.A.B` for A/B; `fs` (Dovecot's LAYOUT=fs, mbsync's Verbatim) one within another, `A/B`. */
  readonly layout?: 'maildir++' | 'fs'
  /** INBOX's folder: '', the root, where nothing is said. */
  readonly inbox?: string
  /** The disk takes none of `"*:<>?|` in a name, and no dot or space at its end. */
  readonly narrow?: boolean
}

/**
 * The folder of a mailbox below the root. Characters that mean something in the tree are written as UTF-7
 * escapes, so that even a hostile name is just a folder inside it. A name that is too long for a disk is cut
 * (`long-name.ts`). Throws MAILBOX_NAME.
 */
export function folderOf(path: MailboxPath, naming: Naming, cut = shortened): string {
  if (isInbox(path)) return naming.inbox ?? ''
  if (path.length === 0 || path.some((level) => level === ''))
    throw new PacketboatError(
      'MAILBOX_NAME',
      `The mailbox name "${pathText(path).slice(0, 80)}" has an empty level.`,
      'Rename it on the other side, or leave it out with mailboxes = ["!NAME"] in the settings.',
    )
  const levels = path.map((level) => encodeLevel(level, naming))
  if (naming.layout !== 'fs') return cut(`.${levels.join('.')}`)
  if (naming.inbox && path[0] === 'INBOX') levels[0] = naming.inbox
  return levels.map(cut).join('/')
}

export const isInbox = (path: MailboxPath): boolean => path.length === 1 && path[0]?.toUpperCase() === 'INBOX'

/** The mailbox of a folder, undefined when its name, with long levels in full, is none that we or Dovecot would have written. */
export function pathOf(folder: string, naming: Naming): MailboxPath | undefined {
  if (folder === (naming.inbox ?? '')) return ['INBOX']
  const levels = levelsOf(folder, naming)?.map((level) => decodeLevel(level, naming.encoding))
  if (!levels || levels.some((level) => level === undefined || level === '')) return undefined
  if (naming.inbox && levels[0] === naming.inbox) levels[0] = 'INBOX'
  return levels as string[]
}

/** The levels of a folder's name as they stand. Undefined where it is no mailbox's. */
export function levelsOf(folder: string, { layout }: Naming): string[] | undefined {
  if (layout === 'fs') return folder.split('/')
  return folder.startsWith('.') ? folder.slice(1).split('.') : undefined
}

/** What has a meaning for a tree or can't be in a file name. Control characters go the same way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = { 'maildir++': /[./\\~\u0000-\u001f\u007f]/g, fs: /^\.|[/\\~\u0000-\u001f\u007f]/g }
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const narrowlyUnsafe = /^\.|[/\\~\u0000-\u001f\u007f"*:<>?|]|[. ]$/g
/** What lies in a mailbox's folder beside the mailboxes below it. */
const reserved = /^(?:cur|new|tmp|subscriptions|maildirfolder|dovecot.*|packetboat.*)$/
const narrowlyReserved = new RegExp(reserved, 'i')

export function encodeLevel(level: string, { encoding, layout = 'maildir++', narrow }: Naming): string {
  const ascii = (text: string): string =>
    encoding === 'mutf7' ? imapEncode(text) : text.replaceAll('&', '&-')
  let encoded = ''
  let from = 0
  const escapeAt = (at: number): void => {
    encoded += ascii(level.slice(from, at)) + escapeUnit(level.charCodeAt(at))
    from = at + 1
  }
  if (layout === 'fs' && (narrow ? narrowlyReserved : reserved).test(level)) escapeAt(0)
  const all =
    narrow && layout === 'fs'
      ? [narrowlyUnsafe]
      : narrow
        ? [unsafe[layout], narrowlyUnsafe]
        : [unsafe[layout]]
  const found = new Set(all.flatMap((each) => [...level.matchAll(each)].map(({ index }) => index)))
  for (const at of [...found].sort((a, b) => a - b)) if (at >= from) escapeAt(at)
  return encoded + ascii(level.slice(from))
}

/** One UTF-16 unit as a modified UTF-7 run of its own: `.` is `&AC4-`. */
function escapeUnit(unit: number): string {
  const base64 = Buffer.from([unit >> 8, unit & 255])
    .toString('base64')
    .replace(/=+$/, '')
    .replaceAll('/', ',')
  return `&${base64}-`
}

/** A level's text, undefined where it is none. */
export function decodeLevel(level: string, encoding: NameEncoding): string | undefined {
  try {
    const text =
      encoding === 'mutf7'
        ? imapDecode(level)
        : // Only what encodeLevel writes: an ampersand, or an escaped unit.
          level.replace(/&([A-Za-z0-9+,]{3})?-/g, (_, run: string | undefined) =>
            run === undefined ? '&' : imapDecode(`&${run}-`),
          )
    // Half a character is no text, and no database keeps it.
    return /\p{Surrogate}/u.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** Usual names of mailboxes with a purpose (RFC 6154). */
const purposes: Readonly<Record<string, string>> = {
  sent: '\\Sent',
  'sent items': '\\Sent',
  'sent messages': '\\Sent',
  drafts: '\\Drafts',
  trash: '\\Trash',
  'deleted items': '\\Trash',
  junk: '\\Junk',
  spam: '\\Junk',
  archive: '\\Archive',
}

export function specialUseOf(path: MailboxPath): string | undefined {
  return path.length === 1 ? purposes[path[0]?.toLowerCase() ?? ''] : undefined
}
