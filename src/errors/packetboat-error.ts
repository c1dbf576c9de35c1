/**
 * Stable error codes. Scripts may rely on them; `cli/exit-codes.ts` maps each to an exit code and
 * `docs/EXIT-CODES.md` explains them. Add, never rename.
 */
export type ErrorCode =
  | 'USAGE' // the command line makes no sense
  | 'CONFIG' // configuration missing or wrong
  | 'LOCKED' // another run holds the account
  | 'LINK_FAILED' // the endpoint can't be reached, or the line was lost for too long
  | 'AUTH' // the endpoint does not know this device, or its secret is wrong or revoked
  | 'WRONG_ENDPOINT' // what answers there is no packetboat endpoint, or may be another account's than the one that was met
  | 'PROTOCOL' // the other side sent something that the protocol forbids
  | 'FRAME_CORRUPT' // a frame lies about its length or its digest, or can't be decompressed
  | 'STORE_CORRUPT' // the database can't be read
  | 'STORE_GONE' // a data directory without what was in it (unmounted?)
  | 'STORE_CONFLICT' // somebody else changed what a batch checked
  | 'DISK_FULL'
  | 'READ_ONLY' // a mail store or data directory that can't be written
  | 'MAILSTORE_GONE' // the tree itself isn't there (unmounted?)
  | 'MAILSTORE_AWAY' // a mail server that can't be reached now, or lets nobody in
  | 'MAILSTORE_REFUSED' // a mail server that is there and doesn't do what it was asked for
  | 'SUBMIT_AWAY' // the server or program that carries mail on can't be reached now
  | 'MAILBOX_NAME' // a mailbox name that the mail store can't hold
  | 'MAILBOX_MISSING'
  | 'MAILBOX_EXISTS'
  | 'MAILBOX_NOT_EMPTY'
  | 'MAILBOX_UNREADABLE' // a mailbox that is there and can't be looked into now
  | 'MESSAGE_UNREADABLE' // a message that is there and can't be read now
  | 'PROBLEMS' // all else was done, but some things could not take part
  | 'MESSAGE_GONE' // a message that was listed is no longer there
  | 'MESSAGE_CHANGED' // a message is there, with other flags or bytes than expected
  | 'NOT_FOUND' // a thing that was named on the command line does not exist
  | 'QUOTA' // more went up from a device than the endpoint takes of one
  | 'GUARD' // more would be expunged from a mailbox than may go without asking
  | 'BUDGET' // the run was to cost no more than this
  | 'HOOK' // a command of the person's own, before a run, has failed or said no
  | 'STALE' // the last sync that came to its end is longer ago than it may be
  | 'NO_RECIPIENTS' // mail that is to be sent to nobody
  | 'MAIL_INVALID' // mail to be sent that is none, or an address that is none
  | 'LOCAL_NAME' // a recipient without a domain
  | 'MAIL_TOO_BIG' // the mail server takes no mail of this size
  | 'NOT_YOURS' // mail from an address that isn't this account's
  | 'NOT_HERE' // mail that holds a placeholder where something is to be sent that isn't here
  | 'INTERRUPTED'

/** What went wrong, what was kept, and what to do next: shown to the person as it stands. */
export class PacketboatError extends Error {
  override readonly name = 'PacketboatError'
  readonly code: ErrorCode
  /** The next step for the person, a full sentence. */
  readonly next: string

  constructor(code: ErrorCode, message: string, next: string, options?: { cause?: unknown }) {
    // What a server or a library said may bring a full stop of its own.
    super(message.replace(/(?<!\.)\.\.$/, '.'), options)
    this.code = code
    this.next = next
  }
}

/** Whether an error is ours and carries this code. */
export function hasCode(error: unknown, code: ErrorCode): error is PacketboatError {
  return error instanceof PacketboatError && error.code === code
}
