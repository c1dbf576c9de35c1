import { type BigIntStats, constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../replica/model.js'
import type { StoreMailbox } from '../../sync/mail-store.js'
import { diskError, errnoOf } from './disk-errors.js'
import { folderOf, type NameEncoding, pathOf, specialUseOf } from './mailbox-name.js'
import { giveToOwner } from './owner.js'
import { isSubscribed, readSubscriptions } from './subscriptions.js'
import { readMailboxGuid } from './uidlist-file.js'

/** The folders of a Maildir++ tree. */
export interface Tree {
  readonly root: string
  readonly encoding: NameEncoding
}

export const subfolders = ['cur', 'new', 'tmp'] as const

/** The folder of a mailbox on disk. */
export function folderPath(tree: Tree, path: MailboxPath): string {
  return join(tree.root, folderOf(path, tree.encoding))
}

/** Fails when the tree itself isn't there: an unmounted disk must never look like an empty mailbox. */
export async function checkRoot(tree: Tree): Promise<void> {
  try {
    await stat(join(tree.root, 'cur'))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw diskError(error, tree.root)
    throw new PacketboatError(
      'MAILSTORE_GONE',
      `There is no Maildir at ${tree.root}: perhaps its disk is not mounted.`,
      'Nothing was changed. Mount it or correct the path, then sync again.',
    )
  }
}

/** All mailboxes by directory times alone. Links are not followed: a mailbox is a folder in the tree. */
export async function listTree(tree: Tree): Promise<StoreMailbox[]> {
  await checkRoot(tree)
  const subscriptions = await readSubscriptions(tree.root, tree.encoding)
  const entries = await readdir(tree.root, { withFileTypes: true })
  const folders = entries
    .filter((entry) => entry.isDirectory() && entry.name.startsWith('.'))
    .map(({ name }) => name)
  const mailboxes: StoreMailbox[] = []
  for (const folder of ['', ...folders]) {
    const path = pathOf(folder, tree.encoding)
    // A name that wouldn't be written like this belongs to somebody else.
    if (!path || folderOf(path, tree.encoding) !== folder) continue
    const times = await folderTimes(join(tree.root, folder))
    if (!times) continue
    const specialUse = specialUseOf(path)
    const guid = await readMailboxGuid(join(tree.root, folder))
    mailboxes.push({
      path,
      ...(guid !== undefined && { guid }),
      identity: times.identity,
      token: times.token,
      ...(specialUse !== undefined && { specialUse }),
      subscribed: isSubscribed(subscriptions, path),
    })
  }
  return mailboxes
}

export interface FolderTimes {
  readonly identity: string
  readonly token: string
  /** The latest of them, ms. */
  readonly latestMs: number
}

/** What tells whether anything in a mailbox has changed. Undefined when it is no mailbox. */
export async function folderTimes(folder: string): Promise<FolderTimes | undefined> {
  const look = async (name: string): Promise<BigIntStats | undefined> => {
    try {
      return await stat(join(folder, name), { bigint: true })
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
      throw diskError(error, folder)
    }
  }
  const [cur, fresh] = [await look('cur'), await look('new')]
  const [keywords, uids] = [await look('dovecot-keywords'), await look('dovecot-uidlist')]
  if (!cur?.isDirectory()) return undefined
  const stats = [cur, fresh, keywords, uids].filter((each) => each !== undefined)
  return {
    identity: `${cur.dev}:${cur.ino}`,
    token: [
      ...[cur, fresh, keywords].map((each) => each?.mtimeNs ?? 0n),
      uids?.ino ?? 0n,
      uids?.size ?? 0n,
    ].join(':'),
    latestMs: Math.max(...stats.map((each) => Number(each.mtimeNs / 1_000_000n))),
  }
}

/** Whether a mailbox is at this folder. */
export async function isMailbox(folder: string): Promise<boolean> {
  try {
    return (await stat(join(folder, 'cur'))).isDirectory()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false
    throw diskError(error, folder)
  }
}

/** Whether nothing at all stands at this folder's name: what can't be looked at isn't gone. */
export async function isGone(folder: string): Promise<boolean> {
  try {
    await lstat(folder)
    return false
  } catch (error) {
    return errnoOf(error) === 'ENOENT'
  }
}

export async function makeFolder(tree: Tree, path: MailboxPath): Promise<void> {
  const folder = folderPath(tree, path)
  if (await isMailbox(folder)) throw exists(path)
  try {
    for (const name of [...subfolders].reverse())
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
    if (folder !== join(tree.root, '')) await writeFile(join(folder, 'maildirfolder'), '')
    for (const made of [
      folder,
      ...subfolders.map((name) => join(folder, name)),
      join(folder, 'maildirfolder'),
    ])
      await giveToOwner(made, tree.root)
  } catch (error) {
    throw diskError(error, folder)
  }
}

const exists = (path: MailboxPath): PacketboatError =>
  new PacketboatError(
    'MAILBOX_EXISTS',
    `There is a mailbox ${pathText(path)} already.`,
    'Choose another name.',
  )

export const missing = (path: MailboxPath): PacketboatError =>
  new PacketboatError(
    'MAILBOX_MISSING',
    `There is no mailbox ${pathText(path)}.`,
    'It was deleted or renamed; sync again.',
  )

/** Renames a mailbox alone: in Maildir++ those below it are folders beside it. */
export async function renameFolder(tree: Tree, from: MailboxPath, to: MailboxPath): Promise<void> {
  const [source, target] = [folderPath(tree, from), folderPath(tree, to)]
  if (source === folderPath(tree, ['INBOX']) || target === folderPath(tree, ['INBOX']))
    throw new PacketboatError(
      'MAILBOX_NAME',
      'INBOX can not be renamed.',
      'Move its messages to another mailbox instead.',
    )
  await checkRoot(tree)
  if (!(await isMailbox(source))) throw missing(from)
  if (await isMailbox(target)) throw exists(to)
  try {
    await rename(source, target)
  } catch (error) {
    throw diskError(error, target)
  }
}

/** Files of other programs in a mailbox that mean nothing without it. */
const controlFile = /^(?:dovecot|maildirfolder|\.?uidvalidity|subscriptions|courier|\.mbsync|\.isync)/i

/** Deletes a mailbox without messages. What it can't account for makes it refuse, before anything is gone. */
export async function deleteFolder(tree: Tree, path: MailboxPath): Promise<void> {
  const folder = folderPath(tree, path)
  const refuse = (what: string): PacketboatError =>
    new PacketboatError(
      'MAILBOX_NOT_EMPTY',
      `The mailbox ${pathText(path)} ${what}.`,
      'It stays; what is in it is kept.',
    )
  if (folderOf(path, tree.encoding) === '') throw refuse('is INBOX and always stays')
  if (!(await isMailbox(folder))) throw missing(path)
  for (const name of ['cur', 'new'])
    if ((await readdir(join(folder, name)).catch(() => [])).length > 0) throw refuse('holds mail')
  const others = (await readdir(folder)).filter((name) => !(subfolders as readonly string[]).includes(name))
  const strange = others.filter((name) => !controlFile.test(name))
  if (strange.length > 0) throw refuse(`holds something else (${strange[0]})`)
  try {
    // rmdir of cur and new fails if mail came in between.
    await rmdir(join(folder, 'new'))
    await rmdir(join(folder, 'cur'))
    await rm(join(folder, 'tmp'), { recursive: true, force: true })
    for (const name of others) await unlink(join(folder, name))
    await rmdir(folder)
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY') throw diskError(error, folder)
    for (const name of subfolders) await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
    throw refuse('has just got mail')
  }
}

/** Makes what was done in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY)
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw diskError(error, folder)
  }
}
