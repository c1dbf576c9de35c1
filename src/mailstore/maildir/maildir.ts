import { join } from 'node:path'
import { hasCode } from '../../errors/packetboat-error.js'
import { systemCode } from '../../errors/system-code.js'
import type { MailboxPath } from '../../replica/model.js'
import type {
  EvictionsPort,
  HeldMessagesPort,
  MailStore,
  NumberingPort,
  SearchMailboxesPort,
  StoredContent,
  StoreListing,
} from '../../sync/mail-store.js'
import { type AsideBounds, AsideFolder } from '../aside-folder.js'
import { messageGone } from '../message-errors.js'
import { deleteFolder, makeFolder, renameFolder, syncFolder } from './change-folders.js'
import * as disk from './disk/disk.js'
import { clockOfDisk } from './disk/disk-clock.js'
import { makeError, readError, writeError } from './disk/disk-errors.js'
import { textOfBytes } from './disk/disk-text.js'
import { Entries, lackOf, mailboxGone } from './entries.js'
import { evictionsIn } from './evictions.js'
import { openContent } from './file-content.js'
import { holdFile, openHeldFile, releaseFile } from './held.js'
import { canHold, readKeywords } from './keywords.js'
import { messagesOfFiles } from './listing.js'
import { detectMark, detectNaming, type LayoutChoice } from './names/detect-naming.js'
import type { NameEncoding } from './names/mailbox-name.js'
import { writeSubscription } from './names/subscriptions.js'
import { byBase, numberingOf } from './numbering.js'
import { searchesIn } from './search-folder.js'
import { keepSecretFile } from './secret.js'
import {
  checkRoot,
  type FolderTimes,
  folderPath,
  folderTimes,
  isGone,
  isMailbox,
  lineOf,
  listTree,
  mailboxAt,
  nameTree,
  pathOfKey,
  pathOfLine,
  subfolders,
  type Tree,
} from './tree.js'
import { findTwins, separateTwins, unreadableTwins } from './twins.js'
import { isDovecotTree, readUidList, writeUidList } from './uidlist-file.js'
import { MessageWriter, type WritingOptions } from './write-messages.js'

/** `now` says also whether a directory time is too fresh to be trusted. */
export interface MaildirOptions extends WritingOptions {
  /** How mailbox names stand on disk. */
  readonly names: NameEncoding
  /** How folders lie; `auto` where nothing is said. */
  readonly layout?: LayoutChoice
  /** Make the tree when it isn't there. */
  readonly create?: boolean
  /** A directory time this close to now may still cover a later change: the coarsest file systems count in 2 s. */
  readonly tickMs?: number
  /** How much of what is set aside stays. */
  readonly aside?: AsideBounds
}

/** A Maildir, and where it puts what is set aside. */
export interface MaildirStore extends MailStore {
  readonly aside: AsideFolder
}

/** Opens a Maildir tree of either layout. Throws MAILSTORE_GONE, READ_ONLY. */
export async function openMaildir(where: string, options: MaildirOptions): Promise<MaildirStore> {
  const root = textOfBytes(Buffer.from(where))
  const { names: encoding, layout = 'auto' } = options
  const naming = await detectNaming(root, { encoding, layout })
  const inbox = join(root, naming.inbox ?? '')
  if (options.create)
    try {
      for (const name of [...subfolders].reverse()) await disk.makeFolders(join(inbox, name))
    } catch (error) {
      throw makeError(error, root)
    }
  const mark = await detectMark(inbox)
  const tree: Tree = {
    root,
    naming: { ...naming, narrow: mark !== ':' },
    mark,
    odd: new Map(),
    searches: new Set(),
  }
  await nameTree(tree)
  return new Maildir(tree, options)
}

class Maildir implements MaildirStore {
  readonly aside: AsideFolder
  /** Dovecot may number any of the mailboxes. */
  readonly numbering: NumberingPort
  readonly evictions: EvictionsPort
  readonly searches: SearchMailboxesPort
  private readonly files: Entries
  private readonly writer: MessageWriter
  /** Folders with changes that a power cut could still undo. */
  private readonly unsettled = new Set<string>()
  private secret: Uint8Array | undefined

