import { basename, dirname, join } from 'node:path'
import { toHex } from '../../bytes/hex.js'
import { readRange } from '../../bytes/source.js'
import { hasCode } from '../../errors/packetboat-error.js'
import { systemCode } from '../../errors/system-code.js'
import type { Flags, MailboxPath } from '../../replica/model.js'
import type { NewMessage, NumberingPort, Placed, StoredContent } from '../../sync/mail-store.js'
import type { AsideFolder } from '../aside-folder.js'
import { messageChanged } from '../message-errors.js'
import * as disk from './disk/disk.js'
import { writeError } from './disk/disk-errors.js'
import { withDotlock } from './disk/dotlock.js'
import { FileToWrite } from './disk/file-to-write.js'
import { checkFolder, checkFolderWithin, folderError } from './disk/open-file.js'
import { hasNoLinks } from './disk/write-file.js'
import { writeDraft } from './draft.js'
import { type Entries, type Entry, mailboxGone } from './entries.js'
import { makeBaseName, printFileName } from './file-name.js'
import { allotKeywords, isSystemFlag, lettersOfFlags, readKeywords } from './keywords.js'
import { giveUid, type NumberedFile, raiseNext, renumberFiles, replaceNumbering } from './numbering.js'
import { folderPath, isMailbox, subfolders, type Tree } from './tree.js'
import { isNumbered, uidListPath } from './uidlist-file.js'

export interface WritingOptions {
  /** Wall clock, ms. */
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
}

/** Writes, flags, numbers and removes the messages of a tree. */
export class MessageWriter implements NumberingPort {
  constructor(
    private readonly tree: Tree,
    private readonly files: Entries,
    private readonly options: WritingOptions,
    private readonly store: {
      /** Folders with changes that a power cut could still undo: each that is changed here is added. */
      readonly unsettled: Set<string>
      readonly aside: AsideFolder
      readonly open: (path: MailboxPath, locator: string) => Promise<StoredContent>
    },
  ) {}

  async put(
    path: MailboxPath,
    message: NewMessage,
    content: AsyncIterable<Uint8Array>,
    replaces?: { readonly locator: string; readonly flags: Flags },
  ): Promise<Placed> {
    const folder = folderPath(this.tree, path)
    const draft = this.draftIn(folder, message)
    try {
      const sizeBytes = await writeDraft(await this.openDraft(path, draft), content, message.internalDateMs)
      return await this.land(path, message, draft, sizeBytes, replaces)
    } catch (error) {
      await disk.unlink(draft).catch(() => undefined)
      throw await this.putError(error, folder)
    }
  }

  private async putError(error: unknown, folder: string): Promise<unknown> {
    return folderError(error, [folder, ...subfolders.map((name) => join(folder, name))], folder)
  }

  private draftIn(folder: string, { guid }: NewMessage): string {
    return join(folder, 'tmp', `packetboat.${guid}.${toHex(this.options.randomBytes(8))}`)
  }

