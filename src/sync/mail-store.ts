import type { ByteSource } from '../bytes/source.js'
import type { PacketboatError } from '../errors/packetboat-error.js'
import type { Flags, Guid, MailboxPath } from '../replica/model.js'

// Over 300 lines: one port, with all that its engines are held to.

/**
 * The port to the place where a replica's mail really lives: a Maildir tree, an IMAP server. Engines pass
 * `testing/mail-store.ts`. What only some stores can do is optional; the others lack the member. Every method
 * throws MAILSTORE_AWAY when the store is a server that can't be reached now, and MAILSTORE_REFUSED when it
 * refuses one thing and may do others. A *locator* names a message within one mailbox and does not change
 * with its flags (in a Maildir, the file name without its flags).
 */
export interface MailStore {
  /** A second try of what has failed costs time, or a connection: tries are spaced out. */
  readonly retriesCost?: boolean
  /** For a store whose mailboxes a mail server may number, and in which packetboat may give UIDs (Dovecot over a Maildir). */
  readonly numbering?: NumberingPort
  /** For a store that can keep bytes beside the mail. */
  readonly held?: HeldMessagesPort
  /** For a store whose mail may leave it to make room, since all of it is elsewhere, too. */
  readonly evictions?: EvictionsPort
  readonly pieces?: PiecesPort
  readonly searches?: SearchMailboxesPort

  /**
   * For a server that looks for words by itself: locators of what may fit, mailbox by mailbox, the newest of
   * each. It compares in its own way, so it may pass over some that fit and name others that don't, or that
   * aren't there. Ends early, with what it has, when the server refuses, is away or takes too long, and when
   * the signal says so.
   */
  find?(
    paths: readonly MailboxPath[],
    sought: Sought,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly path: MailboxPath; readonly locators: readonly string[] }>

  /**
   * All mailboxes, including INBOX and those that can't be read now (`unreadable`). Costs no more than
   * reading directory times. Throws MAILSTORE_GONE when the store itself isn't there, which is never taken
   * for "everything was deleted".
   */
  mailboxes(signal?: AbortSignal): Promise<StoreMailbox[]>

  /**
   * Looks a second time for a mailbox that is no longer listed. True only if it is certainly gone; false
   * whenever that can't be told: no right to look, an I/O error, something else in its place (law 11).
   */
  confirmMailboxGone(mailbox: Pick<StoreMailbox, 'path' | 'identity'>): Promise<boolean>

  /**
   * For a store in which a mailbox may come to have the identity that another one had, as with the inodes of
   * exFAT and of some network disks: locators of what a mailbox holds. Throws as `messages`.
   */
  listLocators?(path: MailboxPath): Promise<string[]>

  /**
   * What one mailbox holds now. A store that knows what has changed since the listing with the token `since`
   * may list only that. `known` are the locators that the caller believes to be there; where the store's
   * counts disagree with them, it looks for what it hasn't shown. Throws MAILBOX_MISSING, MAILBOX_UNREADABLE.
   */
  messages(
    path: MailboxPath,
    options?: {
      readonly since?: string
      readonly known?: ReadonlySet<string>
      readonly signal?: AbortSignal
    },
  ): Promise<StoreListing>

  /**
   * Looks again, under the store's own lock, and returns those of `locators` that are really gone: a listing
   * that runs beside a rename can miss a file. Throws MAILBOX_MISSING, MAILBOX_UNREADABLE or MAILSTORE_GONE
   * rather than call everything gone.
   */
  confirmGone(path: MailboxPath, locators: readonly string[]): Promise<string[]>

  /** Opens a message's bytes. They stay readable until `close`, whatever happens to its name. Throws MESSAGE_GONE, MESSAGE_UNREADABLE. */
  open(path: MailboxPath, locator: string): Promise<StoredContent>

  /**
   * What the store knows of a message whose bytes can't be read: a header with whichever of From, To, Cc,
   * Subject, Date and In-Reply-To it can give. Throws MESSAGE_GONE, MAILBOX_MISSING.
   */
  describe?(
    path: MailboxPath,
    locator: string,
  ): Promise<{ readonly header: Uint8Array; readonly internalDateMs?: number }>