  constructor(
    private readonly tree: Tree,
    private readonly options: MaildirOptions,
  ) {
    this.files = new Entries(tree)
    const { now, randomBytes, aside: bounds } = options
    this.aside = new AsideFolder(join(tree.root, 'packetboat-expunged'), {
      now,
      randomBytes,
      ...(bounds && { bounds }),
    })
    const { open, unsettled, aside } = this
    this.writer = new MessageWriter(tree, this.files, { now, randomBytes }, { open, unsettled, aside })
    this.numbering = this.writer
    this.evictions = evictionsIn(tree, this.files)
    this.searches = searchesIn(tree, unsettled, (path) => this.setSubscribed(path, true))
  }

  mailboxes: MailStore['mailboxes'] = () => listTree(this.tree)

  confirmMailboxGone: MailStore['confirmMailboxGone'] = async ({ path }) => {
    await checkRoot(this.tree)
    return isGone(this.tree, path)
  }

  async listLocators(path: MailboxPath): Promise<string[]> {
    return (await this.files.all(path)).entries.map(({ base }) => base)
  }

  async messages(path: MailboxPath): Promise<StoreListing> {
    const folder = folderPath(this.tree, path)
    // Times first: what comes while the names are read makes the next token another one.
    const times = await folderTimes(folder)
    if (!times) return mailboxGone(this.tree, path)
    const keywords = await readKeywords(folder)
    const list = await readUidList(folder)
    const { entries, unreadable, lacking } = await this.listed(path)
    const fresh = await this.isFresh(folder, times)
    return {
      token: fresh ? `${times.token} too fresh` : times.token,
      messages: messagesOfFiles(entries, keywords, list && byBase(list)),
      ...(unreadable.length > 0 && { unreadable }),
      ...(lacking.length > 0 && (await lackOf(folder, lacking))),
      holds: (flag) => canHold(flag, keywords),
      ...(list && { numbering: numberingOf(list) }),
    }
  }

  /**
   * Whether a change in the folder now could leave its times as they are. A disk that counts in whole seconds
   * may belong to another machine with a clock of its own, so it is asked for its time.
   */
  private async isFresh(folder: string, { latestMs, isCoarse }: FolderTimes): Promise<boolean> {
    const { now, randomBytes, tickMs = 2000 } = this.options
    const isNear = (nowMs: number): boolean => Math.abs(nowMs - latestMs) < tickMs
    if (isNear(now())) return true
    const there = isCoarse ? await clockOfDisk(folder, randomBytes) : undefined
    return there !== undefined && isNear(there)
  }

  /** What lies in a mailbox, each under a name of its own. */
  private async listed(path: MailboxPath): ReturnType<Entries['all']> {
    const listed = await this.files.all(path)
    if (findTwins(listed.entries).length === 0) return listed
    const folder = folderPath(this.tree, path)
    try {
      await this.writer.changing(path, async () => {
        const { entries } = await this.files.all(path)
        await separateTwins(folder, findTwins(entries), this.tree.mark)
      })
    } catch (error) {
      const words = writeError(error, folder)
      if (!hasCode(words, 'READ_ONLY') && !hasCode(words, 'DISK_FULL')) throw words
    }
    const now = await this.files.all(path)
    const twins = unreadableTwins(findTwins(now.entries))
    const hidden = new Set(twins.map(({ entry }) => entry))
    return {
      ...now,
      entries: now.entries.filter((entry) => !hidden.has(entry)),
      unreadable: [...now.unreadable, ...twins.map(({ item }) => item)],
    }
  }

  async confirmGone(path: MailboxPath, locators: readonly string[]): Promise<string[]> {
    return this.writer.locked(path, async () => {
      const { entries, unreadable, lacking } = await this.files.all(path)
      if (lacking.length > 0) throw (await lackOf(folderPath(this.tree, path), lacking)).partial
      const present = new Set([
        ...entries.map(({ base }) => base),
        ...unreadable.map(({ locator }) => locator),
      ])
      return locators.filter((locator) => !present.has(locator))
    })
  }

