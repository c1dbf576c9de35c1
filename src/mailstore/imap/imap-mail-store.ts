import { concat } from '../../bytes/concat.js'
import { readRange } from '../../bytes/source.js'
import { hasCode } from '../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../replica/model.js'
import type { HeldMessagesPort, MailStore, Placed } from '../../sync/mail-store.js'
import type { AsideFolder } from '../aside-folder.js'
import { checkServer, type ServerCheck } from './check-server.js'
import { createMailbox, deleteMailbox, renameMailbox, setSubscribed } from './mailboxes/change-mailboxes.js'
import { isMailboxGone } from './mailboxes/mailbox-list.js'
import { MailboxScanner, opening } from './mailboxes/mailbox-scanner.js'
import { watchMailboxes } from './mailboxes/watch-mailboxes.js'
import { printLocator } from './names/locator.js'
import { describeMessage } from './read/describe-message.js'
import { findMessages } from './read/find-messages.js'
import { MessageReader } from './read/message-reader.js'
import { ImapConnection } from './session/imap-connection.js'
import type { ImapServer } from './session/imap-server.js'
import type { ImapSession } from './session/imap-session.js'
import { appendMessage, dropped } from './write/append-message.js'
import { goneOf, standingAs, storeFlags } from './write/change-messages.js'
import { HeldMessages } from './write/held-messages.js'
import { RemoveAside } from './write/remove-aside.js'
import { expunge } from './write/remove-message.js'
import { copyMessage, moveMessage } from './write/transfer-message.js'
import { UidReused } from './write/uid-reused.js'

export interface ImapMailStoreOptions {
  readonly server: ImapServer
  /** Wall clock, ms: how long to keep away from a server that failed. */
  readonly now: () => number
  /**
   * How long the flags of a mailbox without mod-sequences aren't read again while its counts of messages and
   * of unseen messages stay the same, since that means reading all flags of all messages. Zero by default.
   */
  readonly flagsFreshMs?: number
  /** A server that says nothing for so long is away. Two minutes by default. */
  readonly silenceMs?: number
  /** A server that takes longer than this for a command counts as away. */
  readonly patienceMs?: number
  /** How long the server may look for words before it counts as having said what it says. Five seconds by default. */
  readonly findMs?: number
  /** A folder for bytes that are held under names of their own. */
  readonly heldFolder: string
  /** The folder for what is set aside. */
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
  private readonly scanner: MailboxScanner
  readonly held: HeldMessagesPort
  private readonly removeAside: RemoveAside

  constructor(private readonly options: ImapMailStoreOptions) {
    const held = new HeldMessages(options.heldFolder)
    this.held = {
      hold: async (path, locator, name) => held.hold(await this.open(path, locator), name),
      open: (name) => held.open(name),
      release: (name) => held.release(name),
    }
    this.aside = options.aside
    this.removeAside = new RemoveAside(options.aside)
    this.connection = new ImapConnection(options.server, options.now, options.silenceMs, options.patienceMs)
    this.scanner = new MailboxScanner(this.connection, {
      leaveOut: options.server.leaveOut,
      now: options.now,
      flagsFreshMs: options.flagsFreshMs ?? 0,
    })
    this.reader = new MessageReader(this.connection, {
      wholeBytes: options.server.wholeBytes,
      folder: options.heldFolder,
    })
  }

  traffic: ImapMailStore['traffic'] = () => this.connection.traffic()

  check: ImapMailStore['check'] = (signal) => checkServer(this.connection, this.options.server, signal)

  watch: ImapMailStore['watch'] = (changed, signal) => watchMailboxes(this.options.server, changed, signal)

  close: ImapMailStore['close'] = () => this.connection.close()

  mailboxes: MailStore['mailboxes'] = (signal) => this.scanner.scanAll(signal)

  confirmMailboxGone: MailStore['confirmMailboxGone'] = ({ path }) =>
    this.connection
      .run((session) => isMailboxGone(session, path))
      .catch((error: unknown) => {
        // A name that nobody could have there isn't there.
        if (hasCode(error, 'MAILBOX_NAME')) return true
        throw error
      })

  messages: MailStore['messages'] = (path, options) => this.scanner.scanOne(path, options)

  confirmGone: MailStore['confirmGone'] = (path, locators) =>
    this.connection.run(
      (session) => goneOf(session, path, locators, this.scanner.generationOf(path)),
      opening(path),
    )

