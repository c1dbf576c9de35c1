import { link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { toHex } from '../../bytes/hex.js'
import { readRange } from '../../bytes/source.js'
import { hasCode } from '../../errors/packetboat-error.js'
import type { Flags, MailboxPath } from '../../replica/model.js'
import type { MailStore, NewMessage, Placed, StoredContent, StoreListing } from '../../sync/mail-store.js'
import { type AsideBounds, AsideFolder } from '../aside-folder.js'
import { messageChanged, messageGone } from '../message-errors.js'
import { diskError, errnoOf } from './disk-errors.js'
import { withDotlock } from './dotlock.js'
import { writeDraft } from './draft.js'
import { Entries, type Entry, entryOf, mailboxGone } from './entries.js'
import { fileContent } from './file-content.js'
import { makeBaseName, printFileName } from './file-name.js'
import { holdFile, openHeldFile, releaseFile } from './held.js'
import { allotKeywords, canHold, lettersOfFlags, readKeywords } from './keywords.js'
import { messagesOfFiles } from './listing.js'
import type { NameEncoding } from './mailbox-name.js'
import {
  byBase,
  giveUid,
  type NumberedFile,
  numberingOf,
  raiseNext,
  renumberFiles,
  replaceNumbering,
} from './numbering.js'
import { giveToOwner } from './owner.js'
import { writeSubscription } from './subscriptions.js'
import {
  checkRoot,
  deleteFolder,
  folderPath,
  folderTimes,
  isGone,
  isMailbox,
  listTree,
  makeFolder,
  missing,
  renameFolder,
  subfolders,
  syncFolder,
  type Tree,
} from './tree.js'
import { isDovecotTree, isNumbered, readUidList, uidListPath, writeUidList } from './uidlist-file.js'

export interface MaildirOptions {
  /** How mailbox names stand on disk. */
  readonly names: NameEncoding
  /** Wall clock, ms: only to tell whether a directory time is too fresh to be trusted. */
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
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

/** Opens a Maildir++ tree: INBOX at its root, `.A.B` for A/B. Throws MAILSTORE_GONE, READ_ONLY. */
export async function openMaildir(root: string, options: MaildirOptions): Promise<MaildirStore> {
  const tree: Tree = { root, encoding: options.names }
  if (options.create) {
    try {
      for (const name of [...subfolders].reverse())
        await mkdir(join(root, name), { recursive: true, mode: 0o700 })
    } catch (error) {
      throw diskError(error, root)
    }
  }
  await checkRoot(tree)
  return new Maildir(tree, options)
}

class Maildir implements MaildirStore {
  readonly aside: AsideFolder
  private readonly files: Entries
  /** Folders with changes that a power cut could still undo. */
  private readonly unsettled = new Set<string>()

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
  }

  mailboxes: MailStore['mailboxes'] = () => listTree(this.tree)

  confirmMailboxGone: MailStore['confirmMailboxGone'] = async ({ path }) => {
    await checkRoot(this.tree)
    return isGone(folderPath(this.tree, path))
  }

  async messages(path: MailboxPath): Promise<StoreListing> {
    const folder = folderPath(this.tree, path)
    // Times first: what comes while the names are read makes the next token another one.
    const times = await folderTimes(folder)
    if (!times) return mailboxGone(this.tree, path)
    const keywords = await readKeywords(folder)
    const list = await readUidList(folder)
    const messages = messagesOfFiles(await this.files.all(path), keywords, list && byBase(list))
    const fresh = Math.abs(this.options.now() - times.latestMs) < (this.options.tickMs ?? 2000)
    return {
      token: fresh ? `${times.token} too fresh` : times.token,
      messages,
      holds: (flag) => canHold(flag, keywords),
      ...(list && { numbering: numberingOf(list) }),
    }
  }

  async confirmGone(path: MailboxPath, locators: readonly string[]): Promise<string[]> {
    return this.locked(path, async () => {
      const present = new Set((await this.files.all(path)).flatMap(({ base, name }) => [base, name]))
      return locators.filter((locator) => !present.has(locator))
    })
  }

  async open(path: MailboxPath, locator: string): Promise<StoredContent> {
    // A rename between the listing and the opening is looked after, not complained about.
    for (let attempt = 0; attempt < 5; attempt++) {
      // Whether it is still there the opening tells.
      const entry =
        (attempt === 0 && this.files.known(path, locator)) ||
        (await this.files.find(path, locator, { fresh: true }))
      try {
        const handle = await open(this.files.pathOf(path, entry), 'r')
        const { size, mtimeMs } = await handle.stat()
        return fileContent(handle, size, mtimeMs)
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw diskError(error, locator)
      }
    }
    throw messageGone(locator)
  }

  async createMailbox(path: MailboxPath) {
    await checkRoot(this.tree)
    await makeFolder(this.tree, path)
    // Where a Dovecot looks after the tree, this mailbox is numbered from its beginning.
    if (await isDovecotTree(this.tree.root)) {
      const uidValidity = Math.floor(this.options.now() / 1000) % 2 ** 31 || 1
      const list = { uidValidity, uidNext: 1, otherFields: [], records: [] }
      const folder = folderPath(this.tree, path)
      await this.locked(path, async () => {
        if (!(await readUidList(folder))) await writeUidList(folder, list)
      })
    }
    this.unsettled.add(this.tree.root).add(folderPath(this.tree, path))
    const made = (await listTree(this.tree)).find(
      (mailbox) => folderPath(this.tree, mailbox.path) === folderPath(this.tree, path),
    )
    if (!made) throw missing(path)
    return made
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
    const all = (await listTree(this.tree)).map((mailbox) => mailbox.path)
    await writeSubscription(this.tree.root, this.tree.encoding, path, subscribed, all)
  }

  async put(
    path: MailboxPath,
    message: NewMessage,
    content: AsyncIterable<Uint8Array>,
    replaces?: { readonly locator: string; readonly flags: Flags },
  ): Promise<Placed> {
    const folder = folderPath(this.tree, path)
    const draft = join(folder, 'tmp', `packetboat.${message.guid}.${toHex(this.options.randomBytes(8))}`)
    try {
      const sizeBytes = await writeDraft(draft, content, message.internalDateMs).catch(
        async (error: unknown) => {
          if (errnoOf(error) === 'ENOENT') await this.mailboxFolder(path)
          throw error
        },
      )
      await giveToOwner(draft, folder)
      return await this.land(path, message, draft, sizeBytes, replaces)
    } catch (error) {
      await unlink(draft).catch(() => undefined)
      throw diskError(error, folder)
    }
  }

  /** Gives a finished file in tmp/ its name, and in a numbered mailbox its UID. */
  private async land(
    path: MailboxPath,
    message: NewMessage,
    draft: string,
    sizeBytes: number,
    replaces: { readonly locator: string; readonly flags: Flags } | undefined,
  ): Promise<Placed> {
    const folder = folderPath(this.tree, path)
    const { guid, internalDateMs, uid: wished } = message
    const keywords = await allotKeywords(folder, message.flags, await readKeywords(folder))
    const base = makeBaseName({
      guid,
      seconds: internalDateMs / 1000,
      sizeBytes,
      randomBytes: this.options.randomBytes,
    })
    const letters = lettersOfFlags(message.flags, keywords)
    return this.changing(path, async (numbered) => {
      const old = replaces && (await this.files.expect(path, replaces.locator, replaces.flags, keywords))
      const wish = wished === undefined ? {} : { uid: wished }
      const uid = numbered ? await giveUid(folder, { base, guid, ...wish }) : undefined
      // Mail that nobody has seen or touched is new mail, as a delivery agent would leave it; what has a UID has been seen by Dovecot.
      const unseen = letters === '' && !replaces && !numbered
      const target = unseen
        ? join(folder, 'new', base)
        : join(folder, 'cur', printFileName({ base, letters, rest: '' }))
      await rename(draft, target)
      this.files.note(path, entryOf(unseen ? 'new' : 'cur', basename(target)))
      this.unsettled.add(join(folder, unseen ? 'new' : 'cur'))
      const placed: Placed = {
        locator: base,
        ...(uid !== undefined && { uid }),
        ...(unseen && { recent: true }),
      }
      if (!old || !replaces) return placed
      try {
        await unlink(this.files.pathOf(path, old))
        this.unsettled.add(join(folder, old.folder))
        return placed
      } catch (error) {
        // Flagged or removed in this very moment: the old file decides, and the new one comes in the next round.
        await unlink(target).catch(() => undefined)
        if (errnoOf(error) === 'ENOENT') throw messageChanged(replaces.locator)
        throw error
      }
    })
  }

  async copy(
    from: { readonly path: MailboxPath; readonly locator: string },
    to: MailboxPath,
    message: NewMessage,
  ): Promise<Placed> {
    const folder = await this.mailboxFolder(to)
    const source = await this.open(from.path, from.locator)
    try {
      // A link shares the file's time, which is the message's internal date.
      if (Math.abs(source.internalDateMs - message.internalDateMs) < 1000) {
        const draft = join(folder, 'tmp', `packetboat.${message.guid}.${toHex(this.options.randomBytes(8))}`)
        try {
          await link(this.files.pathOf(from.path, await this.files.find(from.path, from.locator)), draft)
          return await this.land(to, message, draft, source.size, undefined)
        } catch (error) {
          await unlink(draft).catch(() => undefined)
          // Another disk, or one without links, or a rename in between: written again instead.
          if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOENT', 'EOPNOTSUPP'].includes(errnoOf(error) ?? ''))
            throw diskError(error, folder)
        }
      }
      return await this.put(to, message, readRange(source))
    } finally {
      await source.close()
    }
  }

  async renumber(
    path: MailboxPath,
    wanted: Parameters<MailStore['renumber']>[1],
  ): Promise<ReadonlyMap<string, Placed>> {
    const folder = folderPath(this.tree, path)
    const find = async (locator: string): Promise<NumberedFile | undefined> => {
      try {
        const entry = await this.files.find(path, locator, { fresh: true })
        return { ...entry, path: this.files.pathOf(path, entry) }
      } catch (error) {
        if (hasCode(error, 'MESSAGE_GONE')) return undefined
        throw error
      }
    }
    this.unsettled.add(join(folder, 'cur'))
    return this.changing(path, async (numbered) =>
      numbered ? renumberFiles(folder, wanted, find, this.options.randomBytes) : new Map(),
    )
  }

  async setNumbering(...[path, numbering, uids]: Parameters<MailStore['setNumbering']>): Promise<void> {
    await this.changing(path, async (numbered) => {
      if (numbered) await replaceNumbering(folderPath(this.tree, path), numbering, uids)
    })
  }

  async raiseUidNext(path: MailboxPath, uidNext: number): Promise<void> {
    await this.changing(path, async (numbered) => {
      if (numbered) await raiseNext(folderPath(this.tree, path), uidNext)
    })
  }

  async setFlags(path: MailboxPath, locator: string, expected: Flags, flags: Flags): Promise<void> {
    const folder = folderPath(this.tree, path)
    const keywords = await allotKeywords(folder, flags, await readKeywords(folder))
    await this.changing(path, async () => {
      const entry = await this.files.expect(path, locator, expected, keywords)
      const letters = lettersOfFlags(flags, keywords, entry.letters)
      const target = join(folder, 'cur', printFileName({ base: entry.base, letters, rest: entry.rest }))
      try {
        await rename(this.files.pathOf(path, entry), target)
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') throw messageChanged(locator)
        throw diskError(error, folder)
      }
      this.files.note(path, entryOf('cur', basename(target)))
      this.unsettled.add(join(folder, 'cur'))
      this.unsettled.add(join(folder, entry.folder))
    })
  }

  async remove(path: MailboxPath, locator: string, expected: Flags): Promise<void> {
    await this.takeAway(path, locator, expected, (entry) => unlink(this.files.pathOf(path, entry)))
  }

  async setAside(path: MailboxPath, locator: string, expected: Flags): Promise<void> {
    await this.takeAway(path, locator, expected, (entry) =>
      this.aside.takeFile(path, this.files.pathOf(path, entry)),
    )
  }

  hold: MailStore['hold'] = async (path, locator, name) => {
    const file = this.files.pathOf(path, await this.files.find(path, locator))
    try {
      await holdFile(this.tree.root, file, name)
    } catch (error) {
      throw errnoOf(error) === 'ENOENT' ? messageGone(locator) : error
    }
  }

  openHeld: MailStore['openHeld'] = (name) => openHeldFile(this.tree.root, name)

  release: MailStore['release'] = (name) => releaseFile(this.tree.root, name)

  private async takeAway(
    path: MailboxPath,
    locator: string,
    expected: Flags,
    take: (entry: Entry) => Promise<void>,
  ): Promise<void> {
    const keywords = await readKeywords(folderPath(this.tree, path))
    await this.changing(path, async () => {
      const entry = await this.files.expect(path, locator, expected, keywords)
      try {
        await take(entry)
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') throw messageChanged(locator)
        throw diskError(error, locator)
      }
      this.unsettled.add(join(folderPath(this.tree, path), entry.folder))
    })
  }

  async settle(paths: readonly MailboxPath[] = []): Promise<void> {
    for (const path of paths)
      for (const name of ['cur', 'new']) this.unsettled.add(join(folderPath(this.tree, path), name))
    for (const folder of this.unsettled) {
      await syncFolder(folder)
      this.unsettled.delete(folder)
    }
    await this.aside.trim()
  }

  private async mailboxFolder(path: MailboxPath): Promise<string> {
    const folder = folderPath(this.tree, path)
    return (await isMailbox(folder)) ? folder : mailboxGone(this.tree, path)
  }

  /** In a mailbox that Dovecot numbers, files are renamed, added and removed under its lock only. */
  private async changing<T>(path: MailboxPath, work: (numbered: boolean) => Promise<T>): Promise<T> {
    const numbered = await isNumbered(await this.mailboxFolder(path))
    return numbered ? this.locked(path, () => work(true)) : work(false)
  }

  /** Dovecot looks at and renames files only under this lock: what it hides for a moment is there again when we hold it. */
  private async locked<T>(path: MailboxPath, work: () => Promise<T>): Promise<T> {
    return withDotlock(uidListPath(await this.mailboxFolder(path)), work)
  }
}
