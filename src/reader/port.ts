import type { ErrorCode } from '../errors/packetboat-error.js'
import type { Settlement } from '../replica/conflict.js'
import type { FlagDelta, Guid, MailboxPath } from '../replica/model.js'
import type { Money } from '../settings/price.js'
import type { AshoreView, Matters } from './matters.js'

/**
 * What a page and the worker that keeps the mail say to each other. The page makes calls, each of which
 * succeeds or fails once; everything else comes as events. All of it can be cloned and passes between tabs
 * too, since one worker keeps the mail for all tabs.
 */
export type ReaderPort = Looks & Acts

/** Questions about what is here, answered by `view`. Nothing crosses the line for them. */
export interface Looks {
  /** Mailboxes in the order in which they are synced. */
  mailboxes(): Promise<readonly MailboxRow[]>
  /** Messages by thread, the thread of the newest message first. */
  list(mailbox: Guid, from: number, count: number): Promise<MessagePage>
  /** Which of the rows of its mailbox a message is; undefined where it is none of them. */
  position(mailbox: Guid, message: Guid): Promise<number | undefined>
  /** Fails with NOT_FOUND when it is gone. */
  message(message: Guid): Promise<ShownMessage>
  /** The bytes of a part that is here, as its sender had it. Fails with NOT_FOUND when it isn't here. */
  part(message: Guid, part: number): Promise<PartBytes>
  /** Newest first, of what is here. */
  search(words: string, count: number): Promise<readonly MessageRow[]>
  /** Conflicts to decide, and problems. */
  matters(): Promise<Matters>
  /** What is only at the endpoint, and what was asked of it. */
  ashore(): Promise<AshoreView>
  terms(): Promise<SyncTerms>
  /** Parts that are wanted and aren't here yet, in the order in which they come. */
  wanted(): Promise<readonly WantedPart[]>
}

/** What a person does. When a call is answered, what was done is on the disk; the next sync tells the endpoint. */
export interface Acts {
  state(): Promise<ReaderState>
  /** With a link's token: trades it for the cookie. Without one: finds the account that the browser's cookie belongs to. Fails with AUTH, LINK_FAILED. */
  pair(token?: string): Promise<string>
  mark(messages: readonly Guid[], delta: FlagDelta): Promise<void>
  move(messages: readonly Guid[], mailbox: Guid): Promise<void>
  /** To the mailbox for that where there is one; for good from there, or where there is none. */
  remove(messages: readonly Guid[]): Promise<void>
  /** Parts that the next exchange brings, whatever the rules say; one that runs goes on to them. */
  want(message: Guid, parts: readonly number[]): Promise<void>
  unwant(message: Guid, parts: readonly number[]): Promise<void>
  /** Settles a conflict, by its number. */
  settle(conflict: number, keep: Settlement): Promise<void>
  /** Tries what could not take part again with the next sync. */
  retry(): Promise<void>
  /** Asks the endpoint with the next sync what it has of that which isn't here. Fails with USAGE where that can't be read. */
  ask(words: string): Promise<void>
  /** Fetches hits of a question, by their places, with the next sync. */
  take(words: string, hits: readonly number[]): Promise<void>
  /** Fails with USAGE where a price can't be read. */
  setTerms(terms: SyncTerms): Promise<void>
  /** Puts it among the drafts, in the place of what was saved under the same id. Returns its message. */
  saveDraft(draft: Draft): Promise<Guid>
  discardDraft(id: string): Promise<void>
  /** To be sent with the next sync. It is a draft no more. A second time with one id it does nothing. */
  send(draft: Draft): Promise<void>
  /** Goes on until both sides agree, the budget is used up or it is stopped, which makes it fail with INTERRUPTED. One at a time: whoever asks meanwhile gets the same answer. */
  sync(options?: SyncBudget): Promise<Synced>
  stop(): Promise<void>
  /** Deletes all that this browser has of the account, for all tabs, also what the endpoint hasn't heard of. */
  deleteAll(): Promise<void>
}

export interface SyncBudget {
  /** Bytes up and down together. */
  readonly bytes?: number
  readonly seconds?: number
  /** By the price of the line. Fails with USAGE where the price isn't known, or is in another currency. */
  readonly cost?: Money
}

/** The terms of each sync, as a person writes them. */
export interface SyncTerms {
  /** What the line costs: `1.20 USD/min`, `4 EUR/MB`. */
  readonly price?: string
  /** Of older messages, only unread and important ones and drafts come. */
  readonly keepDays?: number
}

export type ReaderEvent =
  /** Something here has changed, so that what is shown may be old. Without names: any mailbox. */
  | { readonly event: 'changed'; readonly mailboxes?: readonly Guid[] }
  | { readonly event: 'state'; readonly state: ReaderState }
  | { readonly event: 'progress'; readonly progress: Progress }
  | { readonly event: 'synced'; readonly synced: Synced }
  /** A sync, or work that the worker began by itself, ended with this. */
  | { readonly event: 'failed'; readonly failure: Failure }
  /** All that was here has been deleted, as a person wanted. Nothing more can be asked. */
  | { readonly event: 'deleted' }

/** The state of the reader, whatever is shown. */
export interface ReaderState {
  /** The account whose mail this is; absent while the browser isn't paired. */
  readonly account?: string
  /** Whether this tab's worker has the mail, or another tab's. */
  readonly leads: boolean
  readonly syncing: boolean
  /** How many changes and written mails the endpoint hasn't heard of. */
  readonly unsent: number
  /** When both sides last agreed, ms since 1970. */
  readonly syncedMs?: number
  /** The browser has promised to delete nothing when its disk is full. */
  readonly persisted: boolean
  /** The browser has deleted the mail that was here, and no sync since has brought it again. */
  readonly lost: boolean
  /** The endpoint no longer takes this browser for a device of the account. */
  readonly revoked: boolean
}

