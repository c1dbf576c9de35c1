import type { Digest } from '../bytes/hash.js'
import type { MailboxUse } from './mailbox-use.js'
import type { Flags, Guid, MailboxPath, UidRange } from './model.js'

// Over 300 lines: nothing but shapes, in one place so that no two are called the same.

/** What a replica keeps in its store, but for operations, conflicts and problems. Where each lies: `tables.ts`. */

export interface ReplicaRecord {
  /** The name by which its devices know it. */
  readonly id: Guid
  /** The name by which its upstream knows it: a new one whenever its history with that upstream breaks off. */
  readonly device: Guid
  /** Highest position given out in the change log. */
  readonly head: number
  /** Highest journal number given out. */
  readonly journal: number
  /** Highest journal number that the upstream has acknowledged. */
  readonly acknowledged: number
  /** What was put into requests and isn't acknowledged, and the last that is. */
  readonly batches: readonly Batch[]
  /** The last that the upstream gave: it proves that it is the one which gave us our cursor. */
  readonly token?: number
  /** Tombstones up to here are gone: a device whose cursor is older has to compare everything. */
  readonly horizon: number
  /** One side has lost its memory, and everything is being compared: what the upstream doesn't speak of is then ... */
  readonly recall?: 'expunged' | 'sent'
  /** The upstream's replica id once known; undefined on a replica that has none or never met it. */
  readonly upstream?: Guid
  /** The pairing under which the upstream was met, where there are such things: another replica under the same one is the same account. */
  readonly pairing?: string
  readonly cursor: Omit<Cursor, 'mailboxes'>
  /** Exceptions of the cursor, where an earlier version has left some in this record (`cursor.ts`). */
  readonly earlierExceptions?: Cursor['mailboxes']
  /** Name of the policy under which everything that is listed is expected. */
  readonly policy?: string
  /** Names of policies that the upstream knows, in the order in which they were said. */
  readonly policiesThere?: readonly string[]
  /** The name of the shore that the upstream knows. */
  readonly shoreThere?: string
  /** Whether the first exchange has run to its end: until then local mail may be upstream's too. */
  readonly firstSyncEnded: boolean
  /** The last run was at what is new, and what goes up waited: if it broke off there, that goes first next time. */
  readonly newsFirst?: boolean
  /** The upstream left out some of what went up last: it is asked what it takes before more content goes. */
  readonly refusedThere?: boolean
}

/** The record as it lies on disk, where databases of every version call `firstSyncEnded` `settled`. */
export type StoredReplicaRecord = Omit<ReplicaRecord, 'firstSyncEnded' | 'cursor' | 'earlierExceptions'> & {
  readonly settled: boolean
  readonly cursor: Cursor
}

/** Journal entries that went up together: the last number, and 4 random bytes. */
export interface Batch {
  readonly end: number
  readonly nonce: number
}

/**
 * How far a replica has seen its upstream's change log. `mailboxes` holds the exceptions: mailboxes that are
 * still being filled, or that took no part in the last runs.
 */
export interface Cursor {
  readonly log: number
  /** The same for mailboxes themselves: made, renamed, deleted. */
  readonly structure: number
  readonly mailboxes: { readonly [mailbox: Guid]: MailboxCursor }
}

export interface MailboxCursor {
  readonly log: number
  /** Numbers of messages that have not been delivered although they are older than `log`. */
  readonly missing: readonly UidRange[]
  /** At an upstream that serves the device: what the device's window leaves out. It is known to be older, and isn't missing. */
  readonly ashore?: readonly UidRange[]
}