  /** Throws MAILBOX_EXISTS, MAILBOX_NAME, READ_ONLY. Intermediate levels need not exist. */
  createMailbox(path: MailboxPath): Promise<StoreMailbox>
  /** Renames a mailbox alone: those below it keep their names. Throws MAILBOX_MISSING, MAILBOX_EXISTS. */
  renameMailbox(from: MailboxPath, to: MailboxPath): Promise<void>
  /** Deletes a mailbox that holds no message (those below it stay). Throws MAILBOX_NOT_EMPTY and then changed nothing. */
  deleteMailbox(path: MailboxPath): Promise<void>
  setSubscribed(path: MailboxPath, subscribed: boolean): Promise<void>

  /**
   * Writes a message whole and durably: it is visible in its full length or not at all. With `replaces`, the
   * message at that locator goes at the same time; both are never visible for longer than a rename takes. If
   * it isn't there with exactly those flags, throws MESSAGE_CHANGED or MESSAGE_GONE and writes nothing. The
   * new locator has never been used before. In a numbered mailbox the message gets `message.uid` if that
   * isn't below UIDNEXT, else UIDNEXT. A message that replaces another gets a UID of its own, since the bytes
   * of a UID never change.
   */
  put(
    path: MailboxPath,
    message: NewMessage,
    content: AsyncIterable<Uint8Array>,
    replaces?: { readonly locator: string; readonly flags: Flags; readonly isIt?: IsIt },
  ): Promise<Placed>

  /** A second appearance of a stored message's bytes, without writing them again where the store can. Throws MESSAGE_GONE. */
  copy(
    from: { readonly path: MailboxPath; readonly locator: string; readonly isIt?: IsIt },
    to: MailboxPath,
    message: NewMessage,
  ): Promise<Placed>

  /**
   * Moves a message to another mailbox in one step, in a store that can. Undefined when it can't after all;
   * nothing was done then. Throws MESSAGE_CHANGED when its flags are not those of `from` (it stays),
   * MESSAGE_GONE.
   */
  move?(
    from: {
      readonly path: MailboxPath
      readonly locator: string
      readonly flags: Flags
      readonly isIt?: IsIt
    },
    to: MailboxPath,
    message: NewMessage,
  ): Promise<Placed | undefined>

  /** Throws MESSAGE_CHANGED when the flags are not `expected` (nothing was changed), MESSAGE_GONE. */
  setFlags(path: MailboxPath, locator: string, expected: Flags, flags: Flags, isIt?: IsIt): Promise<void>

  /** Removes a message. Throws MESSAGE_CHANGED when its flags are not `expected` (it stays), MESSAGE_GONE. */
  remove(path: MailboxPath, locator: string, expected: Flags, isIt?: IsIt): Promise<void>

  /**
   * Does as `remove`, but keeps the message for a while where a person can get it back. Throws
   * MESSAGE_CHANGED, MESSAGE_GONE.
   */
  setAside(path: MailboxPath, locator: string, expected: Flags, isIt?: IsIt): Promise<void>

  /**
   * Keeps a secret of the replica beside the mail, durably, so that it outlives the replica's database.
   * Returns the secret that is already there, if any. Nobody who can't read the mail can read it. For stores
   * that have a place for it. Throws READ_ONLY, DISK_FULL.
   */
  keepSecret?(secret: Uint8Array): Promise<Uint8Array>

  /** Makes durable whatever the calls above have done so far; in the mailboxes named also what an earlier process did. */
  flush(paths?: readonly MailboxPath[]): Promise<void>
}

/** Gives UIDs. In a mailbox without a numbering (its mail server may have taken that away just now) nothing is done. */
export interface NumberingPort {
  /**
   * Gives each message a UID, in the order given: the one wished for if it isn't below UIDNEXT, else UIDNEXT.
   * A message that already has a UID gets a new one, and with it a new locator. Messages that are gone are
   * left out of the answer.
   */
  renumber(
    path: MailboxPath,
    wanted: readonly { readonly locator: string; readonly guid: Guid; readonly uid?: number }[],
  ): Promise<ReadonlyMap<string, Placed>>

