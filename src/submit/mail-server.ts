/** A server that takes mail over, by SMTP (RFC 5321, 6409) or LMTP (RFC 2033). */
export interface MailServer {
  readonly protocol: 'smtp' | 'lmtp'
  readonly at: { readonly host: string; readonly port: number } | { readonly socket: string }
  /** TLS from the start, after STARTTLS, which is then required, or not at all: whoever makes this has seen to it that that crosses no network. */
  readonly tls: 'tls' | 'starttls' | 'none'
  readonly login?: MailLogin
}

export interface MailLogin {
  readonly user: string
  /** Asked before each connection: tokens expire. Throws CONFIG, INTERRUPTED. */
  credentials(signal: AbortSignal): Promise<MailCredentials>
}

export type MailCredentials = { readonly password: string } | { readonly token: string }

/** How long a server may take, ms. */
export interface Patience {
  /** Until it has greeted us and TLS stands. */
  readonly connectMs: number
  /** How long a server may be silent. RFC 5321 4.5.3.2.6 gives it ten minutes for its answer to the final dot. */
  readonly answerMs: number
}

export const defaultPatience: Patience = { connectMs: 60_000, answerMs: 600_000 }
