import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { concat } from '../../bytes/concat.js'
import { readRange } from '../../bytes/source.js'
import { hasCode } from '../../errors/packetboat-error.js'
import { pathText } from '../../replica/model.js'
import type { MailStore, Placed, StoreListing, StoreMailbox } from '../../sync/mail-store.js'
import type { AsideFolder } from '../aside-folder.js'
import { errnoOf, readError, writeError } from '../maildir/disk/disk-errors.js'
import { openContent } from '../maildir/file-content.js'
import { appendMessage } from './append-message.js'
import { createMailbox, deleteMailbox, renameMailbox, setSubscribed } from './change-mailboxes.js'
import { expunge, goneOf, standingAs, storeFlags } from './change-messages.js'
import { checkServer, type ServerCheck } from './check-server.js'
import { ImapConnection } from './imap-connection.js'
import type { ImapServer } from './imap-server.js'
import type { ImapSession } from './imap-session.js'
import { printLocator } from './locator.js'
import { isMailboxGone, type ListedMailbox, listMailboxes } from './mailbox-list.js'
import { scanMailbox } from './mailbox-scan.js'
import { printToken } from './mailbox-token.js'
import { MessageReader } from './message-reader.js'
import { copyMessage, moveMessage } from './transfer-message.js'
import { watchMailboxes } from './watch-mailboxes.js'

export interface ImapMailStoreOptions {
  readonly server: ImapServer
  /** Wall clock, ms: how long to keep away from a server that failed. */
  readonly now: () => number
  /**
   * For so long the flags of a mailbox without mod-sequences aren't read again when its numbers of messages and of unseen ones stay: that takes
   * all flags of all messages each time. None by default.
   */
  readonly flagsFreshMs?: number
  /** A server that says nothing for so long is away. Two minutes by default. */
  readonly silenceMs?: number
  /** A folder for bytes that are held under names of their own. */
  readonly heldFolder: string
  /** Where what is set aside is kept. */
  readonly aside: AsideFolder
}

/** The mail store port over an IMAP server, which it needn't have reached when this returns. */
export interface ImapMailStore extends MailStore {
  readonly aside: AsideFolder
  move: NonNullable<MailStore['move']>
  /** Tells of changes until the signal is aborted, on a connection of its own: IDLE, and NOTIFY for the mailboxes beside INBOX. */
  watch(changed: () => void, signal: AbortSignal): Promise<void>
  /** What the server offers, and what that will cost. Changes nothing. */
  check(signal: AbortSignal): Promise<ServerCheck>
  /** Bytes to and from the server so far. */
  traffic(): { readonly sent: number; readonly received: number }
  close(): Promise<void>
}

export function openImapMailStore(options: ImapMailStoreOptions): ImapMailStore {
  return new ImapStore(options)
}

class ImapStore implements ImapMailStore {
  readonly retriesCost = true
  readonly aside: AsideFolder
  private readonly connection: ImapConnection
  private readonly reader: MessageReader
  /** Whole listings that a look at the mailboxes needed, for the look into them that follows. */
  private readonly scanned = new Map<string, StoreListing>()
  /** When the flags of mailboxes without mod-sequences were last read, and how the mailbox stood. */
  private readonly looked = new Map<string, { counts: string; token: string; atMs: number }>()
  /** MAILBOXIDs, which only a mailbox that is selected tells of, by name and UIDVALIDITY. */
  private readonly mailboxIds = new Map<string, string | undefined>()

  constructor(private readonly options: ImapMailStoreOptions) {
    this.aside = options.aside
    this.connection = new ImapConnection(options.server, options.now, options.silenceMs)
    this.reader = new MessageReader(this.connection, options.server.wholeBytes)
  }

  traffic: ImapMailStore['traffic'] = () => this.connection.traffic()

  check: ImapMailStore['check'] = (signal) =>
    this.connection.run((session) => checkServer(session, session.software, this.options.server), {
      signal,
    })

  watch: ImapMailStore['watch'] = (changed, signal) => watchMailboxes(this.options.server, changed, signal)