  open = async (path: MailboxPath, locator: string): Promise<StoredContent> => {
    // A rename between the listing and the opening is looked after, not complained about.
    for (let attempt = 0; attempt < 5; attempt++) {
      // Whether it is still there the opening tells.
      const entry =
        (attempt === 0 && this.files.known(path, locator)) ||
        (await this.files.find(path, locator, { fresh: true }))
      try {
        return await openContent(this.files.pathOf(path, entry))
      } catch (error) {
        if (systemCode(error) !== 'ENOENT')
          throw readError(error, this.files.pathOf(path, entry), 'MESSAGE_UNREADABLE')
      }
    }
    throw messageGone(locator)
  }

  async createMailbox(path: MailboxPath) {
    await checkRoot(this.tree)
    await makeFolder(this.tree, path)
    // Where Dovecot serves the tree, this mailbox is numbered from its beginning.
    if (await isDovecotTree(this.tree.root)) {
      const uidValidity = Math.floor(this.options.now() / 1000) % 2 ** 31 || 1
      const list = { uidValidity, uidNext: 1, otherFields: [], records: [] }
      const folder = folderPath(this.tree, path)
      await this.writer.locked(path, async () => {
        if (!(await readUidList(folder))) await writeUidList(folder, list)
      })
    }
    this.unsettled.add(this.tree.root).add(folderPath(this.tree, path))
    return mailboxAt(this.tree, path)
  }

  async renameMailbox(from: MailboxPath, to: MailboxPath): Promise<void> {
    await renameFolder(this.tree, from, to)
    this.unsettled.add(this.tree.root)
  }

  async deleteMailbox(path: MailboxPath): Promise<void> {
    await checkRoot(this.tree)
    await deleteFolder(this.tree, path)
    this.unsettled.add(this.tree.root)
  }

  async setSubscribed(path: MailboxPath, subscribed: boolean): Promise<void> {
    const { tree } = this
    const named = (each: MailboxPath) => ({ path: each, name: lineOf(tree, each) })
    const odd = new Map([...tree.odd].map(([key, folder]) => [folder, pathOfKey(key)]))
    await writeSubscription(tree.root, path, subscribed, {
      own: (await isMailbox(folderPath(tree, path))) ? named(path) : undefined,
      all: async () => (await listTree(tree)).map((mailbox) => named(mailbox.path)),
      pathOf: (line) => pathOfLine(tree, odd, line),
    })
  }

  put: MailStore['put'] = (...args) => this.writer.put(...args)
  copy: MailStore['copy'] = (...args) => this.writer.copy(...args)
  setFlags: MailStore['setFlags'] = (path, locator, expected, flags) =>
    this.writer.setFlags(path, locator, expected, flags)
  remove: MailStore['remove'] = (path, locator, expected) => this.writer.remove(path, locator, expected)
  setAside: MailStore['setAside'] = (path, locator, expected) => this.writer.setAside(path, locator, expected)

  readonly held: HeldMessagesPort = {
    hold: async (path, locator, name) => {
      const file = this.files.pathOf(path, await this.files.find(path, locator))
      try {
        await holdFile(this.tree.root, file, name)
      } catch (error) {
        throw systemCode(error) === 'ENOENT' ? messageGone(locator) : error
      }
    },
    open: (name) => openHeldFile(this.tree.root, name),
    release: (name) => releaseFile(this.tree.root, name),
  }

  keepSecret: NonNullable<MailStore['keepSecret']> = async (secret) => {
    this.secret ??= await keepSecretFile(this.tree.root, secret)
    return this.secret
  }

  async flush(paths: readonly MailboxPath[] = []): Promise<void> {
    for (const path of paths)
      for (const name of ['cur', 'new']) this.unsettled.add(join(folderPath(this.tree, path), name))
    for (const folder of this.unsettled) {
      await syncFolder(folder)
      this.unsettled.delete(folder)
    }
    await this.aside.trim()
  }
}