export interface MailboxRecord {
  readonly guid: Guid
  readonly path: MailboxPath
  readonly uidValidity: number
  /** Above every UID that is known to have been given. */
  readonly uidNext: number
  /** The highest UID that anybody has been shown. */
  readonly uidShown: number
  /**
   * The mail server beside this replica has lost its numbering and may have shown anything under UIDs below
   * this one. Until it has its numbering back, none of these is given.
   */
  readonly uidLost?: number
  /** Made here, and the upstream hasn't told of it yet: what it has under that GUID may have another UIDVALIDITY. */
  readonly untold?: true
  /** The next number of this replica's own. */
  readonly numberNext: number
  readonly subscribed: boolean
  readonly specialUse?: string
  readonly deleted: boolean
  /** Deleted upstream, and still here for mail that the upstream doesn't have: without that, it goes. */
  readonly goneThere?: true
  /** GUIDs that it had here before the upstream's was known. */
  readonly formerly?: readonly Guid[]
  readonly created: number
  /** Log position of the last change of the mailbox itself. */
  readonly modseq: number
  /** Log position of the last change of the mailbox or anything in it. */
  readonly head: number
  readonly messages: number
  readonly unseen: number
  readonly use?: MailboxUse
  /** The device that made it. */
  readonly origin?: string
  readonly echo?: Echo
}

/**
 * What is kept for messages of a mailbox that nobody has read yet, while what came after them has been read: they get numbers and UIDs below those
 * that the later ones have.
 */
export interface UnreadRecord {
  /** Numbers from this one on, below `to`. The newest message gets the last. */
  readonly from: number
  readonly to: number
  /** UIDs from this one on, below `uidEnd`: one for each number, but where a mail server has given them. */
  readonly uid: number
  readonly uidEnd: number
  readonly given?: true
}

export interface MessageRecord {
  readonly guid: Guid
  readonly mailbox: Guid
  /** The number by which its devices know it: given when it appears here, never changed, never given again. */
  readonly number: number
  /** The upstream's number for it; 0 until the upstream has told. */
  readonly upstream: number
  /** RFC 9051 2.3.1.1, the same on all replicas. 0 until the replica that has no upstream has given it. */
  readonly uid: number
  /** Log position of the last change of its UID, when that came after it was made. */
  readonly renumbered?: number
  /** The upstream's number of the message in the same mailbox that this one answers, as its list said. */
  readonly answers?: number
  /** Names the content record. */
  readonly content: Guid
  readonly flags: Flags
  readonly internalDateMs: number
  readonly created: number
  readonly modseq: number
  /** The device that made it: it knows the message whatever its cursor says. */
  readonly origin?: string
  readonly echo?: Echo
  /** Known by name, but its content is still on its way up: not in the log and not in the mail store. */
  readonly hidden: boolean
  /** A tombstone. */
  readonly expunged: boolean
  /** On a tombstone: the message that it lives on as, because it was moved or somebody marked it to be kept. */
  readonly movedTo?: Guid
}

/** The last change came from this device, which had seen everything up to `base`: it needn't be told. */
export interface Echo {
  readonly device: string
  readonly base: number
}

/** Content not yet read by any skeleton is not known here; what is known grows with the tiers. */
export interface ContentRecord {
  readonly id: Guid
  /** Until tier 2 is here and nothing was announced, what its parts come to. */
  readonly sizeBytes: number
  /** Absent until it was announced or came with tier 2; of mail that nobody has read as a whole, until somebody has (`sync/content/unverified-content.ts`). */
  readonly digest?: Digest
  /** Encoded; absent until tier 0 is here, and what the list showed until the header itself is. */
  readonly envelope?: Uint8Array
  readonly outline?: Uint8Array
  /** Encoded; absent until tier 2 is here. */
  readonly skeleton?: Uint8Array
  /** Parts that are complete in the store's blobs, ascending. Emptied when the content is whole. */
  readonly held: readonly number[]
  /** The complete bytes are in the mail store (or kept after an expunge). */
  readonly whole: boolean
  /** Grows whenever there is more to show. */
  readonly progress: number
  /** The upstream gave us this content or has acknowledged it: naming it is enough. */
  readonly upstreamHas: boolean
  /** A text of ours in the place of a message that can't be read, which the mail store hasn't (`sync/adopt/substitute.ts`). */
  readonly substitute?: boolean
  /** The text of a part of HTML, by the part's index: what is read while that isn't here. */
  readonly gist?: GistRecord
  /** What files say that are deferred, by the part's index. */
  readonly fileGists?: { readonly [part: number]: Omit<GistRecord, 'part'> }
  /** Parts that aren't here and that a person doesn't want by the rules, by index (`wishes.ts`). */
  readonly declined?: { readonly [part: number]: 'later' | 'never' }
}