  close: ImapMailStore['close'] = () => this.connection.close()

  mailboxes: MailStore['mailboxes'] = (signal) =>
    this.connection.run(
      async (session) => {
        const listed = await listMailboxes(session, this.options.server.leaveOut)
        this.scanned.clear()
        const mailboxes: StoreMailbox[] = []
        for (const mailbox of listed) {
          const token = await this.tokenOf(session, mailbox)
          if (token === undefined) continue
          const id = await this.idOf(session, mailbox)
          mailboxes.push(storeMailbox({ ...mailbox, ...(id !== undefined && { id }) }, listed, token))
        }
        return mailboxes
      },
      { signal },
    )

  confirmMailboxGone: MailStore['confirmMailboxGone'] = ({ path }) =>
    this.connection.run((session) => isMailboxGone(session, path))

  private async idOf(
    session: ImapSession,
    { path, name, id, state }: ListedMailbox,
  ): Promise<string | undefined> {
    if (id !== undefined || !session.offers('OBJECTID')) return id
    const key = `${name}\n${state?.uidValidity}`
    if (!this.mailboxIds.has(key)) {
      const { mailboxId, uidValidity } = await session.select(path)
      if (uidValidity !== state?.uidValidity) return undefined
      this.mailboxIds.set(key, mailboxId)
    }
    return this.mailboxIds.get(key)
  }

  /** Undefined when the mailbox has just gone. */
  private async tokenOf(session: ImapSession, mailbox: ListedMailbox): Promise<string | undefined> {
    const { path, state, unseen } = mailbox
    if (!state) return undefined
    if (state.modseq !== undefined) return printToken(state)
    const now = this.options.now()
    const looked = this.looked.get(pathText(path))
    const counts = `${printToken(state)} ${unseen}`
    const fresh = looked !== undefined && Math.abs(now - looked.atMs) < (this.options.flagsFreshMs ?? 0)
    if (fresh && looked.counts === counts) return looked.token
    try {
      const listing = await scanMailbox(session, path, undefined)
      this.scanned.set(pathText(path), listing)
      this.looked.set(pathText(path), { counts, token: listing.token, atMs: now })
      return listing.token
    } catch (error) {
      if (hasCode(error, 'MAILBOX_MISSING')) return undefined
      throw error
    }
  }

  messages: MailStore['messages'] = async (path, { since, signal } = {}) => {
    const scanned = this.scanned.get(pathText(path))
    this.scanned.delete(pathText(path))
    return scanned ?? this.connection.run((session) => scanMailbox(session, path, since), { signal })
  }

  confirmGone: MailStore['confirmGone'] = (path, locators) =>
    this.connection.run((session) => goneOf(session, path, locators))

  open: MailStore['open'] = (path, locator) => this.reader.open(path, locator)

  createMailbox: MailStore['createMailbox'] = (path) =>
    this.connection.run(
      async (session) => {
        const made = await createMailbox(session, path)
        const id = await this.idOf(session, made)
        // Its token is that of nothing yet: the first look into it looks at everything.
        return storeMailbox(
          { ...made, ...(id !== undefined && { id }) },
          await listMailboxes(session, []),
          '',
        )
      },
      { again: false },
    )

  renameMailbox: MailStore['renameMailbox'] = (from, to) =>
    this.connection.run((session) => renameMailbox(session, from, to), { again: false })

  deleteMailbox: MailStore['deleteMailbox'] = (path) =>
    this.connection.run((session) => deleteMailbox(session, path), { again: false })

  setSubscribed: MailStore['setSubscribed'] = (path, subscribed) =>
    this.connection.run((session) => setSubscribed(session, path, subscribed))

