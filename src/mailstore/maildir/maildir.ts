import { access, link, mkdir, open, readdir, rename, unlink, utimes } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { concat } from '../../bytes/concat.js'
import { toHex } from '../../bytes/hex.js'
import { readRange } from '../../bytes/source.js'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { equalFlags } from '../../replica/flags.js'
import type { Flags, MailboxPath } from '../../replica/model.js'
import type {
  MailStore,
  NewMessage,
  Placed,
  StoredContent,
  StoreListing,
  StoreMessage,
} from '../../sync/mail-store.js'
import { putAside } from './aside.js'
import { diskError, errnoOf } from './disk-errors.js'
import { withDotlock } from './dotlock.js'
import { fileContent } from './file-content.js'
import { guidInBaseName, makeBaseName, parseFileName, printFileName } from './file-name.js'
import { holdFile, openHeldFile, releaseFile } from './held.js'
import {
  allotKeywords,
  canHold,
  flagsOfLetters,
  type Keywords,
  lettersOfFlags,
  readKeywords,
  representable,
} from './keywords.js'
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
}

/** One file of a mailbox, as its folder lists it. */
interface Entry {
  readonly folder: 'cur' | 'new'
  readonly name: string
  readonly base: string
  readonly letters: string
  readonly rest: string
}

