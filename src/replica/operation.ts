import type { Digest } from '../bytes/hash.js'
import type { Conflict } from './conflict.js'
import type { FlagDelta, Flags, Guid, MailboxPath } from './model.js'
import type { Reference, SubmitEnvelope } from './submission/submission.js'

/**
 * One act on a replica, as the journal keeps it and the wire carries it. An operation says what its author
 * knew (`base`, `from`), so that whoever applies it later can merge rather than overwrite.
 */
export type Operation =
  | { readonly op: 'mailbox-create'; readonly mailbox: Guid; readonly path: MailboxPath }
  | {
      readonly op: 'mailbox-rename'
      readonly mailbox: Guid
      readonly from: MailboxPath
      readonly to: MailboxPath
    }
  /** Deletes what the author knows of; messages that it had not seen keep the mailbox alive. */
  | { readonly op: 'mailbox-delete'; readonly mailbox: Guid }
  | { readonly op: 'mailbox-subscribe'; readonly mailbox: Guid; readonly subscribed: boolean }
  | AppendOperation
  | CopyOperation
  | FiledOperation
  | ({ readonly op: 'flags'; readonly message: Guid } & FlagDelta)
  | ExpungeOperation
  /** The author's mail server has given this message another UID, or couldn't give it the one it had. */
  | { readonly op: 'renumber'; readonly message: Guid; readonly uid: number }
  /** The author's mail server has given all UIDs below this one, and may have shown them for messages that are gone. */
  | UidNextOperation
  | RecallOperation
  | SubmitOperation
  /** Mail that is on its way isn't to go, if that can still be had. */
  | { readonly op: 'cancel'; readonly submission: Guid }

/** Every account has an INBOX, so that nobody made it: it is told of like any other mailbox, and counts as nothing that anybody did. */
export function makesInbox(operation: Operation): boolean {
  return operation.op === 'mailbox-create' && operation.path.length === 1 && operation.path[0] === 'INBOX'
}

export interface UidNextOperation {
  readonly op: 'uid-next'
  readonly mailbox: Guid
  readonly uidNext: number
}

export interface AppendOperation {
  readonly op: 'append'
  readonly mailbox: Guid
  readonly message: Guid
  readonly flags: Flags
  readonly internalDateMs: number
  /** Given by the author's mail server. */
  readonly uid?: number
  /** The content's digest. The content follows by itself when the upstream lacks it. */
  readonly digest: Digest
  readonly sizeBytes: number
  /**
   * The message was found in the mail store before the first sync. If the same mailbox upstream holds the
   * same content, which this device has never seen, the two are one message.
   */
  readonly adopt: boolean
  /** The submission of which this is the copy that was filed as sent. Only remembered: on the line a `filed` says it, where it can. */
  readonly copyOf?: Guid
}

/** An append of a submission's content, dated as that was written, under the name that a copy of it has. */
export interface FiledOperation {
  readonly op: 'filed'
  readonly mailbox: Guid
  readonly message: Guid
  readonly submission: Guid
  readonly flags: Flags
}

/** A new appearance of a known message's content, in the same or another mailbox. Sends no content. */
export interface CopyOperation {
  readonly op: 'copy'
  readonly mailbox: Guid
  readonly message: Guid
  readonly source: Guid
  readonly flags: Flags
  /** The source's flags as the author knew them: what others did to them meanwhile is kept. */
  readonly base: Flags
  readonly internalDateMs: number
  /** Given by the author's mail server. */
  readonly uid?: number
}

/**
 * The author has this message and no longer knows its name upstream, because one of the two has lost its
 * memory. The upstream matches it by that GUID, else by the same content in that mailbox.
 */
export interface RecallOperation {
  readonly op: 'recall'
  readonly mailbox: Guid
  readonly message: Guid
  /** Set on the message as the upstream has it: nobody knows who is ahead. */
  readonly flags: Flags
  /** The content's digest; undefined while the author knows too little of the content. */
  readonly digest?: Digest
  /** Goes with the digest: mail that the upstream hasn't read whole has no digest yet, and is found by its size. */
  readonly sizeBytes?: number
}

/** Mail to be handed over to the envelope's recipients. */
export interface SubmitOperation {
  readonly op: 'submit'
  readonly submission: Guid
  /** The content's digest. The content follows by itself when the upstream lacks it. */
  readonly digest: Digest
  readonly sizeBytes: number
  readonly envelope: SubmitEnvelope
  /** Sent only to an upstream that fills references in. */
  readonly references?: readonly Reference[]
  readonly urgent: boolean
  readonly queuedMs: number
  /** By the upstream's clock: not handed over before then. */
  readonly notBeforeMs?: number
  /** The author doesn't know what became of it: another upstream, or one that has lost its memory, may have sent it. */
  readonly again: boolean
}

export interface ExpungeOperation {
  readonly op: 'expunge'
  readonly message: Guid
  /** The flags as the author knew them. */
  readonly base: Flags
  /** The copy that took its place: it was moved, and nobody is asked whether it may go. */
  readonly movedTo?: Guid
}

export interface JournalEntry {
  /** Ascending from 1 on each replica; numbers may be left out. */
  readonly number: number
  readonly operation: Operation
}

/** What an upstream tells the author of an operation, where it did not simply do it. */
export type OperationResult =
  /** The upstream knows the same thing by another GUID, which is the right one from now on. */
  | { readonly kind: 'same-as'; readonly number: number; readonly guid: Guid; readonly known: Guid }
  /** A copy whose source the upstream never had or no longer has: send it as a message of its own. */
  | { readonly kind: 'no-source'; readonly number: number; readonly guid: Guid }
  /** Somebody else had done something too: for the author's own log of conflicts. */
  | { readonly kind: 'conflict'; readonly number: number; readonly conflict: Conflict }
