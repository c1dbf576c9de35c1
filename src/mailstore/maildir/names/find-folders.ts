import { join } from 'node:path'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import * as disk from '../disk/disk.js'
import { isAbsent, readError } from '../disk/disk-errors.js'
import { foreignLink, lookBehind } from '../disk/open-file.js'
import type { Naming } from './mailbox-name.js'

/** A folder of a tree that may be a mailbox, by its path below the root. */
export interface FoundFolder {
  readonly folder: string
  /** Whether it is a link to a folder. */
  readonly isLink?: boolean
  /** It shows what was found (`search-folder.ts`), and is no mailbox. */
  readonly isSearch?: true
  /** Why it can't be looked into. */
  readonly unreadable?: PacketboatError
}

/** The most that a tree is read for: more is a loop or no mail. */
const maxFolders = 100_000
const maxDepth = 64

/** INBOX's folder, and all others of the tree that are mailboxes, each above those below it. Throws MAILSTORE_GONE. */
export async function findFolders(root: string, naming: Naming): Promise<FoundFolder[]> {
  const inbox = naming.inbox ?? ''
  const found: FoundFolder[] = [{ folder: inbox }]
  if (naming.layout === 'fs') await findBelow(root, '', naming, found, [])
  else
    for (const item of await itemsOf(root))
      if (item.name.startsWith('.')) await takeFolder(root, item.name, item.kind, found)
  return [...found.slice(0, 1), ...found.slice(1).sort((a, b) => (a.folder < b.folder ? -1 : 1))]
}

async function itemsOf(root: string): Promise<disk.Item[]> {
  try {
    return await disk.listItems(root)
  } catch (error) {
    throw readError(error, root, 'MAILSTORE_GONE')
  }
}

/** Names in a mailbox's folder that are no mailbox below it. */
const ownName = /^(?:cur|new|tmp|packetboat-(?:held|expunged))$/

async function findBelow(
  root: string,
  folder: string,
  naming: Naming,
  found: FoundFolder[],
  above: readonly string[],
): Promise<void> {
  if (above.length > maxDepth || found.length > maxFolders) return
  const { dev, ino } = await disk.stat(join(root, folder))
  const id = `${dev}:${ino}`
  // A link that leads back.
  if (above.includes(id)) return
  for (const { name, kind } of await disk.listItems(join(root, folder))) {
    if (ownName.test(name) || (kind !== 'folder' && kind !== 'link')) continue
    const below = folder === '' ? name : `${folder}/${name}`
    try {
      if (below === naming.inbox || (await takeFolder(root, below, kind, found)))
        await findBelow(root, below, naming, found, [...above, id])
    } catch (error) {
      if (isAbsent(error)) continue
      const unreadable = readError(error, join(root, below))
      if (!(unreadable instanceof PacketboatError)) throw error
      if (found.at(-1)?.folder === below) found.pop()
      found.push({ folder: below, unreadable })
    }
  }
}

/** Notes a folder that is a mailbox, or of which that can't be told. Returns whether it is a folder that can be looked into. */
async function takeFolder(
  root: string,
  folder: string,
  kind: disk.Item['kind'],
  found: FoundFolder[],
): Promise<boolean> {
  const path = join(root, folder)
  if (kind !== 'folder' && kind !== 'link') return false
  let names: string[]
  try {
    const behind = kind === 'link' ? await lookBehind(path) : 'folder'
    if (behind === 'foreign') {
      if (await mayHoldMail(path)) found.push({ folder, unreadable: foreignLink(path, 'MAILBOX_UNREADABLE') })
      return false
    }
    if (behind !== 'folder') return false
    names = await disk.listNames(path)
  } catch (error) {
    if (isAbsent(error)) return false
    const unreadable = readError(error, path)
    if (!(unreadable instanceof PacketboatError)) throw error
    found.push({ folder, unreadable })
    return false
  }
  if (names.includes(searchMark)) found.push({ folder, isSearch: true })
  else if (marks.some((mark) => names.includes(mark)))
    found.push({ folder, ...(kind === 'link' && { isLink: true }) })
  return true
}

/** What makes a folder one that shows what was found, however it is called by now. */
export const searchMark = 'packetboat-search'

/** What makes a folder a mailbox. Any of them will do: Dovecot makes the others. */
const marks = ['cur', 'new', 'tmp', 'maildirfolder']

async function mayHoldMail(path: string): Promise<boolean> {
  try {
    const names = await disk.listNames(path)
    return marks.some((mark) => names.includes(mark))
  } catch {
    return true
  }
}