export interface Failure {
  /** Absent for an error that nobody foresaw. */
  readonly code?: ErrorCode
  readonly message: string
  /** The next step for the person, a full sentence. */
  readonly next: string
}

/** While a sync goes on. */
export interface Progress {
  readonly up: number
  readonly down: number
  /** Bytes a second, up and down together, over the last seconds. */
  readonly rate: number
  readonly listed: number
  readonly texts: number
  readonly contents: number
  /** How much of everything that comes is here, 0 to 1; undefined until the endpoint has said how much that is. */
  readonly share?: number
  readonly totalBytes?: number
  readonly secondsLeft?: number
  /** The cost so far, where the price of the line is known. */
  readonly cost?: Money
  /** The line was lost, or couldn't be had: it is tried again. */
  readonly isDown?: true
  /** The subject of the message that the last bytes belonged to. */
  readonly subject?: string
}

/** The result of a sync. */
export interface Synced {
  readonly up: number
  readonly down: number
  readonly seconds: number
  /** Present where the price of the line is known. */
  readonly cost?: Money
  readonly listed: number
  readonly texts: number
  readonly contents: number
  readonly changed: number
  /** Whether the budget ended it before everything had come. */
  readonly paused: boolean
  /** The endpoint, or this browser, had lost its memory, and both were compared. */
  readonly healed: boolean
  /** Mailboxes from which more would have been deleted than is done without asking. */
  readonly heldBack: readonly Guid[]
  /** Messages and mailboxes that can't take part. */
  readonly problems: number
  /** What the endpoint's mail server says, or what the endpoint refused, in words. */
  readonly trouble?: string
}

export interface MailboxRow {
  readonly guid: Guid
  readonly path: MailboxPath
  readonly specialUse?: string
  readonly messages: number
  readonly unseen: number
  /** Why it stands where it does: because of the settings, what it is, what was done there lately, or only its name. */
  readonly why: 'priority' | 'inbox' | 'in use' | 'name' | 'last'
}

export interface MessagePage {
  /** The number of messages in the whole mailbox. */
  readonly total: number
  readonly from: number
  readonly rows: readonly MessageRow[]
}

/** A message as lists show it. */
export interface MessageRow {
  readonly guid: Guid
  readonly mailbox: Guid
  readonly from: readonly Correspondent[]
  readonly to: readonly Correspondent[]
  readonly subject: string
  /** The date that its sender gave, ms since 1970. */
  readonly dateMs?: number
  readonly arrivedMs: number
  readonly flags: readonly string[]
  readonly sizeBytes: number
  /** Bytes of parts that aren't here. */
  readonly missingBytes: number
  /** Answers of one thread, how deep. */
  readonly depth: number
}

export interface Correspondent {
  readonly name: string
  readonly address: string
}

export interface ShownMessage extends MessageRow {
  readonly cc: readonly Correspondent[]
  /** To whom a reply goes, and who else gets one to all: nobody twice, and not whoever sends it. */
  readonly reply: { readonly to: readonly Correspondent[]; readonly cc: readonly Correspondent[] }
  /** False: there are recipients whom neither of these names. They are too many, or the header that names them isn't here. */
  readonly namesAll: boolean
  /** The parts that are read first, as text. */
  readonly texts: readonly ShownText[]
  readonly parts: readonly ShownPart[]
  /** For a draft of this reader: what `saveDraft` was given. */
  readonly draft?: Draft
}

export interface ShownText {
  readonly part: number
  readonly text: string
  /** Lines that their sender's program has broken are to be joined (RFC 3676), and whether a space goes with that. */
  readonly flowed?: { readonly deleteSpace: boolean }
  /** Whether the text goes on after this. */
  readonly cut: boolean
  /** Whether it is a gist of a page or file, made by the endpoint. */
  readonly gist?: boolean
}

export interface ShownPart {
  readonly part: number
  readonly type: string
  readonly name?: string
  readonly contentId?: string
  readonly sizeBytes: number
  /** How much of it has come. */
  readonly heldBytes: number
  readonly state: 'here' | 'wanted' | 'coming' | 'deferred' | 'later' | 'never'
  /** How long the rest would take, where the line is known, and what it would cost, where its price is. */
  readonly seconds?: number
  readonly cost?: Money
}

export interface PartBytes {
  readonly type: string
  readonly name?: string
  readonly charset?: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface WantedPart {
  readonly message: Guid
  readonly subject: string
  readonly part: ShownPart
}

/** Mail that is being written. */
export interface Draft {
  /** Chosen by the page, kept as long as it is written on: 16 to 64 letters and digits. */
  readonly id: string
  /** Addresses as they were typed, with commas between them. */
  readonly to: string
  readonly cc: string
  readonly bcc: string
  readonly subject: string
  readonly text: string
  readonly answers?: Guid
  /** A draft that this one replaces, where it wasn't begun here. */
  readonly continues?: Guid
  /** Goes along as it stands, from the endpoint's copy: here it needn't be whole. */
  readonly forwards?: Guid
  readonly files: readonly { readonly name: string; readonly type: string; readonly bytes: Uint8Array }[]
}

/** A message from the page to the worker. */
export type Call = {
  readonly [Name in keyof ReaderPort]: {
    readonly id: number
    readonly call: Name
    readonly arguments: Parameters<ReaderPort[Name]>
  }
}[keyof ReaderPort]

export type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure }

export type FromWorker = Answer | ReaderEvent