/** Opens a Maildir++ tree: INBOX at its root, `.A.B` for A/B. Throws MAILSTORE_GONE, READ_ONLY. */
export async function openMaildir(root: string, options: MaildirOptions): Promise<MailStore> {
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

class Maildir implements MailStore {
  /** Files as last seen, by folder and base: saves reading the folder again for every message. Never believed without a look. */
  private readonly seen = new Map<string, Map<string, Entry>>()
  /** Folders with changes that a power cut could still undo. */
  private readonly unsettled = new Set<string>()

  constructor(
    private readonly tree: Tree,
    private readonly options: MaildirOptions,
  ) {}

  mailboxes: MailStore['mailboxes'] = () => listTree(this.tree)

  async messages(path: MailboxPath): Promise<StoreListing> {
    const folder = folderPath(this.tree, path)
    // Times first: what comes while the names are read makes the next token another one.
    const times = await folderTimes(folder)
    if (!times) return this.gone(path)
    const keywords = await readKeywords(folder)
    const list = await readUidList(folder)
    const numbers = list && byBase(list)
    const messages = (await this.entries(path)).map((entry) => {
      const message = toMessage(entry, keywords)
      return numbers ? { ...numbers.get(entry.base), ...message } : message
    })
    const fresh = Math.abs(this.options.now() - times.latestMs) < (this.options.tickMs ?? 2000)
    return {
      token: fresh ? `${times.token} too fresh` : times.token,
      messages: unique(messages),
      holds: (flag) => canHold(flag, keywords),
      ...(list && { numbering: numberingOf(list) }),
    }
  }

  async confirmGone(path: MailboxPath, locators: readonly string[]): Promise<string[]> {
    return this.locked(path, async () => {
      const present = new Set((await this.entries(path)).flatMap(({ base, name }) => [base, name]))
      return locators.filter((locator) => !present.has(locator))
    })
  }

  async open(path: MailboxPath, locator: string): Promise<StoredContent> {
    // A rename between the listing and the opening is looked after, not complained about.
    for (let attempt = 0; attempt < 5; attempt++) {
      // Whether it is still there the opening tells.
      const entry =
        (attempt === 0 && this.seen.get(folderPath(this.tree, path))?.get(locator)) ||
        (await this.find(path, locator, { fresh: true }))
      try {
        const handle = await open(this.pathOf(path, entry), 'r')
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
      const sizeBytes = await this.writeDraft(path, draft, content, message.internalDateMs)
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
      const old = replaces && (await this.expect(path, replaces.locator, replaces.flags, keywords))
      const wish = wished === undefined ? {} : { uid: wished }
      const uid = numbered ? await giveUid(folder, { base, guid, ...wish }) : undefined
      // Mail that nobody has seen or touched is new mail, as a delivery agent would leave it; what has a UID has been seen by Dovecot.
      const unseen = letters === '' && !replaces && !numbered
      const target = unseen
        ? join(folder, 'new', base)
        : join(folder, 'cur', printFileName({ base, letters, rest: '' }))
      await rename(draft, target)
      this.seen.get(folder)?.set(base, entryOf(unseen ? 'new' : 'cur', basename(target)))
      this.unsettled.add(join(folder, unseen ? 'new' : 'cur'))
      const placed: Placed = {
        locator: base,
        ...(uid !== undefined && { uid }),
        ...(unseen && { recent: true }),
      }
      if (!old || !replaces) return placed
      try {
        await unlink(this.pathOf(path, old))
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
          await link(this.pathOf(from.path, await this.find(from.path, from.locator)), draft)
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
        const entry = await this.find(path, locator, { fresh: true })
        return { ...entry, path: this.pathOf(path, entry) }
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
      const entry = await this.expect(path, locator, expected, keywords)
      const letters = lettersOfFlags(flags, keywords, entry.letters)
      const target = join(folder, 'cur', printFileName({ base: entry.base, letters, rest: entry.rest }))
      try {
        await rename(this.pathOf(path, entry), target)
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') throw messageChanged(locator)
        throw diskError(error, folder)
      }
      this.seen.get(folder)?.set(entry.base, entryOf('cur', basename(target)))
      this.unsettled.add(join(folder, 'cur'))
      this.unsettled.add(join(folder, entry.folder))
    })
  }

  async remove(path: MailboxPath, locator: string, expected: Flags): Promise<void> {
    await this.takeAway(path, locator, expected, (entry) => unlink(this.pathOf(path, entry)))
  }

  async setAside(path: MailboxPath, locator: string, expected: Flags): Promise<void> {
    await this.takeAway(path, locator, expected, (entry) =>
      putAside(this.tree.root, path, this.pathOf(path, entry), entry.base, this.options.now()),
    )
  }

  hold: MailStore['hold'] = async (path, locator, name) => {
    const file = this.pathOf(path, await this.find(path, locator))
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
      const entry = await this.expect(path, locator, expected, keywords)
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
  }

  private async mailboxFolder(path: MailboxPath): Promise<string> {
    const folder = folderPath(this.tree, path)
    return (await isMailbox(folder)) ? folder : this.gone(path)
  }

  /** A file in tmp/, on the disk for good, with the message's internal date as its time. Returns its size. */
  private async writeDraft(
    path: MailboxPath,
    draft: string,
    content: AsyncIterable<Uint8Array>,
    internalDateMs: number,
  ): Promise<number> {
    const handle = await open(draft, 'wx', 0o600).catch((error: unknown) =>
      errnoOf(error) === 'ENOENT' ? this.gone(path) : Promise.reject(error),
    )
    let size = 0
    try {
      for await (const run of inRuns(content)) {
        await handle.writeFile(run)
        size += run.length
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await utimes(draft, internalDateMs / 1000, internalDateMs / 1000)
    return size
  }

  private async gone(path: MailboxPath): Promise<never> {
    await checkRoot(this.tree)
    throw missing(path)
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

  private pathOf(path: MailboxPath, entry: Entry): string {
    return join(folderPath(this.tree, path), entry.folder, entry.name)
  }

  private async entries(path: MailboxPath): Promise<Entry[]> {
    const entries: Entry[] = []
    for (const folder of ['new', 'cur'] as const) {
      const directory = join(folderPath(this.tree, path), folder)
      let names: string[]
      try {
        names = await readdir(directory)
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return this.gone(path)
        throw diskError(error, directory)
      }
      for (const name of names)
        if (!name.startsWith('.')) entries.push({ folder, name, ...parseFileName(name) })
    }
    this.seen.set(folderPath(this.tree, path), new Map(entries.map((entry) => [entry.base, entry])))
    return entries
  }

  /** A message's file as it is called now; unless `fresh`, the one last seen if it is still there. */
  private async find(path: MailboxPath, locator: string, { fresh = false } = {}): Promise<Entry> {
    const known = fresh ? undefined : this.seen.get(folderPath(this.tree, path))?.get(locator)
    if (known && (await isThere(this.pathOf(path, known)))) return known
    const entries = await this.entries(path)
    const entry =
      entries.find(({ name }) => name === locator) ?? entries.findLast(({ base }) => base === locator)
    if (!entry) throw messageGone(locator)
    return entry
  }

  /** The same, if its flags are what the caller believes; those that no file name can hold don't count. */
  private async expect(
    path: MailboxPath,
    locator: string,
    expected: Flags,
    keywords: Keywords,
  ): Promise<Entry> {
    const entry = await this.find(path, locator)
    if (!equalFlags(flagsOfLetters(entry.letters, keywords), representable(expected, keywords)))
      throw messageChanged(locator)
    return entry
  }
}

function toMessage(entry: Entry, keywords: Keywords): StoreMessage & { readonly name: string } {
  const guid = guidInBaseName(entry.base)
  const flags = flagsOfLetters(entry.letters, keywords)
  return {
    locator: entry.base,
    name: entry.name,
    flags,
    ...(entry.folder === 'new' && { recent: true }),
    ...(guid !== undefined && { guid }),
  }
}

/**
 * One message for each base name. Seen in new/ and cur/ it was being moved: cur/ counts. Twice in cur/ with different flags, the
 * other goes by its whole name.
 */
function unique(messages: readonly (StoreMessage & { readonly name: string })[]): StoreMessage[] {
  const byBase = new Map<string, StoreMessage & { readonly name: string }>()
  const extra: StoreMessage[] = []
  for (const message of messages) {
    const before = byBase.get(message.locator)
    if (before && before.name !== before.locator) {
      const [first, second] = before.name < message.name ? [before, message] : [message, before]
      byBase.set(message.locator, second)
      extra.push({ locator: first.name, flags: first.flags })
    } else byBase.set(message.locator, message)
  }
  return [...byBase.values()].map(({ name: _, ...message }) => message).concat(extra as never[])
}

/** Small chunks go to the disk together. */
const runBytes = 65536

async function* inRuns(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    size += chunk.length
    if (size < runBytes) continue
    yield concat(waiting)
    waiting = []
    size = 0
  }
  if (size > 0) yield concat(waiting)
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

/** What stands under a name that we have just given to a file. */
function entryOf(folder: Entry['folder'], name: string): Entry {
  return { folder, name, ...parseFileName(name) }
}

const messageGone = (locator: string): PacketboatError =>
  new PacketboatError('MESSAGE_GONE', `The message ${locator} is no longer there.`, 'Sync again.')

const messageChanged = (locator: string): PacketboatError =>
  new PacketboatError(
    'MESSAGE_CHANGED',
    `The message ${locator} was changed by another program.`,
    'Sync again.',
  )
