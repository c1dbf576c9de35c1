import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { equalFlags } from '../../replica/flags.js'
import type { Flags, MailboxPath } from '../../replica/model.js'
import type { StoreListing, UnreadableItem } from '../../sync/mail-store.js'
import { messageChanged, messageGone } from '../message-errors.js'
import { completeFolder } from './change-folders.js'
import * as disk from './disk/disk.js'
import { isAbsent, readError } from './disk/disk-errors.js'
import { brokenLink, checkFolder, findInTheWay, foreignLink, lookBehind, noFile } from './disk/open-file.js'
import { parseFileName } from './file-name.js'
import { flagsOfLetters, type Keywords, representable } from './keywords.js'
import { checkRoot, folderPath, isMailbox, missing, type Tree } from './tree.js'

/** One file of a mailbox, as its folder lists it. */
export interface Entry {
  readonly folder: 'cur' | 'new'
  readonly name: string
  readonly base: string
  readonly letters: string
  readonly rest: string
}

/** What a mailbox's folder has. */
export interface Listed {
  readonly entries: readonly Entry[]
  /** What isn't to be taken for a message. */
  readonly unreadable: readonly UnreadableItem[]
  /** Which of cur and new aren't there. */
  readonly lacking: readonly Entry['folder'][]
}

/** The files of mailboxes: a message's name changes with its flags, and other programs change it too. */
export class Entries {
  /** Entries as last seen, by folder and base: saves reading the folder again for every message. Always checked before they are used. */
  private readonly seen = new Map<string, Map<string, Entry>>()

  constructor(private readonly tree: Tree) {}

  pathOf(path: MailboxPath, entry: Entry): string {
    return join(folderPath(this.tree, path), entry.folder, entry.name)
  }

  /** What stands under a name. */
  entryOf(folder: Entry['folder'], name: string): Entry {
    return { folder, name, ...parseFileName(name, this.tree.mark) }
  }

  /** All entries of a mailbox. Throws MAILBOX_MISSING, MAILBOX_UNREADABLE, MAILSTORE_GONE. */
  async all(path: MailboxPath): Promise<Listed> {
    const entries: Entry[] = []
    const unreadable: UnreadableItem[] = []
    const lacking: Entry['folder'][] = []
    const mailbox = folderPath(this.tree, path)
    await checkFolder(mailbox)
    for (const folder of ['new', 'cur'] as const) {
      const items = await itemsOf(join(mailbox, folder))
      if (!items) lacking.push(folder)
      for (const { name, kind } of items ?? []) {
        if (name.startsWith('.')) continue
        const entry = this.entryOf(folder, name)
        const error = kind === 'file' ? undefined : await notMail(join(mailbox, folder, name), kind)
        if (!error) entries.push(entry)
        else unreadable.push({ locator: entry.base, ...error })
      }
    }
    if (lacking.length === 2 && !(await isMailbox(mailbox))) return mailboxGone(this.tree, path)
    this.seen.set(mailbox, new Map(entries.map((entry) => [entry.base, entry])))
    return { entries, unreadable, lacking }
  }

  /** An entry as it was last seen. */
  known(path: MailboxPath, locator: string): Entry | undefined {
    return this.seen.get(folderPath(this.tree, path))?.get(locator)
  }

  /** A file has just got this name from us. */
  note(path: MailboxPath, entry: Entry): void {
    this.seen.get(folderPath(this.tree, path))?.set(entry.base, entry)
  }

  /** A message's file as it is called now; unless `fresh`, the one last seen if it is still there. Throws MESSAGE_GONE. */
  async find(path: MailboxPath, locator: string, { fresh = false } = {}): Promise<Entry> {
    const known = fresh ? undefined : this.known(path, locator)
    if (known && (await isThere(this.pathOf(path, known)))) return known
    const { entries } = await this.all(path)
    const entry = entries.findLast(({ base }) => base === locator)
    if (!entry) throw messageGone(locator)
    return entry
  }

  /**
   * Finds the message and throws MESSAGE_CHANGED unless its flags are what the caller believes; flags that no
   * file name can hold don't count. Throws MESSAGE_GONE too.
   */
  async expect(path: MailboxPath, locator: string, expected: Flags, keywords: Keywords): Promise<Entry> {
    const entry = await this.find(path, locator)
    if (!equalFlags(flagsOfLetters(entry.letters, keywords), representable(expected, keywords)))
      throw messageChanged(locator)
    return entry
  }
}

/** What a folder lists, undefined where there is none. */
async function itemsOf(folder: string): Promise<disk.Item[] | undefined> {
  try {
    await checkFolder(folder)
    return await disk.listItems(folder)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(error, folder)
  }
}

/** Why something among the messages is none. Undefined where it is one after all: a link to a file. */
async function notMail(
  path: string,
  kind: disk.Item['kind'],
): Promise<Omit<UnreadableItem, 'locator'> | undefined> {
  if (kind !== 'link') return { error: noFile(path), harmless: true }
  try {
    const behind = await lookBehind(path)
    if (behind === 'file') return undefined
    if (behind === 'foreign') return { error: foreignLink(path, 'MESSAGE_UNREADABLE') }
    return {
      error: behind === 'nothing' ? brokenLink(path, 'MESSAGE_UNREADABLE') : noFile(path),
      harmless: true,
    }
  } catch (error) {
    const words = readError(error, path, 'MESSAGE_UNREADABLE')
    if (words instanceof PacketboatError) return { error: words }
    throw error
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await disk.lstat(path)
    return true
  } catch {
    return false
  }
}

/** Throws MAILSTORE_GONE where that is why the mailbox isn't there, else MAILBOX_MISSING. */
export async function mailboxGone(tree: Tree, path: MailboxPath): Promise<never> {
  await checkRoot(tree)
  throw missing(path)
}

/** Why not all of a mailbox can be seen that lacks cur or new, and how these are made, where nothing stands in their place. */
export async function lackOf(
  folder: string,
  lacking: Listed['lacking'],
): Promise<Pick<StoreListing, 'complete'> & { readonly partial: PacketboatError }> {
  const inTheWay = await findInTheWay(lacking.map((name) => join(folder, name)))
  if (inTheWay) return { partial: inTheWay }
  const names = lacking.map((name) => `"${name}"`).join(' and ')
  const partial = new PacketboatError(
    'MAILBOX_UNREADABLE',
    `The folder ${names} in ${folder} is gone, and mail with it.`,
    `Restore that folder with its mail. To delete all of it, create an empty folder ${names} there.`,
  )
  return { partial, complete: () => completeFolder(folder) }
}
