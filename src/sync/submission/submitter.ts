import type { RecipientOutcome, SubmitEnvelope } from '../../replica/submission/submission.js'

/** Hands mail over to the server that carries it on: filled by `src/submit`, asked by an endpoint. */
export interface Submitter {
  /** What the server says that it takes, where it says so (RFC 1870). Throws `SUBMIT_AWAY` where it can't be asked. */
  limits(signal: AbortSignal): Promise<SubmitLimits>
  /**
   * One try. Never throws for what a server says or a line does: that is the outcome of each recipient, in the order of the envelope.
   * An abort before the body has begun to go counts as `later`, behind its last byte as `uncertain`.
   */
  submit(envelope: SubmitEnvelope, mail: SubmitMail, signal: AbortSignal): Promise<readonly Handed[]>
}

export interface SubmitLimits {
  readonly maxBytes?: number
}

/** The bytes as they go out: Bcc is taken out already. */
export interface SubmitMail {
  readonly sizeBytes: number
  /** Called once for each try. */
  read(): AsyncIterable<Uint8Array>
}

/**
 * What became of one recipient in one try. `accepted`: the server has taken it over. `refused`: it said that it never will (5xx). `later`:
 * surely not accepted, and worth another try (4xx, no connection, a line that broke before the last byte). `uncertain`: all bytes went, and no
 * answer came. The reply is one line of at most 500 characters.
 */
export type Handed = RecipientOutcome
