import type { Digest } from '../bytes/hash.js'
import type { Key } from '../store/store.js'
import type { Flags, Guid, MailboxPath, UidRange } from './model.js'

/** The records of a replica and where they lie in its store. Everything that is persistent is named in this file. */

export interface ReplicaRecord {
  readonly id: Guid
  /** Highest position given out in the change log. */
  readonly head: number
  /** Highest journal number given out. */
  readonly journal: number
  /** Highest journal number that the upstream has acknowledged. */
  readonly acknowledged: number
  /** Highest journal number that was ever put into a request. */
  readonly sent: number
  /** The upstream's replica id once known; undefined on a replica that has none or never met it. */
  readonly upstream?: Guid
  readonly cursor: Cursor
  /** Name of the policy that the upstream knows. */
  readonly policy?: string
  /** Whether the first exchange has run to its end: until then local mail may be upstream's too. */
  readonly settled: boolean
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
  /** UIDs whose messages have not been delivered although they are older than `log`. */
  readonly missing: readonly UidRange[]
}

export interface MailboxRecord {
  readonly guid: Guid
  readonly path: MailboxPath
  readonly uidValidity: number
  readonly uidNext: number
  readonly subscribed: boolean
  readonly specialUse?: string
  readonly deleted: boolean
  readonly created: number
  /** Log position of the last change of the mailbox itself. */
  readonly modseq: number
  /** Log position of the last change of the mailbox or anything in it. */
  readonly head: number
  readonly messages: number
  readonly unseen: number
  /** When a person last did something here on this replica, ms. Only for the order of mailboxes. */
  readonly usedMs: number
  readonly echo?: Echo
}

export interface MessageRecord {
  readonly guid: Guid
  readonly mailbox: Guid
  /** 0 until the upstream has numbered it. */
  readonly uid: number
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
}

/** The last change came from this device, which had seen everything up to `base`: it needn't be told. */
export interface Echo {
  readonly device: string
  readonly base: number
}

/** Content not yet read by any skeleton is not known here; what is known grows with the tiers. */
export interface ContentRecord {
  readonly id: Guid
  readonly sizeBytes: number
  readonly digest?: Digest
  /** Encoded; absent until tier 0 is here. */
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
  /** The content's `progress` that the file shows; `wholeFile` when it is the message itself. */
  readonly shown: number
}

export const wholeFile = -1

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
}

/** What an upstream remembers of a device. */
export interface DeviceRecord {
  /** Highest journal number applied: law 7. */
  readonly applied: number
  readonly policyDigest?: string
  readonly policy?: Uint8Array
  /** The log position up to which it has everything it takes part in. */
  readonly acknowledged: number
}

export const keys = {
  replica: (): Key => ['replica'],
  mailbox: (mailbox: Guid): Key => ['mailbox', mailbox],
  path: (path: MailboxPath): Key => ['path', ...path],
  /** Log of changes of mailboxes themselves. */
  structure: (modseq: number): Key => ['structure', modseq],
  message: (message: Guid): Key => ['message', message],
  uid: (mailbox: Guid, uid: number, message: Guid): Key => ['uid', mailbox, uid, message],
  log: (mailbox: Guid, modseq: number): Key => ['log', mailbox, modseq],
  content: (content: Guid): Key => ['content', content],
  digest: (digest: Digest): Key => ['digest', digest],
  part: (digest: Digest): Key => ['part', digest],
  reference: (content: Guid, message: Guid): Key => ['reference', content, message],
  journal: (number: number): Key => ['journal', number],
  journalOf: (message: Guid, number: number): Key => ['journal-of', message, number],
  /** Locally born messages whose content the upstream has not confirmed. */
  upload: (message: Guid): Key => ['upload', message],
  /** Messages of a device whose content is not complete here. */
  arriving: (device: string, message: Guid): Key => ['arriving', device, message],
  /** Contents of which the running or the next exchange should bring more. */
  expected: (content: Guid): Key => ['expected', content],
  /** Contents that are not whole. */
  /** Contents whose bytes outlive their last message, with the log position at which that went. */
  kept: (content: Guid): Key => ['kept', content],
  partial: (content: Guid): Key => ['partial', content],
  /** Messages that the upstream spoke of and that aren't known here. The value says whether they were asked for. */
  unknown: (mailbox: Guid, uid: number): Key => ['unknown', mailbox, uid],
  wanted: (content: Guid, part: number): Key => ['wanted', content, part],
  place: (message: Guid): Key => ['place', message],
  file: (mailbox: Guid, locator: string): Key => ['file', mailbox, locator],
  mailboxFile: (mailbox: Guid): Key => ['mailbox-file', mailbox],
  /** What the mail store must still be told. */
  todoMailbox: (mailbox: Guid): Key => ['todo-mailbox', mailbox],
  todo: (mailbox: Guid, message: Guid): Key => ['todo', mailbox, message],
  /** Devices go by their replica's id: a client set up anew is another device, whatever its pairing. */
  device: (device: string): Key => ['device', device],
  /** A message here that one of the device's own turned out to be. */
  adopted: (device: string, message: Guid): Key => ['adopted', device, message],
  alias: (device: string, guid: Guid): Key => ['alias', device, guid],
  result: (device: string, number: number): Key => ['result', device, number],
}
