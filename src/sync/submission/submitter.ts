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

/** RFC 5321 2.3.1, with what RFC 3461 adds. */
export interface SubmitEnvelope {
  /** '' is the null reverse-path. */
  readonly from: string
  /** At least one. */
  readonly recipients: readonly string[]
  readonly notify?: readonly ('never' | 'success' | 'failure' | 'delay')[]
  readonly ret?: 'full' | 'headers'
  readonly envelopeId?: string
}

/** The bytes as they go out: Bcc is taken out already. */
export interface SubmitMail {
  readonly sizeBytes: number
  /** Called once for each try. */
  read(): AsyncIterable<Uint8Array>
}

/** What became of one recipient in one try. */
export interface Handed {
  readonly recipient: string
  /**
   * `accepted`: the server has taken it over. `refused`: it said that it never will (5xx). `later`: surely not accepted, and worth another try
   * (4xx, no connection, a line that broke before the last byte). `uncertain`: all bytes went, and no answer came.
   */
  readonly outcome: 'accepted' | 'refused' | 'later' | 'uncertain'
  /** The server's words, or what happened to the line: one line of at most 500 characters. */
  readonly reply: string
}