export interface GistRecord {
  readonly part: number
  /** Empty: the part has none, or none could be made. */
  readonly text: string
  /** Where no gist could be made: the version of the maker that tried. */
  readonly maker?: number
}

/** What a person has said of parts that aren't here, until somebody heeds it. */
export interface WishRecord {
  readonly content: Guid
  readonly parts: readonly number[]
  /** `gist`: not the parts themselves, but what they say. */
  readonly word: 'now' | 'later' | 'never' | 'gist'
}

/** A person wants to hear what a part says: whether that was asked for. */
export interface WantedGistRecord {
  readonly asked: boolean
}

/** Where a message appears in the mail store. */
export interface PlaceRecord {
  readonly mailbox: Guid
  readonly locator: string
}

/** What stands at a place in the mail store, as last seen or written there. */
export interface FileRecord {
  readonly message: Guid
  readonly flags: Flags
  /** In a numbered mailbox: the message's UID there. */
  readonly uid?: number
  /** No mail program had opened the mailbox since it came. */
  readonly recent?: boolean
  /**
   * The content's `progress` that the file shows; `wholeFile` when the file is the message itself.
   * `substituteFile`: the file can't be read, and the content is a text in its place
   * (`sync/adopt/substitute.ts`).
   */
  readonly shown: number
}

export const wholeFile = -1
export const substituteFile = -2

/** A locally born message whose content must go up. */
export interface UploadRecord {
  /** Some of it may have crossed the line: the upstream is asked before anything is sent again. */
  readonly begun: boolean
  /** The upstream may have this content already: it is sent when the upstream says that it lacks it. */
  readonly waits: boolean
}

/** A mailbox's appearance in the mail store. */
export interface MailboxFileRecord {
  readonly path: MailboxPath
  readonly identity: string
  readonly token: string
  readonly subscribed: boolean
  /** What was missing when it was last looked at counts for nothing, since not all of it could be seen then. */
  readonly doubted?: boolean
  /** It was known again by its name alone: its folder is another one than it was, and not all of it has been seen since. */
  readonly replaced?: boolean
  /** Where a mail server numbers the messages: its numbering at the last look. */
  readonly numbering?: {
    readonly uidValidity: number
    readonly uidNext: number
    readonly guid?: Guid
    readonly fixed?: boolean
  }
}

/** What of a mailbox isn't here since the window leaves it out. */
export interface ShoreRecord {
  /** In the upstream's numbers. Numbers of messages that have gone since may be among them. */
  readonly ranges: readonly UidRange[]
  /** How much that is, as of when it was told. */
  readonly messages: number
  readonly bytes: number
  /** The upstream knows these ranges. */
  readonly told: boolean
}

/** A message that was taken off this disk to make room, or was found to be: the upstream has it. */
export interface EvictedRecord {
  readonly mailbox: Guid
  /** The upstream's for it. */
  readonly number: number
  /** Somebody has put it back: it stays. */
  readonly putBack?: true
}

/** What this database knows of what goes from this disk to make room. */
export interface EvictionStateRecord {
  /** The note beside the mail, as it was when it was last looked at. */
  readonly note?: { readonly id: Guid; readonly generation: number }
  /** Mailboxes that were out of sight when that note took the place of one that wasn't known: what is missing of them may have left before. */
  readonly doubted?: readonly Guid[]
  /** When the upstream was last asked what may go, and how long it isn't asked again, ms. */
  readonly asked?: { readonly atMs: number; readonly pauseMs: number }
}

/** What an upstream remembers of what is ashore for a device. */
export interface ShoreThereRecord {
  /** The shore by mailbox, encoded as in `wire/shore-frame.ts`. */
  readonly shore: Uint8Array
  /** Windows outside of which all of it was found to be. Undefined: some device said it, and what it leaves out is looked at again. */
  readonly windows?: string
  /** Others of which that is true. */
  readonly otherWindows?: readonly string[]
  /** The later, the higher. */
  readonly order: number
}

