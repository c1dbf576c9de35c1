import type { RecipientOutcome, SubmitEnvelope } from '../../replica/submission/submission.js'

/** Hands mail over to the server that carries it on: filled by `src/submit`, asked by an endpoint. */
export interface Submitter {
  /** What the server says that it takes, where it says so (RFC 1870). Throws `SUBMIT_AWAY` where it can't be asked. */
  limits(signal: AbortSignal): Promise<SubmitLimits>
  /**
   * Makes one try. Never throws for what a server says or a line does: that is the outcome for each
   * recipient, in the order of the envelope. An abort before the body has begun to go counts as `later`,
   * after its last byte as `uncertain`. `more`: others may follow over the same connection, until `end`.
   */
  submit(
    envelope: SubmitEnvelope,
    mail: SubmitMail,
    signal: AbortSignal,
    more?: boolean,
  ): Promise<readonly Handed[]>
  /** No more follows for now: what was kept open is closed. */
  end?(): void
}

export interface SubmitLimits {
  readonly maxBytes?: number
}

/** The bytes as they go out: Bcc is taken out already. */
export interface SubmitMail {
  readonly sizeBytes: number
  /** Called once for each try at the most, when the server has said that it may come. */
  read(): AsyncIterable<Uint8Array>
}

/**
 * What became of one recipient in one try. `accepted`: the server has taken the mail over. `refused`: it said
 * that it never will (5xx). `later`: certainly not accepted, and worth another try (4xx, no connection, a
 * line that broke before the last byte). `uncertain`: all bytes went and no answer came. The reply is one
 * line of at most 500 characters.
 */
export type Handed = RecipientOutcome
