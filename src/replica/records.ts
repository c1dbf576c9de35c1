import type { Digest } from '../bytes/hash.js'
import type { Key } from '../store/store.js'
import type { MailboxUse } from './mailbox-use.js'
import type { Flags, Guid, MailboxPath, UidRange } from './model.js'

/** The records of a replica and where they lie in its store. Everything that is persistent is named in this file. */

export interface ReplicaRecord {
  /** By which those who ask it know it. */
  readonly id: Guid
  /** By which its upstream knows it: another one whenever its history with that upstream has broken off. */
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
  readonly cursor: Cursor
  /** Name of the policy under which everything that is listed is expected. */
  readonly policy?: string
  /** Names of policies that the upstream knows, in the order in which they were said. */
  readonly policiesThere?: readonly string[]
  /** Whether the first exchange has run to its end: until then local mail may be upstream's too. */
  readonly settled: boolean
  /** The last run was at what is new, and what goes up waited: if it broke off there, that goes first next time. */
  readonly newsFirst?: boolean
  /** The upstream left out some of what went up last: it is asked what it takes before more content goes. */
  readonly refusedThere?: boolean
}

/** Journal entries that went up together: the last number, and 4 random bytes. */
export interface Batch {
  readonly end: number
  readonly nonce: number
}

/**
 * How far a replica has seen its upstream's change log. `mailboxes` holds the exceptions: mailboxes still being filled, or that
 * took no part in the last runs.
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
   * The mail server beside this replica has lost its numbering: it may have shown anything under UIDs below this one, so that until it has
   * its numbering back nothing gets one of them.
   */
  readonly uidLost?: number
  /** The next number of this replica's own. */
  readonly numberNext: number
  readonly subscribed: boolean
  readonly specialUse?: string
  readonly deleted: boolean
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

export interface MessageRecord {
  readonly guid: Guid
  readonly mailbox: Guid
  /** By which those who ask this replica know it: given when it appears here, never changed, never given again. */
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
  /** Of a tombstone: the message that it lives on as, having been moved, or marked to be kept by somebody. */
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
  /** A text of ours in the place of a message that can't be read, which the mail store hasn't (`sync/scan/substitute.ts`). */
  readonly substitute?: boolean
  /** Parts that aren't here and that a person doesn't want by the rules, by index (`wishes.ts`). */
  readonly declined?: { readonly [part: number]: 'later' | 'never' }
}

/** What a person has said of parts that aren't here, until somebody heeds it. */
export interface WishRecord {
  readonly content: Guid
  readonly parts: readonly number[]
  readonly word: 'now' | 'later' | 'never'
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
  /** In a numbered mailbox: the UID that it has there. */
  readonly uid?: number
  /** No mail program had opened the mailbox since it came. */
  readonly recent?: boolean
  /**
   * The content's `progress` that the file shows; `wholeFile` when it is the message itself. `substituteFile`: the file can't be read, and the
   * content is a text in its place (`sync/scan/substitute.ts`).
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
  /** Where a mail server numbers the messages there: its numbering when it was last looked at. */
  readonly numbering?: {
    readonly uidValidity: number
    readonly uidNext: number
    readonly guid?: Guid
    readonly fixed?: boolean
  }
}

/** What an upstream remembers of a device. */
export interface DeviceRecord {
  /** Highest journal number applied: law 7. */
  readonly applied: number
  /** Of the batch that ended there, or of the one that is being applied. */
  readonly nonce: number
  /** Where the batch that is being applied ends. Undefined: where all that was applied does. */
  readonly batchEnd?: number
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
  /** The one up to which it was last sent all of that: it says whether it arrived when it asks next. Only shown. */
  readonly sentUpTo?: number
}

/** What a device has added to the account since, which may be a day ago. */
export interface QuotaRecord {
  readonly sinceMs: number
  readonly mailboxes: number
  readonly messages: number
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
  /** Of its journal: told until the device has acknowledged that. */
  readonly number: number
  readonly gone: number
  readonly of: number
}