/** What an upstream remembers of a device. */
export interface DeviceRecord {
  /** Highest journal number applied: law 7. */
  readonly applied: number
  /** The nonce of the batch that ended there, or of the one that is being applied. */
  readonly nonce: number
  /** Where the batch that is being applied ends. Undefined: at `applied`. */
  readonly batchEnd?: number
  /** The last entry whose results are forgotten, since the device had heard of them: one that hasn't is an old copy of it. */
  readonly forgottenResult?: number
  /** Tokens given to it, the last one last, with what stood when each was given. */
  readonly tokens: readonly { readonly token: number; readonly head: number; readonly applied: number }[]
  /** The pairing under which it last asked. */
  readonly pairing?: string
  /** When it last asked, ms. */
  readonly seenMs?: number
  /** Nobody waits for its acknowledgements any more. */
  readonly lost?: boolean
  /** The policies that it said last, by name, in the order of that: each link has its own. */
  readonly policies?: readonly { readonly name: string; readonly policy: Uint8Array }[]
  /** The log position up to which it has everything it takes part in. */
  readonly acknowledged: number
  /** The change number up to which the device was last sent everything. Its next request says whether that arrived. Only shown. */
  readonly sentUpTo?: number
}

/** What a device has added to the account since, which may be a day ago. */
export interface QuotaRecord {
  readonly sinceMs: number
  readonly mailboxes: number
  readonly messages: number
  readonly mails?: number
  readonly bytes: number
}

/** What a device's journals have taken away since, over all mailboxes that aren't there to be emptied. */
export interface DeletionsRecord {
  readonly sinceMs: number
  /** Log position then. */
  readonly head: number
  /** Messages then. */
  readonly of: number
  readonly gone: number
}

/** A device expunged more of a mailbox than may go without asking: so many messages of so many stay. */
export interface HeldFromRecord {
  readonly conflict: number
  readonly device: Guid
  /** Its number in the device's journal: told until the device has acknowledged it. */
  readonly number: number
  readonly gone: number
  readonly of: number
}

/** The same of one mailbox: messages when the window began, and how many have gone. */
export interface MailboxDeletionsRecord {
  readonly of: number
  readonly gone: number
}

/** A message that the upstream spoke of and that isn't known here: whether it was asked for. */
export interface UnknownRecord {
  readonly asked: boolean
}

/**
 * For a message that the upstream hasn't spoken of yet: whether to keep it if the upstream never does. For a mailbox:
 * `true`, or that it is to be kept, when something that was put into it meanwhile has announced it.
 */
export type UncomparedRecord = true | { readonly keep: boolean }

/** A person asked for an expunge that the upstream hasn't confirmed; and whether the message is to stay all the same. */
export interface ExpungingRecord {
  readonly keep: boolean
}

/** The upstream's problems as it last told them: their name, and how many there are. */
export interface ProblemsThereRecord {
  readonly name: number
  readonly total: number
}

/** How far the index of words is. */
export interface QuestionRecord {
  /** The question as it was typed. */
  readonly text: string
  /** How many messages are to be shown. */
  readonly most: number
  readonly askedMs: number
  /** The mailbox that shows what is found, below "Search". */
  readonly keep?: string
}

export interface AnswerRecord {
  readonly atMs: number
  /** `wire/response/hits-frame.ts`. Undefined: the upstream is of an earlier version, and answers nothing. */
  readonly hits?: Uint8Array
  /** The mailbox that was wished for shows it. */
  readonly shown?: true
}

/** What stands for a message that isn't here, and was put into this mailbox by a person: it is to come, and to stand there. */
export interface AshoreFileRecord {
  readonly mailbox: Guid
  readonly number: number
  readonly sizeBytes: number
  readonly arrivedMs: number
  readonly flags: Flags
}

export interface SearchStateRecord {
  /** The next number that it gives. */
  readonly next: number
  /** Log position up to which it knows what has changed. */
  readonly head: number
  /** Of each block of numbers the first and the last day on which something of it arrived; without them it is of an earlier version. */
  readonly days?: readonly number[]
  /** Each has its place in this list for its name there. */
  readonly mailboxes?: readonly Guid[]
}

/** What was measured on a link. */
export interface MeasuredLine {
  /** What came down, at its best. */
  readonly bitsPerSecond?: number
  /** A round trip. */
  readonly latencyMs?: number
  /** When, for people. */
  readonly atMs: number
}
