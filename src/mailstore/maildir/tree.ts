import type { BigIntStats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { type MailboxPath, pathKey, pathText } from '../../replica/model.js'
import type { StoreMailbox } from '../../sync/mail-store.js'
import * as disk from './disk/disk.js'
import { isAbsent, readError } from './disk/disk-errors.js'
import { brokenLink, foreignLink, lookBehind } from './disk/open-file.js'
import type { InfoMark } from './file-name.js'
import { type FoundFolder, findFolders } from './names/find-folders.js'
import { readFullName } from './names/long-name.js'
import { folderOf, type Naming, pathOf, specialUseOf } from './names/mailbox-name.js'
import { nameFolders } from './names/name-folders.js'
import { isSubscribed, seeSubscriptions } from './names/subscriptions.js'
import { readMailboxGuid } from './uidlist-file.js'

/** The folders of a Maildir tree. */
export interface Tree {
  readonly root: string
  readonly naming: Naming
  readonly mark: InfoMark
  /** Folders whose names we wouldn't write, as they were last listed: folder below the root by mailbox, see `pathKey`. */
  readonly odd: Map<string, string>
  /** Folders that show what was found, as they were last listed: by mailbox, see `pathKey`. */
  readonly searches: Set<string>
}

export const subfolders = ['cur', 'new', 'tmp'] as const

/** The path that `pathKey` made a key of. */
export const pathOfKey = (key: string): MailboxPath => JSON.parse(key)

/** The folder of a mailbox on disk. */
export function folderPath(tree: Tree, path: MailboxPath): string {
  return join(tree.root, tree.odd.get(pathKey(path)) ?? folderOf(path, tree.naming))
}

/** Fails when the tree itself isn't there: an unmounted disk must never look like an empty mailbox. */
export async function checkRoot(tree: Tree): Promise<void> {
  const inbox = folderPath(tree, ['INBOX'])
  try {
    for (const name of ['cur', 'new']) if (await isThere(join(inbox, name))) return
  } catch (error) {
    throw readError(error, tree.root, 'MAILSTORE_GONE')
  }
  if (await isFile(tree.root))
    throw new PacketboatError(
      'MAILSTORE_GONE',
      `${tree.root} is a file, and a Maildir is a directory.`,
      'Nothing was changed. Correct the path.',
    )
  throw new PacketboatError(
    'MAILSTORE_GONE',
    `There is no Maildir at ${tree.root}: perhaps its disk is not mounted.`,
    'Nothing was changed. Mount it, or correct the path.',
  )
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await disk.stat(path)).isFile()
  } catch {
    return false
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await disk.lstat(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

/** Looks which folder each mailbox has, by names alone. */
export async function nameTree(
  tree: Tree,
): Promise<{ readonly folders: readonly FoundFolder[]; readonly paths: ReadonlyMap<string, MailboxPath> }> {
  await checkRoot(tree)
  const all = await findFolders(tree.root, tree.naming)
  const folders = all.filter(({ isSearch }) => !isSearch)
  const named = await Promise.all(
    folders.map(async ({ folder }) => ({
      folder,
      whole: await readFullName(tree.root, folder).catch(() => folder),
    })),
  )
  const paths = nameFolders(named, tree.naming)
  const searches = all.flatMap(({ folder, isSearch }) => (isSearch ? [{ folder, whole: folder }] : []))
  tree.odd.clear()
  tree.searches.clear()
  for (const [folder, path] of nameFolders(searches, tree.naming)) {
    tree.searches.add(pathKey(path))
    if (folderOf(path, tree.naming) !== folder) tree.odd.set(pathKey(path), folder)
  }
  for (const [folder, path] of paths)
    if (folderOf(path, tree.naming) !== folder) tree.odd.set(pathKey(path), folder)
  return { folders, paths }
}

/** All mailboxes by the times of their directories alone, including those that can't be looked into. */
export async function listTree(tree: Tree): Promise<StoreMailbox[]> {
  const { folders, paths } = await nameTree(tree)
  const byFolder = (line: string): MailboxPath | undefined => pathOfLine(tree, paths, line)
  const subscriptions = await seeSubscriptions(tree.root, byFolder)
  const mailboxes: StoreMailbox[] = []
  // A link to a mailbox that is shown already is no second one.
  const shown = new Set<string>()
  const linksLast = [...folders.filter(({ isLink }) => !isLink), ...folders.filter(({ isLink }) => isLink)]
  for (const { folder, unreadable } of linksLast) {
    const path = paths.get(folder) ?? []
    const specialUse = specialUseOf(path)
    const mailbox = {
      path,
      ...(specialUse !== undefined && { specialUse }),
      subscribed: isSubscribed(subscriptions, path),
    }
    const looked = unreadable ?? (await lookAt(join(tree.root, folder)))
    if (looked instanceof PacketboatError)
      mailboxes.push({ ...mailbox, identity: '', token: '', unreadable: looked })
    else if (looked && !shown.has(looked.identity)) {
      shown.add(looked.identity)
      mailboxes.push({ ...mailbox, ...looked })
    }
  }
  return mailboxes
}

/** One mailbox alone, whatever else the tree has. Throws MAILBOX_MISSING, MAILBOX_UNREADABLE. */
export async function mailboxAt(tree: Tree, path: MailboxPath): Promise<StoreMailbox> {
  const looked = await lookAt(folderPath(tree, path))
  if (looked instanceof PacketboatError) throw looked
  if (!looked) throw missing(path)
  const specialUse = specialUseOf(path)
  const own = new Map([[folderPath(tree, path).slice(tree.root.length + 1), path]])
  const subscriptions = await seeSubscriptions(tree.root, (line) => pathOfLine(tree, own, line))
  return {
    path,
    ...(specialUse !== undefined && { specialUse }),
    subscribed: isSubscribed(subscriptions, path),
    ...looked,
  }
}

/** What a line of Dovecot's subscriptions calls a mailbox is its folder's name, without the first dot. */
export function pathOfLine(
  { naming }: Tree,
  paths: ReadonlyMap<string, MailboxPath>,
  line: string,
): MailboxPath | undefined {
  const folder = naming.layout === 'fs' ? line : `.${line}`
  return paths.get(folder) ?? pathOf(folder, naming)
}

/** The other way round. */
export function lineOf(tree: Tree, path: MailboxPath): string {
  const folder = folderPath(tree, path).slice(tree.root.length + 1)
  if (folder === (tree.naming.inbox ?? '')) return 'INBOX'
  return tree.naming.layout === 'fs' ? folder : folder.slice(1)
}

type LookedAt = Pick<StoreMailbox, 'identity' | 'token' | 'guid'>

async function lookAt(folder: string): Promise<LookedAt | PacketboatError | undefined> {
  try {
    const times = await folderTimes(folder)
    if (!times) return undefined
    const guid = times.isNumbered ? await readMailboxGuid(folder) : undefined
    return { identity: times.identity, token: times.token, ...(guid !== undefined && { guid }) }
  } catch (error) {
    if (error instanceof PacketboatError) return error
    throw error
  }
}

export interface FolderTimes {
  readonly identity: string
  readonly token: string
  /** The latest of them, ms. */
  readonly latestMs: number
  /** Whether all times look like those of disks that count in seconds, or in hundredths. */
  readonly isCoarse: boolean
  /** Dovecot's list is there. */
  readonly isNumbered: boolean
}

/** What tells whether anything in a mailbox has changed. Undefined when it is no mailbox. Throws MAILBOX_UNREADABLE. */
export async function folderTimes(folder: string): Promise<FolderTimes | undefined> {
  try {
    const cur = await look(join(folder, 'cur'))
    const fresh = await look(join(folder, 'new'))
    const [keywords, uids] = [
      await look(join(folder, 'dovecot-keywords')),
      await look(join(folder, 'dovecot-uidlist')),
    ]
    if (!cur?.isDirectory() && !fresh?.isDirectory() && !(await isMailbox(folder))) return undefined
    const own = cur ?? (await disk.bigStat(folder))
    const stats = [cur, fresh, keywords, uids].filter((each) => each !== undefined)
    return {
      // A mailbox that has lost its cur is found by its name.
      identity: cur ? `${own.dev}:${own.ino}` : `folder ${own.dev}:${own.ino}`,
      token: [
        ...[cur, fresh, keywords].map((each) => each?.mtimeNs ?? 0n),
        uids?.ino ?? 0n,
        uids?.size ?? 0n,
      ].join(':'),
      latestMs: Math.max(0, ...stats.map((each) => Number(each.mtimeNs / 1_000_000n))),
      isCoarse: stats.every((each) => each.mtimeNs % 10_000_000n === 0n),
      isNumbered: uids !== undefined,
    }
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(error, folder)
  }
}

async function look(path: string): Promise<BigIntStats | undefined> {
  try {
    const stats = await disk.bigLstat(path)
    if (!stats.isSymbolicLink()) return stats
    const behind = await lookBehind(path)
    if (behind === 'foreign') throw foreignLink(path, 'MAILBOX_UNREADABLE')
    if (behind === 'nothing') throw brokenLink(path)
    return await disk.bigStat(path)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Whether a mailbox is at this folder: one may lack some of what makes it one, and Dovecot makes that then. Throws MAILBOX_UNREADABLE. */
export async function isMailbox(folder: string): Promise<boolean> {
  try {
    for (const name of [...subfolders, 'maildirfolder']) if (await isThere(join(folder, name))) return true
    return false
  } catch (error) {
    throw readError(error, folder)
  }
}

/**
 * Whether no mailbox stands at this folder's name any more. One that can't be looked at isn't gone, nor one
 * behind a link that leads nowhere. In a tree of nested folders, a folder may remain for the mailboxes below
 * it.
 */
export async function isGone(tree: Tree, path: MailboxPath): Promise<boolean> {
  const folder = folderPath(tree, path)
  try {
    if (await isThere(folder)) {
      if (tree.naming.layout !== 'fs' || (await disk.lstat(folder)).isSymbolicLink()) return false
      return (await disk.listItems(folder)).every(({ name, kind }) => kind === 'folder' && !isOwnName(name))
    }
    for (let above = dirname(folder); above.length > tree.root.length; above = dirname(above))
      if ((await isThere(above)) && (await disk.lstat(above)).isSymbolicLink()) {
        if ((await lookBehind(above)) !== 'folder') return false
      }
    return true
  } catch {
    return false
  }
}

const isOwnName = (name: string): boolean => (subfolders as readonly string[]).includes(basename(name))

export const missing = (path: MailboxPath): PacketboatError =>
  new PacketboatError(
    'MAILBOX_MISSING',
    `There is no mailbox ${pathText(path)}.`,
    'It was deleted or renamed. Sync again.',
  )
