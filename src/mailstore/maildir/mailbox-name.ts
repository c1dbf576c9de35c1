import { imapDecode, imapEncode } from 'emailjs-utf7'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { MailboxPath } from '../../replica/model.js'

/** How mailbox names stand on disk: modified UTF-7 (RFC 3501 5.1.3) as Dovecot has it by default, or UTF-8. */
export type NameEncoding = 'mutf7' | 'utf8'

/** Bytes that a file system allows for one name. */
const maxNameBytes = 255

/**
 * The folder of a mailbox in a Maildir++ tree: '' for INBOX, `.A.B` for A/B. Dots and slashes within a level are written as
 * UTF-7 escapes, so that no name, however hostile, is more than one folder inside the tree.
 */
export function folderOf(path: MailboxPath, encoding: NameEncoding): string {
  if (path.length === 1 && path[0]?.toUpperCase() === 'INBOX') return ''
  const folder = path.map((segment) => `.${encodeSegment(segment, encoding)}`).join('')
  if (path.length === 0 || path.some((segment) => segment === '')) throw nameError(path, 'has an empty level')
  if (new TextEncoder().encode(folder).length > maxNameBytes)
    throw nameError(path, 'is too long for this disk')
  return folder
}

/** The mailbox of a folder, undefined when the name is none that we or Dovecot would have written. */
export function pathOf(folder: string, encoding: NameEncoding): MailboxPath | undefined {
  if (folder === '') return ['INBOX']
  if (!folder.startsWith('.')) return undefined
  const path = folder
    .slice(1)
    .split('.')
    .map((segment) => decodeSegment(segment, encoding))
  if (path.some((segment) => segment === undefined || segment === '')) return undefined
  return path as string[]
}

/** What has a meaning for the tree or can't be in a file name. Control characters go the same way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[./\\~\u0000-\u001f\u007f]/g

function encodeSegment(segment: string, encoding: NameEncoding): string {
  const ascii = (text: string): string =>
    encoding === 'mutf7' ? imapEncode(text) : text.replaceAll('&', '&-')
  let encoded = ''
  let from = 0
  for (const match of segment.matchAll(unsafe)) {
    encoded += ascii(segment.slice(from, match.index)) + escapeUnit(match[0].charCodeAt(0))
    from = match.index + 1
  }
  return encoded + ascii(segment.slice(from))
}

/** One UTF-16 unit as a modified UTF-7 run of its own: `.` is `&AC4-`. */
function escapeUnit(unit: number): string {
  const base64 = Buffer.from([unit >> 8, unit & 255])
    .toString('base64')
    .replace(/=+$/, '')
    .replaceAll('/', ',')
  return `&${base64}-`
}

function decodeSegment(segment: string, encoding: NameEncoding): string | undefined {
  try {
    if (encoding === 'mutf7') return imapDecode(segment)
    // Only what encodeSegment writes: an ampersand, or an escaped unit.
    return segment.replace(/&([A-Za-z0-9+,]{3})?-/g, (_, run: string | undefined) =>
      run === undefined ? '&' : imapDecode(`&${run}-`),
    )
  } catch {
    return undefined
  }
}

function nameError(path: MailboxPath, what: string): PacketboatError {
  return new PacketboatError(
    'MAILBOX_NAME',
    `The mailbox name "${path.join('/').slice(0, 80)}" ${what}.`,
    'Rename it on the other side, or leave it out with mailboxes = ["!NAME"] in the settings.',
  )
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