  /** A mailbox may lack its tmp/, and is looked at as a whole only then: each look takes about as long as writing a short mail. */
  private async openDraft(path: MailboxPath, draft: string): Promise<FileToWrite> {
    const folder = folderPath(this.tree, path)
    await checkFolder(folder)
    await checkFolderWithin(join(folder, 'tmp'))
    try {
      return await FileToWrite.make(draft)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      await disk.makeFolders(join(await this.folderToWrite(path), 'tmp'))
      return FileToWrite.make(draft)
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
    const plain = !replaces && message.flags.every(isSystemFlag)
    const keywords = plain ? [] : await allotKeywords(folder, message.flags, await readKeywords(folder))
    const base = makeBaseName({
      guid,
      seconds: internalDateMs / 1000,
      sizeBytes,
      randomBytes: this.options.randomBytes,
    })
    const letters = lettersOfFlags(message.flags, keywords)
    return this.drafted(path, async (numbered) => {
      const old = replaces && (await this.files.expect(path, replaces.locator, replaces.flags, keywords))
      const wish = wished === undefined ? {} : { uid: wished }
      const given = numbered ? await giveUid(folder, { base, guid, ...wish }) : undefined
      // Mail that nobody has seen or touched is new mail, as a delivery agent would leave it; what has a UID has been seen by Dovecot.
      const unseen = letters === '' && !replaces && !numbered
      const target = unseen
        ? join(folder, 'new', base)
        : join(folder, 'cur', printFileName({ base, letters, rest: '' }, this.tree.mark))
      await checkFolderWithin(dirname(target))
      await this.rename(path, draft, target)
      this.files.note(path, this.files.entryOf(unseen ? 'new' : 'cur', basename(target)))
      this.store.unsettled.add(join(folder, unseen ? 'new' : 'cur'))
      const placed: Placed = {
        locator: base,
        ...given,
        ...(unseen && { recent: true }),
      }
      if (!old || !replaces) return placed
      try {
        if (old.folder !== 'cur') await checkFolder(join(folder, old.folder))
        await disk.unlink(this.files.pathOf(path, old))
        this.store.unsettled.add(join(folder, old.folder))
        return placed
      } catch (error) {
        // Flagged or removed in this very moment: the old file decides, and the new one comes in the next round.
        await disk.unlink(target).catch(() => undefined)
        if (systemCode(error) === 'ENOENT') throw messageChanged(replaces.locator)
        throw error
      }
    })
  }

  async copy(
    from: { readonly path: MailboxPath; readonly locator: string },
    to: MailboxPath,
    message: NewMessage,
  ): Promise<Placed> {
    const folder = await this.folderToWrite(to)
    const source = await this.store.open(from.path, from.locator)
    try {
      // A link shares the file's time, which is the message's internal date.
      if (Math.abs(source.internalDateMs - message.internalDateMs) < 1000) {
        const draft = this.draftIn(folder, message)
        try {
          await disk.makeFolders(join(folder, 'tmp'))
          await disk.link(this.files.pathOf(from.path, await this.files.find(from.path, from.locator)), draft)
          if ((await disk.lstat(draft)).isSymbolicLink())
            throw Object.assign(new Error('a link'), { code: 'EPERM' })
          return await this.land(to, message, draft, source.size, undefined)
        } catch (error) {
          await disk.unlink(draft).catch(() => undefined)
          // No second name for it, or a rename in between: written again instead.
          if (!hasNoLinks(error) && systemCode(error) !== 'ENOENT') throw await this.putError(error, folder)
        }
      }
      return await this.put(to, message, readRange(source))
    } finally {
      await source.close()
    }
  }

  async renumber(
    path: MailboxPath,
    wanted: Parameters<NumberingPort['renumber']>[1],
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
    this.store.unsettled.add(join(folder, 'cur'))
    return this.changing(path, async (numbered) =>
      numbered ? renumberFiles(folder, wanted, find, this.options.randomBytes, this.tree.mark) : new Map(),
    )
  }

  async replace(...[path, numbering, uids]: Parameters<NumberingPort['replace']>): Promise<void> {
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
      const target = join(
        folder,
        'cur',
        printFileName({ base: entry.base, letters, rest: entry.rest }, this.tree.mark),
      )
      try {
        await disk.rename(this.files.pathOf(path, entry), target)
      } catch (error) {
        if (systemCode(error) === 'ENOENT') throw messageChanged(locator)
        throw await this.putError(error, folder)
      }
      this.files.note(path, this.files.entryOf('cur', basename(target)))
      this.store.unsettled.add(join(folder, 'cur'))
      this.store.unsettled.add(join(folder, entry.folder))
    })
  }

  async remove(path: MailboxPath, locator: string, expected: Flags): Promise<void> {
    await this.takeAway(path, locator, expected, (entry) => disk.unlink(this.files.pathOf(path, entry)))
  }

  async setAside(path: MailboxPath, locator: string, expected: Flags): Promise<void> {
    await this.takeAway(path, locator, expected, (entry) =>
      this.store.aside.adoptFile(path, this.files.pathOf(path, entry)),
    )
  }

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
        if (systemCode(error) === 'ENOENT') throw messageChanged(locator)
        throw writeError(error, locator)
      }
      this.store.unsettled.add(join(folderPath(this.tree, path), entry.folder))
    })
  }

  /** A mailbox's folder, where it may be written to. Throws MAILBOX_MISSING, MAILBOX_UNREADABLE. */
  async folderToWrite(path: MailboxPath): Promise<string> {
    const folder = folderPath(this.tree, path)
    await checkFolder(folder)
    let isThere = false
    for (const name of subfolders) if (await checkFolderWithin(join(folder, name))) isThere = true
    return isThere || (await isMailbox(folder)) ? folder : mailboxGone(this.tree, path)
  }

  /** In a mailbox that Dovecot numbers, files are renamed, added and removed only under its lock. */
  async changing<T>(path: MailboxPath, work: (numbered: boolean) => Promise<T>): Promise<T> {
    const numbered = isNumbered(await this.folderToWrite(path))
    return numbered ? this.locked(path, () => work(true)) : work(false)
  }

  /**
   * Does the same for a draft of ours in the mailbox's tmp/, whose folder was checked when the draft was
   * made: each check takes half as long as writing a short message.
   */
  private async drafted<T>(path: MailboxPath, work: (numbered: boolean) => Promise<T>): Promise<T> {
    const numbered = isNumbered(folderPath(this.tree, path))
    return numbered ? this.locked(path, () => work(true)) : work(false)
  }

  private async rename(path: MailboxPath, draft: string, target: string): Promise<void> {
    try {
      await disk.rename(draft, target)
    } catch (error) {
      // The mailbox may have gone meanwhile, and then that is to be said.
      if (systemCode(error) === 'ENOENT') await this.folderToWrite(path)
      throw error
    }
  }

  /** Dovecot looks at and renames files only under this lock: what it hides for a moment is there again when we hold it. */
  async locked<T>(path: MailboxPath, work: () => Promise<T>): Promise<T> {
    return withDotlock(uidListPath(await this.folderToWrite(path)), work)
  }
}
