import type { Guid } from './model.js'

/** What two histories came to where a person might want to look: docs/CONFLICTS.md says which row is meant. */
export const conflictKinds = [
  /** Expunged by one, marked important or undeleted by another: it lives on as a new message. */
  'kept',
  /** Moved by both: one in each place. */
  'moved-apart',
  /** Moved by one, expunged by another: the moved one stays. */
  'moved-expunged',
  /** A draft edited by both: both texts stay. */
  'drafts-apart',
  /** A mailbox deleted by one, mail put into it by another: it stays with that mail. */
  'mailbox-kept',
  /** Renamed by both: the upstream's name stands. */
  'mailbox-names',
  /** Two mailboxes would have had one name: one has a number behind it. */
  'mailbox-apart',
  /** Made on both sides with one name: one mailbox with both contents. */
  'mailbox-merged',
  /** The deferred parts of a message were not here when its stand-in was edited: the edited text beside the whole message. */
  'stand-in-edited',
  /** The upstream no longer had what a copy was made of: it went up again with its bytes. */
  'sent-again',
  /** More was missing than may go without asking. */
  'held-back',
  /** The upstream no longer had it when this replica came back after too long a time: expunged here, recoverable for a while. */
  'recalled',
  /** One side had lost its memory: a new name for this replica, and both were compared. */
  'healed',
  /** A mail server may have taken a mail, and nobody knows; or it may have taken it twice. `here` names the mail. */
  'in-doubt',
] as const

export type ConflictKind = (typeof conflictKinds)[number]

/** GUIDs of what it is about. `here` is the version of whoever made the journal, `there` the upstream's. */
export interface Conflict {
  readonly kind: ConflictKind
  readonly mailbox?: Guid
  readonly here?: Guid
  readonly there?: Guid
  /** A name, a number of messages: what the kind needs in words. */
  readonly detail?: string
}

export type Settlement = 'here' | 'there' | 'both'

/** A conflict that is kept for the person, and what became of it. */
export interface ConflictRecord extends Conflict {
  readonly atMs: number
  readonly settled?: Settlement
}
