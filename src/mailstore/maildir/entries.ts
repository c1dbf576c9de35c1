import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { equalFlags } from '../../replica/flags.js'
import type { Flags, MailboxPath } from '../../replica/model.js'
import { messageChanged, messageGone } from '../message-errors.js'
import { diskError, errnoOf } from './disk-errors.js'
import { parseFileName } from './file-name.js'
import { flagsOfLetters, type Keywords, representable } from './keywords.js'
import { checkRoot, folderPath, missing, type Tree } from './tree.js'

/** One file of a mailbox, as its folder lists it. */
export interface Entry {
  readonly folder: 'cur' | 'new'
  readonly name: string
  readonly base: string
  readonly letters: string
  readonly rest: string
}

/** What stands under a name. */
export function entryOf(folder: Entry['folder'], name: string): Entry {
  return { folder, name, ...parseFileName(name) }
}

/** The files of mailboxes: a message's name changes with its flags, and other programs change it too. */
export class Entries {
  /** As last seen, by folder and base: saves reading the folder again for every message. Never believed without a look. */
  private readonly seen = new Map<string, Map<string, Entry>>()

  constructor(private readonly tree: Tree) {}

  pathOf(path: MailboxPath, entry: Entry): string {
    return join(folderPath(this.tree, path), entry.folder, entry.name)
  }

  /** All that are there. Throws MAILBOX_MISSING, MAILSTORE_GONE. */
  async all(path: MailboxPath): Promise<Entry[]> {
    const entries: Entry[] = []
    for (const folder of ['new', 'cur'] as const) {
      const directory = join(folderPath(this.tree, path), folder)
      let names: string[]
      try {
        names = await readdir(directory)
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return mailboxGone(this.tree, path)
        throw diskError(error, directory)
      }
      for (const name of names) if (!name.startsWith('.')) entries.push(entryOf(folder, name))
    }
    this.seen.set(folderPath(this.tree, path), new Map(entries.map((entry) => [entry.base, entry])))
    return entries
  }

  /** As it was last seen. */
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
    const entries = await this.all(path)
    const entry =
      entries.find(({ name }) => name === locator) ?? entries.findLast(({ base }) => base === locator)
    if (!entry) throw messageGone(locator)
    return entry
  }

  /**
   * The same, if its flags are what the caller believes; those that no file name can hold don't count. Throws MESSAGE_GONE,
   * MESSAGE_CHANGED.
   */
  async expect(path: MailboxPath, locator: string, expected: Flags, keywords: Keywords): Promise<Entry> {
    const entry = await this.find(path, locator)
    if (!equalFlags(flagsOfLetters(entry.letters, keywords), representable(expected, keywords)))
      throw messageChanged(locator)
    return entry
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
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