  put: MailStore['put'] = async (path, message, content, replaces) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk.slice())
    if (replaces)
      await this.connection.run((session) => standingAs(session, path, replaces.locator, replaces.flags))
    const { altered, ...place } = await appendMessage(this.connection, path, message, concat(chunks))
    const placed: Placed = { locator: printLocator(place), uid: place.uid, ...(altered && { altered }) }
    if (!replaces) return placed
    try {
      await this.remove(path, replaces.locator, replaces.flags)
      return placed
    } catch (error) {
      // Changed in this very moment: the old one decides, and the new one comes in the next round.
      await this.remove(path, placed.locator, message.flags)
      throw error
    }
  }

  copy: MailStore['copy'] = async (from, to, message) => {
    const copied = await this.connection.run((session) => copyMessage(session, from, to, message), {
      again: false,
    })
    if (copied) return copied
    const source = await this.open(from.path, from.locator)
    return this.put(to, message, readRange(source))
  }

  move: ImapMailStore['move'] = async (from, to, message) => {
    const moved = await this.connection.run((session) => moveMessage(session, from, to, message), {
      again: false,
    })
    if (moved) this.reader.forget(from.path, from.locator)
    return moved
  }

  /** UIDs are the server's to give. */
  renumber: MailStore['renumber'] = async () => new Map()

  setNumbering: MailStore['setNumbering'] = async () => {}

  raiseUidNext: MailStore['raiseUidNext'] = async () => {}

  setFlags: MailStore['setFlags'] = (path, locator, expected, flags) =>
    this.connection.run(
      async (session) => {
        await storeFlags(session, await standingAs(session, path, locator, expected), flags)
      },
      { again: false },
    )

  remove: MailStore['remove'] = (path, locator, expected) =>
    this.connection.run(
      async (session) => {
        await expunge(session, await standingAs(session, path, locator, expected), locator)
        this.reader.forget(path, locator)
      },
      { again: false },
    )

  /** Here, not in a mailbox of the server's: there everybody would see it, and devices would get it as new mail. */
  setAside: MailStore['setAside'] = async (path, locator, expected) => {
    const source = await this.open(path, locator)
    try {
      await this.aside.takeBytes(path, source)
    } finally {
      await source.close()
    }
    await this.remove(path, locator, expected)
  }

  hold: MailStore['hold'] = async (path, locator, name) => {
    const { heldFolder } = this.options
    const source = await this.open(path, locator)
    const draft = join(heldFolder, `${name}.draft`)
    try {
      await mkdir(heldFolder, { recursive: true, mode: 0o700 })
      const handle = await open(draft, 'w', 0o600)
      try {
        for await (const chunk of readRange(source)) await handle.writeFile(chunk)
        await handle.sync()
        await handle.utimes(source.internalDateMs / 1000, source.internalDateMs / 1000)
      } finally {
        await handle.close()
      }
      await rename(draft, join(heldFolder, name))
    } catch (error) {
      throw writeError(error, heldFolder)
    }
  }

  openHeld: MailStore['openHeld'] = async (name) => {
    try {
      return await openContent(join(this.options.heldFolder, name))
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw readError(error, join(this.options.heldFolder, name), 'MESSAGE_UNREADABLE')
    }
  }

  release: MailStore['release'] = async (name) => {
    try {
      await unlink(join(this.options.heldFolder, name))
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw writeError(error, this.options.heldFolder)
    }
  }

  /** What the server has acknowledged is its to keep. */
  settle: MailStore['settle'] = () => this.aside.trim()
}

/**
 * A mailbox's identity is the name that the server has for it, whatever a person calls it. Where the server has none, its UIDVALIDITY stays with
 * it when it is renamed; two that were made in the same second are told apart by their names too.
 */
function storeMailbox(mailbox: ListedMailbox, all: readonly ListedMailbox[], token: string): StoreMailbox {
  const { path, name, id, state, subscribed, specialUse } = mailbox
  const uidValidity = state?.uidValidity
  const alone = all.filter((other) => other.state?.uidValidity === uidValidity).length === 1
  const identity = id ?? (alone ? `uidvalidity ${uidValidity}` : `uidvalidity ${uidValidity} ${name}`)
  return { path, identity, token, subscribed, ...(specialUse !== undefined && { specialUse }) }
}