  /** Changes one thing. Where a UID turns out to be another message's, the mailbox is listed anew. */
  private async change<T>(
    path: MailboxPath,
    what: string,
    work: (session: ImapSession) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.connection.run(work, {
        again: false,
        about: { what: `${what} ${pathText(path)}`, concern: 'change' },
      })
    } catch (error) {
      if (error instanceof UidReused) this.scanner.noteReuse(path, error.locator)
      throw error
    }
  }

  open: MailStore['open'] = (path, locator) => this.reader.open(path, locator)

  describe: NonNullable<MailStore['describe']> = (path, locator) =>
    describeMessage(this.connection, path, locator)

  find: NonNullable<MailStore['find']> = (paths, sought, signal) => {
    const { server, now, findMs = 5000 } = this.options
    return this.eachPlaced(findMessages({ server, now, findMs }, paths, sought, signal))
  }

  createMailbox: MailStore['createMailbox'] = async (path) =>
    this.scanner.scanNew(await this.change(path, 'making', (session) => createMailbox(session, path)))

  renameMailbox: MailStore['renameMailbox'] = (from, to) =>
    this.change(from, 'renaming', (session) => renameMailbox(session, from, to))

  deleteMailbox: MailStore['deleteMailbox'] = (path) =>
    this.change(path, 'deleting', (session) => deleteMailbox(session, path))

  setSubscribed: MailStore['setSubscribed'] = (path, subscribed) =>
    this.change(path, 'subscribing to', (session) => setSubscribed(session, path, subscribed))

  put: MailStore['put'] = async (path, message, content, replaces) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk.slice())
    if (replaces) {
      const { locator, flags, isIt } = replaces
      await this.change(path, 'replacing a message in', (session) =>
        standingAs(session, path, locator, flags, { isIt }),
      )
    }
    const { altered, unseen, ...place } = await appendMessage(this.connection, path, message, concat(chunks))
    const placed: Placed = {
      locator: this.scanner.placeIn(path, printLocator(place)),
      uid: place.uid,
      ...(altered && { altered }),
      ...(unseen && { unseen }),
    }
    if (!replaces) return placed
    if (unseen) throw dropped(path)
    try {
      await this.remove(path, replaces.locator, replaces.flags, replaces.isIt)
      return placed
    } catch (error) {
      // Changed in this very moment: the old one decides, and the new one comes in the next round.
      await this.remove(path, placed.locator, message.flags)
      throw error
    }
  }

  copy: MailStore['copy'] = async (from, to, message) => {
    const copied = await this.change(from.path, 'copying from', (session) =>
      copyMessage(session, from, to, message),
    )
    if (copied) return this.placedIn(to, copied)
    const source = await this.open(from.path, from.locator)
    return this.put(to, message, readRange(source))
  }

  move: ImapMailStore['move'] = async (from, to, message) => {
    const moved = await this.change(from.path, 'moving from', (session) =>
      moveMessage(session, from, to, message),
    )
    if (moved) this.reader.forget(from.path, from.locator)
    return moved && this.placedIn(to, moved)
  }

  private async *eachPlaced(found: ReturnType<typeof findMessages>): ReturnType<typeof findMessages> {
    for await (const { path, locators } of found)
      yield { path, locators: locators.map((locator) => this.scanner.placeIn(path, locator)) }
  }

  /** Adds to a place the generation to which its UIDs belong. */
  private placedIn(path: MailboxPath, placed: Placed): Placed {
    return { ...placed, locator: this.scanner.placeIn(path, placed.locator) }
  }

  setFlags: MailStore['setFlags'] = (path, locator, expected, flags, isIt) =>
    this.change(path, 'setting flags in', async (session) => {
      await storeFlags(session, await standingAs(session, path, locator, expected, { isIt }), flags)
    })

  remove: MailStore['remove'] = (path, locator, expected, isIt) =>
    this.change(path, 'removing a message from', async (session) => {
      await expunge(
        session,
        await standingAs(session, path, locator, expected, { isIt, marked: true }),
        locator,
      )
      this.reader.forget(path, locator)
    })

  setAside: MailStore['setAside'] = (path, locator, expected, isIt) =>
    this.removeAside.run(
      path,
      locator,
      () => this.open(path, locator),
      () => this.remove(path, locator, expected, isIt),
    )

  /** What the server has acknowledged is its to keep. */
  flush: MailStore['flush'] = () => this.aside.trim()
}
