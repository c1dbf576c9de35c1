import type { Guid } from '../model.js'

/** Mail on its way to its recipients: a thing of its own beside the message that is filed as sent. */

/** RFC 5321 2.3.1, with what RFC 3461 adds. */
export interface SubmitEnvelope {
  /** '' is the null reverse-path. */
  readonly from: string
  /** At least one address. */
  readonly recipients: readonly string[]
  readonly notify?: readonly DeliveryNotice[]
  readonly ret?: 'full' | 'headers'
  readonly envelopeId?: string
}

/** Which delivery notices the sender wants (RFC 3461 4.1). */
export const deliveryNotices = ['never', 'success', 'failure', 'delay'] as const
export type DeliveryNotice = (typeof deliveryNotices)[number]

/**
 * In the order of their numbers on the line: add at the end. `queued`: not known to be ashore. `ashore`: all
 * of it is durable where it is handed over. `handing`: a try has begun, with no outcome yet. `waits`: a try
 * has failed that is worth repeating. `uncertain`: all bytes went, and no answer came. `sent`: a server has
 * taken it over for at least one recipient, and nothing is left to do.
 */
export const submissionStates = [
  'queued',
  'ashore',
  'handing',
  'waits',
  'uncertain',
  'sent',
  'refused',
  'cancelled',
  'failed',
] as const
export type SubmissionState = (typeof submissionStates)[number]

/** Whether nothing more will happen to the submission. */
export function isFinal(state: SubmissionState): boolean {
  return state === 'sent' || state === 'refused' || state === 'cancelled' || state === 'failed'
}

/**
 * The name of the copy of a submission that is filed as sent, by whoever files it first: so both sides know it when they know the submission. The
 * same once more gives the submission's name again.
 */
export function nameOfCopy(guid: Guid): Guid {
  return guid.slice(0, -1) + (Number.parseInt(guid.slice(-1), 16) ^ 1).toString(16)
}

/** What became of one recipient, in the order of the list on the line. */
export const outcomes = ['accepted', 'refused', 'later', 'uncertain', 'repeated'] as const
export type Outcome = (typeof outcomes)[number]

export interface RecipientOutcome {
  readonly recipient: string
  readonly outcome: Outcome
  /** One line: the server's words, or what happened to the line. */
  readonly reply: string
  /** An earlier try may have reached it. Known where it is handed over only. */
  readonly doubted?: boolean
}

/** What a person is to know of it, and what goes over the line to whoever wrote it. */
export interface SubmissionStatus {
  readonly state: SubmissionState
  /** One line, for a person: why it is so. */
  readonly reason?: string
  /** The recipients that were tried, and what came of it. */
  readonly recipients: readonly RecipientOutcome[]
}

/** A place in a mail that stands for something that its author hadn't got: there it is put in before the mail is handed over. */
export interface Reference {
  /** Offset in the bytes that stand there. */
  readonly start: number
  readonly length: number
  readonly message: Guid
  /** A leaf of it, by its index, with its header; otherwise the whole message. */
  readonly part?: number
}

/** The most references in one mail. */
export const maxReferences = 100

/** Why a picture goes as it is, though smaller ones are wanted. */
export type PictureReason =
  /** The mail is signed or encrypted; it was sent on as it came. */
  | 'signed'
  | 'sent-on'
  /** Why a picture wasn't made smaller: its format isn't read, it is animated, too much for this machine or broken, or it came out no smaller. */
  | 'format'
  | 'animated'
  | 'too-large'
  | 'too-slow'
  | 'broken'
  | 'no-gain'
  /** The mail has too many pictures. */
  | 'too-many'
  /** What reads pictures isn't installed. */
  | 'no-library'

/** What became of a picture that was to be made smaller. */
export interface PictureFate {
  /** The name of the picture's file; empty where it has none. */
  readonly name: string
  readonly beforeBytes: number
  /** The same where it goes as it is. */
  readonly afterBytes: number
  /** Why it goes as it is. */
  readonly why?: PictureReason
}

export interface SubmissionRecord extends SubmissionStatus {
  readonly guid: Guid
  /** Names the content record. */
  readonly content: Guid
  readonly envelope: SubmitEnvelope
  /** Ascending; of what the content names and doesn't hold. None any more once the content has all of it. */
  readonly references?: readonly Reference[]
  /** Placeholders in it are meant. */
  readonly asIs?: true
  /** The content was made here of what its author wrote and of other mail: nobody else has it. */
  readonly madeWhole?: true
  readonly urgent: boolean
  /** When it was written, by the clock there. Only shown. */
  readonly queuedMs: number
  /** By the clock of the side that hands it over: not before then. */
  readonly notBeforeMs?: number
  /** The device that told of it. Undefined where it was written. */
  readonly device?: string
  /** Its name in the spool, where it stays until it is ashore. */
  readonly spooled?: string
  /** What was done to its pictures before it went. */
  readonly pictures?: readonly PictureFate[]
  /** The journal has told our own upstream of it, or is to. */
  readonly told?: true
  /** What a person asked for, while it isn't known whether it came in time. */
  readonly cancelling?: true
  /** Tries that have begun. */
  readonly tries: number
  /** Whether the body of the try that is under way has begun to go. */
  readonly begun?: boolean
  /** When it came here, and when it is tried next, by this clock. */
  readonly arrivedMs?: number
  /** Log position when it came here: what appeared before is no consequence of a try. */
  readonly since?: number
  readonly nextMs?: number
  /** Its author doesn't know what became of an earlier one of the same: it may have gone already. */
  readonly again?: true
  /** When it came to its end, by this clock. */
  readonly endedMs?: number
  /** Whoever wrote it knows of its end. */
  readonly heard?: true
  /** The copy that was filed as sent where it was handed over. */
  readonly filed?: Guid
  /** What was looked for there that lies twice now that it is sent: its drafts are gone, or nothing is looked for any more. */
  readonly tidied?: 'drafts' | 'all'
}

/** What an upstream takes to hand over, and as whom. */
export interface SubmitTerms {
  /** Addresses, or `*@domain`; with a name in front perhaps. */
  readonly identities: readonly string[]
  /** The largest message that the server takes, where it says so. */
  readonly maxBytes?: number
}

export interface OutboxThereRecord extends SubmitTerms {
  /** Mail may have references: they are made whole there. */
  readonly assembles?: true
  /** It knows copies by their submissions, and gives numbers in its accepts. */
  readonly numbers?: true
  /** Names all that was told: who has heard it says so. */
  readonly name: number
}

export interface SubmissionEndedRecord {
  readonly state: SubmissionState
  readonly endedMs: number
}

/** Why, of mail that a person has taken back after a try that may have succeeded. */
export const cancelledInDoubt = 'It was taken back, but the mail server may have taken it before.'
