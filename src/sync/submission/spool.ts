import type { SubmitEnvelope } from '../../replica/submission/submission.js'
import type { OpenContent } from '../content/content-access.js'

/** Mail that was handed in here and hasn't been taken into the replica: filled by `src/outbox`, emptied by a sync. */
export interface Spool {
  /** Oldest first. What can't be read is left out, and named by whoever looks. */
  list(): Promise<readonly SpooledMail[]>
  /**
   * Takes it: its bytes as they were handed in, Bcc too. From then on it can't be held or taken back here, also not after a crash, until it
   * is removed; it stays in the list and can be opened again. Undefined when it is gone, or held. Throws MESSAGE_UNREADABLE for what is damaged.
   */
  open(name: string): Promise<OpenContent | undefined>
  /** It is in the replica now, durably. Of what isn't there, nothing happens. */
  remove(name: string): Promise<void>
}

/** A spool that this program fills itself. */
export interface FilledSpool extends Spool {
  /** Durable when it gives the name. What the bytes throw goes through, and then there is nothing of it. */
  add(mail: NewMail, bytes: AsyncIterable<Uint8Array>): Promise<string>
  /** Stays until it is released. Throws NOT_FOUND, and LOCKED where a sync has taken it. */
  hold(name: string): Promise<void>
  /** May go now, whatever has held it. Throws NOT_FOUND. */
  release(name: string): Promise<void>
  /** It won't be sent, and is gone. Throws NOT_FOUND, and LOCKED where a sync has taken it. */
  takeBack(name: string): Promise<void>
}

/** What is said of mail when it is handed in. */
export interface NewMail {
  readonly envelope: SubmitEnvelope
  readonly urgent: boolean
  /** By the endpoint's clock. */
  readonly notBeforeMs?: number
  /** By the clock here, or until it is released. */
  readonly heldUntil?: number | 'released'
}

export interface SpooledMail {
  /** Of the spool's own making; what `packetboat outbox` shows. */
  readonly name: string
  readonly envelope: SubmitEnvelope
  readonly sizeBytes: number
  readonly queuedMs: number
  readonly urgent: boolean
  /** By the endpoint's clock. */
  readonly notBeforeMs?: number
  /** Stays here until it is released, or its time has come. */
  readonly held?: boolean
}
