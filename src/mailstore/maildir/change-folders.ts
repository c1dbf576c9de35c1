import { constants } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { systemCode } from '../../errors/system-code.js'
import { type MailboxPath, pathKey, pathText } from '../../replica/model.js'
import * as disk from './disk/disk.js'
import { isAbsent, readError, writeError } from './disk/disk-errors.js'
import { checkFolder, folderError } from './disk/open-file.js'
import { noteLayout } from './names/detect-naming.js'
import { cutShort, noteWholeName } from './names/long-name.js'
import { folderOf, isInbox } from './names/mailbox-name.js'
import { checkRoot, folderPath, isMailbox, missing, subfolders, type Tree } from './tree.js'

/** Makes a mailbox's folder. Throws MAILBOX_EXISTS, MAILBOX_NAME, READ_ONLY. */
export async function makeFolder(tree: Tree, path: MailboxPath): Promise<void> {
  await noteLayout(tree.root, tree.naming)
  await useFreeFolder(tree, path, async (place, wholes) => {
    for (const [folder, whole] of wholes) {
      await disk.makeFolders(folder)
      if (basename(folder) !== whole) await noteWholeName(folder, whole)
    }
    for (const folder of [place, ...[...subfolders].reverse().map((name) => join(place, name))]) {
      await checkFolder(folder)
      await disk.makeFolders(folder)
    }
    const mark = join(place, 'maildirfolder')
    await (await disk.open(mark, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW)).close()
  })
}

/** Makes all that a mailbox's folder lacks of what makes it one, as Dovecot does. */
export async function completeFolder(folder: string): Promise<void> {
  try {
    for (const name of subfolders) {
      await checkFolder(join(folder, name))
      await disk.makeFolders(join(folder, name))
    }
  } catch (error) {
    throw writeError(error, folder)
  }
}

/** The folders of a mailbox and of those above it, with what each would be called if a disk took any name. */
type WholeNames = ReadonlyMap<string, string>

/** Does something with the folder that a mailbox can have. Where the disk takes no such name, or has it in another case, it gets one that was cut. */
async function useFreeFolder(
  tree: Tree,
  path: MailboxPath,
  work: (place: string, wholes: WholeNames) => Promise<void>,
): Promise<void> {
  const whole = folderOf(path, tree.naming, (name) => name).split('/')
  const wholesOf = (place: string): WholeNames => {
    const folders = place.slice(tree.root.length + 1).split('/')
    return new Map(whole.map((name, at) => [join(tree.root, ...folders.slice(0, at + 1)), name]))
  }
  const usual = folderPath(tree, path)
  const cut = join(dirname(usual), cutShort(whole.at(-1) ?? ''))
  let place = usual
  if (await isTaken(usual)) {
    if ((await disk.listNames(dirname(usual))).includes(basename(usual)) || (await isTaken(cut)))
      throw exists(path)
    place = cut
  }
  try {
    await work(place, wholesOf(place)).catch((error: unknown) => {
      if (systemCode(error) !== 'ENAMETOOLONG' || place === cut) throw error
      place = cut
      return work(place, wholesOf(place))
    })
  } catch (error) {
    throw await folderError(error, [...wholesOf(place).keys()], place)
  }
  const folder = place.slice(tree.root.length + 1)
  if (folder !== folderOf(path, tree.naming)) tree.odd.set(pathKey(path), folder)
}

/** A name that the disk doesn't take is nobody's. */
async function isTaken(folder: string): Promise<boolean> {
  try {
    await disk.lstat(folder)
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === 'ENAMETOOLONG') return false
  }
  return isMailbox(folder)
}

export const exists = (path: MailboxPath): PacketboatError =>
  new PacketboatError(
    'MAILBOX_EXISTS',
    `The mailbox ${pathText(path)} already exists.`,
    'Choose another name.',
  )

