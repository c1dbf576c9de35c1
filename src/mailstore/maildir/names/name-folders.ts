import { type MailboxPath, pathText } from '../../../replica/model.js'
import { bytesOfText } from '../disk/disk-text.js'
import { decodeLevel, encodeLevel, folderOf, levelsOf, type Naming, pathOf } from './mailbox-name.js'

/** A folder that may be a mailbox: its path below the root as it stands, and with names that were cut in full. */
export interface NamedFolder {
  readonly folder: string
  readonly whole: string
}

/**
 * The mailbox of each folder. A name that this program would write means what it says. Any other (no modified
 * UTF-7, no UTF-8, an empty level, a second INBOX) means what it looks like, with a number added if that is
 * taken: no two folders share a mailbox, and none is left out.
 */
export function nameFolders(folders: readonly NamedFolder[], naming: Naming): Map<string, MailboxPath> {
  const paths = new Map<string, MailboxPath>()
  const taken = new Set<string>()
  const odd: NamedFolder[] = []
  const take = (folder: string, path: MailboxPath): void => {
    paths.set(folder, path)
    taken.add(pathText(path))
  }
  for (const named of folders) {
    const path = pathOf(named.whole, naming)
    const own = path && folderOf(path, naming) === named.folder && !taken.has(pathText(path))
    if (own) take(named.folder, path)
    else odd.push(named)
  }
  odd.sort((a, b) => Buffer.compare(bytesOfText(a.folder), bytesOfText(b.folder)))
  for (const { folder, whole } of odd) {
    const path = looksLike(whole, naming)
    const [above, last = ''] = [path.slice(0, -1), path.at(-1)]
    let free: MailboxPath = path
    for (let number = 2; taken.has(foldInbox(free)); number++) free = [...above, `${last} (${number})`]
    take(folder, free)
  }
  return paths
}

/** INBOX is one name in whatever case. */
function foldInbox(path: MailboxPath): string {
  const text = pathText(path)
  return text.toUpperCase() === 'INBOX' ? 'INBOX' : text
}

function looksLike(whole: string, naming: Naming): MailboxPath {
  const path: string[] = []
  let dots = ''
  for (const level of levelsOf(whole, naming) ?? [whole]) {
    if (level === '') {
      dots += '.'
      continue
    }
    const text = decodeLevel(level, naming.encoding)
    const isOurs = text !== undefined && encodeLevel(text, naming) === level
    path.push(dots + (isOurs ? text : readLatin1(level)))
    dots = ''
  }
  if (dots !== '') path.push((path.pop() ?? '') + dots)
  return path
}

/** What is no UTF-8 is most often Latin-1. */
function readLatin1(level: string): string {
  const bytes = bytesOfText(level)
  return bytes.toString('utf8') === level ? level : bytes.toString('latin1')
}