export const keys = {
  replica: (): Key => ['replica'],
  mailbox: (mailbox: Guid): Key => ['mailbox', mailbox],
  path: (path: MailboxPath): Key => ['path', ...path],
  /** Log of changes of mailboxes themselves. */
  structure: (modseq: number): Key => ['structure', modseq],
  message: (message: Guid): Key => ['message', message],
  number: (mailbox: Guid, number: number): Key => ['number', mailbox, number],
  /** By the upstream's numbers. */
  upstream: (mailbox: Guid, number: number): Key => ['upstream', mailbox, number],
  log: (mailbox: Guid, modseq: number): Key => ['log', mailbox, modseq],
  /** Messages and mailboxes that are gone, until nobody has to be told of it any more. */
  tombstone: (modseq: number, guid: Guid): Key => ['tombstone', modseq, guid],
  content: (content: Guid): Key => ['content', content],
  digest: (digest: Digest): Key => ['digest', digest],
  /** Contents of some size, by that: those that nobody has read as a whole are compared by it. */
  large: (sizeBytes: number, content: Guid): Key => ['large', sizeBytes, content],
  /** The content that a mail server beside us knows by this name (RFC 8474 EMAILID). */
  contentId: (id: string): Key => ['content-id', id],
  /** Contents with this Message-ID. */
  messageId: (id: string, content: Guid): Key => ['message-id', id, content],
  part: (digest: Digest, content: Guid): Key => ['part', digest, content],
  reference: (content: Guid, message: Guid): Key => ['reference', content, message],
  journal: (number: number): Key => ['journal', number],
  journalOf: (message: Guid, number: number): Key => ['journal-of', message, number],
  /** Locally born messages whose content the upstream has not confirmed. */
  upload: (message: Guid): Key => ['upload', message],
  /** Messages of a device whose content is not complete here. */
  arriving: (device: string, message: Guid): Key => ['arriving', device, message],
  /** Contents of which the running or the next exchange should bring more. */
  expected: (content: Guid): Key => ['expected', content],
  /** Contents whose bytes outlive their last message, with the log position at which that went. */
  kept: (content: Guid): Key => ['kept', content],
  /** Contents that are not whole. */
  partial: (content: Guid): Key => ['partial', content],
  /** Messages that the upstream spoke of and that aren't known here. The value says whether they were asked for. */
  unknown: (mailbox: Guid, number: number): Key => ['unknown', mailbox, number],
  wanted: (content: Guid, part: number): Key => ['wanted', content, part],
  /** In the order in which they were said. Whoever works on the replica only lists them: other processes write them. */
  wish: (number: number): Key => ['wish', number],
  place: (message: Guid): Key => ['place', message],
  file: (mailbox: Guid, locator: string): Key => ['file', mailbox, locator],
  mailboxFile: (mailbox: Guid): Key => ['mailbox-file', mailbox],
  /** What the mail store must still be told. */
  todoMailbox: (mailbox: Guid): Key => ['todo-mailbox', mailbox],
  todo: (mailbox: Guid, message: Guid): Key => ['todo', mailbox, message],
  /** Devices go by their replica's id: a client set up anew is another device, whatever its pairing. */
  device: (device: string): Key => ['device', device],
  /** A mailbox that the device has named as one that it knows, when a loss of memory had left it no cursor that says so. */
  namedBy: (device: string, mailbox: Guid): Key => ['named-by', device, mailbox],
  /** What a mailbox that some device named by this GUID turned out to be here. */
  metAs: (mailbox: Guid): Key => ['met-as', mailbox],
  /** A message here that one of the device's own turned out to be. */
  adopted: (device: string, message: Guid): Key => ['adopted', device, message],
  alias: (device: string, guid: Guid): Key => ['alias', device, guid],
  /** What had this GUID here before the upstream's was known. */
  renamed: (guid: Guid): Key => ['renamed', guid],
  /** A content that the device holds under a message which is gone here. The value is that message's GUID. */
  holds: (device: string, content: Guid): Key => ['holds', device, content],
  result: (device: string, number: number, index: number): Key => ['result', device, number, index],
  conflict: (number: number): Key => ['conflict', number],
  /** By which stand-ins that were written here are known; the one beside the mail goes before it (`sync/content/stand-in-key.ts`). */
  standInKey: (): Key => ['stand-in-key'],
  /** What was measured on a link, by its profile's name. */
  measuredLine: (link: string): Key => ['measured-line', link],
  /** Messages that the upstream hasn't spoken of yet since one of the two lost its memory. */
  doubtful: (message: Guid): Key => ['doubtful', message],
  /** Doubtful messages of which only a list entry is here: they are known again by that. */
  likeness: (mailbox: Guid, sizeBytes: number, message: Guid): Key => [
    'likeness',
    mailbox,
    sizeBytes,
    message,
  ],
  /** A stand-in in the mail store for a message that isn't known here: this database was made anew. */
  stray: (message: Guid, mailbox: Guid, locator: string): Key => ['stray', message, mailbox, locator],
  /** What is in stand-ins that name this message is all that there is of it by now: they are mail like any other. */
  orphaned: (message: Guid): Key => ['orphaned', message],
  /** More was missing there than may go without asking. The value is the number of the conflict that says so. */
  heldBack: (mailbox: Guid, missing: 'here' | 'upstream'): Key => ['held-back', mailbox, missing],
  /**
   * A message whose UID on the device's side was given to something else here. It gets a new one when all of the journal is applied, above all
   * that it speaks of: given at once, it could meet one of the device's next ones.
   */
  refusedUid: (device: string, message: Guid): Key => ['refused-uid', device, message],
  /** By pairing, or by the device's name where it has none (`sync/policy/device-quota.ts`). */
  quota: (by: string): Key => ['quota', by],
  /** By pairing, or by the device's name where it has none; so are the next ones (`sync/policy/device-guard.ts`). */
  deletions: (by: string): Key => ['deletions', by],
  /** Of one mailbox: messages when the window began, and how many have gone. */
  deletionsIn: (by: string, mailbox: Guid): Key => ['deletions-in', by, mailbox],
  /** The device has moved this content to where it may be emptied, and that was counted. */
  trashedBy: (by: string, content: Guid): Key => ['trashed-by', by, content],
  heldFrom: (by: string, mailbox: Guid): Key => ['held-from', by, mailbox],
  /** A message that stays although the device expunged what it was before. */
  keptFrom: (by: string, mailbox: Guid, message: Guid): Key => ['kept-from', by, mailbox, message],
  /** Messages whose bytes the mail store holds, since their mailbox's expunges are synchronous. */
  held: (message: Guid): Key => ['held', message],
  /** Expunged here by a person, and not done before the upstream says so. */
  expunging: (message: Guid): Key => ['expunging', message],
  /**
   * What can't be read or written now, by mailbox (its GUID, or its name while it has none) and item (a locator or a message; '' for the
   * mailbox itself). `upstream`: what the upstream says of its own, by number.
   */
  problem: (act: 'read' | 'write' | 'upload' | 'upstream', mailbox: string, item: string): Key => [
    'problem',
    act,
    mailbox,
    item,
  ],
  /** By what name, and how many, the upstream told of its problems. */
  problemsThere: (): Key => ['problems-there'],
  /** The upstream has moved it here out of a mailbox that isn't there to be emptied (`sync/write/count-trashed.ts`). */
  trashed: (message: Guid): Key => ['trashed', message],
  /** Expunged on suspicion: its file is put aside for a while instead of being removed. */
  aside: (message: Guid): Key => ['aside', message],
}
