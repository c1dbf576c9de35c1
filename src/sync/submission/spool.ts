import type { SubmitEnvelope } from '../../replica/submission/submission.js'
import type { OpenContent } from '../content/content-access.js'

/** Mail that was handed in here and hasn't been taken into the replica: filled by `src/outbox`, emptied by a sync. */
export interface Spool {
  /** Oldest first. What can't be read is left out, and named by whoever looks. */
  list(): Promise<readonly SpooledMail[]>
  /** Its bytes as they were handed in, Bcc too. Undefined when it is gone. */
  open(name: string): Promise<OpenContent | undefined>
  /** Removes a mail that the replica holds durably now, or that was taken back. */
  remove(name: string): Promise<void>
  /** The same, and it went with smaller pictures: what was handed in is kept for a person, for a while. */
  setAside(name: string): Promise<void>
}

export interface SpooledMail {
  /** The spool's own name for it, which `packetboat outbox` shows. */
  readonly name: string
  readonly envelope: SubmitEnvelope
  readonly sizeBytes: number
  readonly queuedMs: number
  readonly urgent: boolean
  /** By the endpoint's clock: not sent before then. */
  readonly notBeforeMs?: number
  /** Stays here until it is released. */
  readonly held?: boolean
  /** Stand-ins that it carries along are to go as they are, and its pictures as large as they are. */
  readonly asIs?: boolean
}