  /**
   * Writes a mailbox's numbering anew: its UIDVALIDITY, the UIDs of the named messages, and UIDNEXT above all
   * of them. Messages that are not named have no UID until `renumber`, or the mail server, gives them one.
   */
  replace(
    path: MailboxPath,
    numbering: Numbering & { readonly guid: Guid },
    uids: ReadonlyMap<string, number>,
  ): Promise<void>

  /** Raises UIDNEXT to at least this. */
  raiseUidNext(path: MailboxPath, uidNext: number): Promise<void>
}

/** Keeps messages' bytes under names of their own, whatever becomes of the messages. */
export interface HeldMessagesPort {
  /** Throws MESSAGE_GONE. */
  hold(path: MailboxPath, locator: string, name: Guid): Promise<void>
  /** Undefined when nothing is held under this name. */
  open(name: Guid): Promise<StoredContent | undefined>
  /** Does nothing when nothing is held under this name. */
  release(name: Guid): Promise<void>
}

/** For a store in the replica's own database: shows messages by the pieces they came in, so that no byte is written twice. */
export interface PiecesPort {
  /** Like `put`. The blobs (by piece) exist and are proved. The store holds them from then on, even if others delete them. */
  put(path: MailboxPath, message: NewMessage, pieces: MessagePieces, replaces?: Replaced): Promise<Placed>
}
/** What a server is to look for: all of these words, in what arrived between these times. */
export interface Sought {
  readonly words: readonly SoughtWord[]
  readonly afterMs: number
  readonly beforeMs: number
}

export interface SoughtWord {
  /** `to`: in To and Cc. Undefined: anywhere in the message. */
  readonly field: 'from' | 'to' | 'subject' | undefined
  /** As it was typed, and as it is without accents: either will do. */
  readonly spellings: readonly string[]
}

/**
 * For a store that can have mailboxes which show search results and hold nobody's mail. They are not listed
 * among its mailboxes, whatever they are called, and outlive the replica's database. Messages in them are
 * listed, put and removed as elsewhere.
 */
export interface SearchMailboxesPort {
  /** Those that were there when the mailboxes were last listed. */
  paths(): readonly MailboxPath[]
  /** Makes one where there is none. Throws MAILBOX_EXISTS where mail has the name, READ_ONLY, DISK_FULL. */
  make(path: MailboxPath): Promise<void>
}

type Replaced = Parameters<MailStore['put']>[3]

export interface MessagePieces {
  readonly sizeBytes: number
  readonly skeleton: Uint8Array
  readonly blobs: readonly string[]
}

/** What it takes to remove messages from this disk without that anybody takes that for a deletion. */
export interface EvictionsPort {
  /** The note, or its first bytes, that lies beside the mail and outlives the replica's database; undefined where there is none. */
  readNote(firstBytes?: number): Promise<string | undefined>
  /** Puts a note in the place of the one that is there, durably, whole or not at all. Throws READ_ONLY, DISK_FULL. */
  writeNote(text: string): Promise<void>
  /** Throws MESSAGE_GONE. */
  lookAt(path: MailboxPath, locator: string): Promise<Evictable>
}

export interface Evictable {
  /** The GUID that packetboat wrote it with, where it did: what another program wrote has none. */
  readonly guid?: Guid
  /** When somebody last read it, as far as the store can tell, ms since 1970. */
  readonly readMs: number
}

/**
 * Tells from a header (at least From, To, Cc, Subject, Date and Message-ID) whether a message is the intended
 * one. A store whose locators may come to name another message checks this before it changes one, and throws
 * MESSAGE_CHANGED if it isn't; its next listing then has other locators.
 */
export type IsIt = (header: Uint8Array) => boolean