/** Renames a mailbox alone: in Maildir++ those below it are folders beside it, and in the other layout they stay where they are. */
export async function renameFolder(tree: Tree, from: MailboxPath, to: MailboxPath): Promise<void> {
  if (isInbox(from) || isInbox(to))
    throw new PacketboatError(
      'MAILBOX_NAME',
      "INBOX can't be renamed.",
      'Move its messages to another mailbox instead.',
    )
  await checkRoot(tree)
  await noteLayout(tree.root, tree.naming)
  const source = folderPath(tree, from)
  if (!(await isMailbox(source))) throw missing(from)
  await useFreeFolder(tree, to, async (place, wholes) => {
    for (const [folder, whole] of wholes) {
      if (folder !== place) await disk.makeFolders(folder)
      if (basename(folder) !== whole) await noteWholeName(folder === place ? source : folder, whole)
    }
    const below = await foldersBelow(tree, source)
    const isBelow = place.startsWith(`${source}/`)
    if (below.length === 0 && !isBelow && !(await isThere(place))) return disk.rename(source, place)
    const items = (await disk.listNames(source)).filter((name) => !below.includes(name) && name !== 'cur')
    await disk.makeFolders(place)
    // `cur` moves last: it tells which mailbox this is.
    for (const name of [...items, 'cur'])
      await disk.rename(join(source, name), join(place, name)).catch((error: unknown) => {
        if (!isAbsent(error)) throw error
      })
  })
  tree.odd.delete(pathKey(from))
}

/** In a tree of nested folders: those in a mailbox's folder that aren't the mailbox's own. */
async function foldersBelow({ naming }: Tree, folder: string): Promise<string[]> {
  if (naming.layout !== 'fs') return []
  return (await disk.listItems(folder))
    .filter(({ name, kind }) => (kind === 'folder' || kind === 'link') && !isOwn(name))
    .map(({ name }) => name)
}

const isOwn = (name: string): boolean => (subfolders as readonly string[]).includes(name)

async function isThere(path: string): Promise<boolean> {
  return disk.lstat(path).then(
    () => true,
    () => false,
  )
}

/** Files of other programs in a mailbox that mean nothing without it. */
const controlFile =
  /^(?:dovecot|maildirfolder|packetboat-name|\.?uidvalidity|subscriptions|courier|\.mbsync|\.isync)/i

/** Deletes a mailbox without messages. What it can't account for makes it refuse, before anything is gone. */
export async function deleteFolder(tree: Tree, path: MailboxPath): Promise<void> {
  const folder = folderPath(tree, path)
  const refuse = (what: string): PacketboatError =>
    new PacketboatError(
      'MAILBOX_NOT_EMPTY',
      `The mailbox ${pathText(path)} ${what}.`,
      'The mailbox and its mail stay.',
    )
  if (isInbox(path)) throw refuse('is INBOX and always stays')
  if (!(await isMailbox(folder))) throw missing(path)
  await noteLayout(tree.root, tree.naming)
  for (const name of ['cur', 'new']) {
    await checkFolder(join(folder, name))
    if ((await namesIn(join(folder, name))).length > 0) throw refuse('holds mail')
  }
  const below = await foldersBelow(tree, folder)
  const others = (await namesIn(folder)).filter((name) => !isOwn(name) && !below.includes(name))
  const strange = others.filter((name) => !controlFile.test(name))
  if (strange.length > 0) throw refuse(`holds something else (${strange[0]})`)
  try {
    // rmdir of cur and new fails if mail came in between.
    for (const name of ['new', 'cur']) await removeFolder(join(folder, name))
    await disk.removeAll(join(folder, 'tmp'))
    for (const name of others) await disk.unlink(join(folder, name))
    if (below.length === 0) await removeFolder(folder)
  } catch (error) {
    if (systemCode(error) !== 'ENOTEMPTY') throw writeError(error, folder)
    await completeFolder(folder)
    throw refuse('has just got mail')
  }
  tree.odd.delete(pathKey(path))
  if (tree.naming.layout === 'fs') await removeEmptyAbove(tree, folder)
}

/** The names in a folder, none where there isn't one. Throws MAILBOX_UNREADABLE. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await disk.listNames(folder)
  } catch (error) {
    if (isAbsent(error)) return []
    throw readError(error, folder)
  }
}

/** An empty folder. Of a link to one only the link: what it leads to lies elsewhere. */
async function removeFolder(folder: string): Promise<void> {
  try {
    if ((await disk.lstat(folder)).isSymbolicLink()) await disk.unlink(folder)
    else await disk.rmdir(folder)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

/** Folders that stood for the levels above it alone. */
async function removeEmptyAbove({ root }: Tree, folder: string): Promise<void> {
  for (let above = dirname(folder); above.length > root.length; above = dirname(above))
    try {
      await disk.rmdir(above)
    } catch {
      return
    }
}

/** Makes what was done in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await disk.open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    if (!isAbsent(error)) throw writeError(error, folder)
  }
}