export interface StoreMailbox {
  readonly path: MailboxPath
  /** Stays the same when the mailbox is renamed, and is another one when it was made anew (device and inode, say); but see `listLocators`. */
  readonly identity: string
  /** Equal to the token of an earlier listing: nothing has changed in the mailbox since. */
  readonly token: string
  /** `\Sent`, `\Drafts`, ... (RFC 6154) where the store knows it. */
  readonly specialUse?: string
  /** Whether it is, or why that can't be told now: then it is as it was. */
  readonly subscribed: boolean | PacketboatError
  /** The GUID that the mail server gave the mailbox, where it did. */
  readonly guid?: Guid
  /**
   * The mailbox exists but can't be read now, and why; as far as anybody can tell, nothing in it has changed.
   * `path` and `identity` are given as far as they are known, else ''.
   */
  readonly unreadable?: PacketboatError
}

export interface StoreListing {
  /** A token that never equals a later one when a change could have slipped into the same clock tick. */
  readonly token: string
  /** The mailbox's numbering where a mail server numbers its messages (Dovecot's uidlist). */
  readonly numbering?: Numbering
  readonly messages: readonly StoreMessage[]
  /** What is there and can't be told as a message now. It isn't among `messages`, and hasn't gone. */
  readonly unreadable?: readonly UnreadableItem[]
  /** Set when part of the mailbox couldn't be seen, with the reason: a message that isn't among `messages` may exist. */
  readonly partial?: PacketboatError
  /** Set beside `partial` if nothing that was there before is missing from what could be seen: makes the mailbox whole in that case. */
  readonly complete?: () => Promise<void>
  /** Set when only changes are listed: whether a message that isn't among `messages` still stands as it did. */
  readonly stands?: (locator: string) => boolean
  /** Whether a flag that is set here stays: what can't is kept by the replica alone. All can where it isn't given. */
  readonly holds?: (flag: string) => boolean
  /** Keywords that differ only in case are one here, and the store may show it in either: the replica's spelling stands. */
  readonly foldsKeywords?: boolean
}

/** Something in a mailbox that is no message, or can't be listed as one. */
export interface UnreadableItem {
  readonly locator: string
  readonly error: PacketboatError
  /** It isn't mail, and is left alone. */
  readonly harmless?: boolean
}

/** RFC 9051 2.3.1.1. */
export interface Numbering {
  readonly uidValidity: number
  readonly uidNext: number
  /** The mailbox's id at the mail server: two servers may give the same UIDVALIDITY by chance. */
  readonly guid?: Guid
  /** UIDs are the mail server's alone to give: the store has no `numbering` port. */
  readonly fixed?: boolean
}

export interface StoreMessage {
  readonly locator: string
  /** The UID in a numbered mailbox, once the mail server or packetboat has given one. */
  readonly uid?: number
  readonly flags: Flags
  /** Where the store can tell: no mail program has opened the mailbox since the message came (in a Maildir it is in `new/`). */
  readonly recent?: boolean
  /** The GUID that this message was `put` or `copy`ed with, where the store can tell. A hint: a person may have copied the file. */
  readonly guid?: Guid
  /** Where the mail server names the bytes themselves (RFC 8474 EMAILID): equal ids mean equal bytes, in any mailbox. */
  readonly content?: { readonly id: string; readonly internalDateMs: number }
}

export interface StoredContent extends ByteSource {
  /** Milliseconds since 1970, IMAP's INTERNALDATE. */
  readonly internalDateMs: number
  /**
   * For a large message in a store where reading is costly: the bytes of each leaf's body as it stands, in
   * order, by what the store says without reading it. The figures may be wrong. Undefined when the store
   * doesn't say.
   */
  bodySizes?(): Promise<readonly number[] | undefined>
  close(): Promise<void>
}

/** What became of a message that was written. `uid` only in a numbered mailbox. */
export interface Placed {
  readonly locator: string
  readonly uid?: number
  /** What the mailbox's numbering was when it gave the UID: since the last listing it may have been made anew. */
  readonly uidValidity?: number
  /** As in `StoreMessage`. */
  readonly recent?: boolean
  /** The store has made other bytes of it (IMAP's line ends): the replica keeps the original. */
  readonly altered?: boolean
  /** The store has taken it and doesn't show it. */
  readonly unseen?: boolean
}

export interface NewMessage {
  readonly guid: Guid
  /** Wished for, where the mailbox is numbered. */
  readonly uid?: number
  readonly flags: Flags
  readonly internalDateMs: number
}
