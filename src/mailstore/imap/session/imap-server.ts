/** An IMAP server and one person's account on it. */
export interface ImapServer {
  readonly host: string
  readonly port: number
  readonly tls: 'tls' | 'starttls' | 'none'
  readonly user: string
  /** Asked before each login: tokens expire. Throws CONFIG. */
  readonly credentials: (signal?: AbortSignal) => Promise<ImapCredentials>
  /** Extensions that the server may offer and that aren't to be used, by the names that it gives them. */
  readonly without: readonly string[]
  /** Mailboxes that are not mail of their own: names, or special uses such as `\All`. */
  readonly leaveOut: readonly string[]
  /** Messages of more bytes than this aren't read as a whole before somebody wants what is in them. */
  readonly wholeBytes: number
}

export type ImapCredentials = { readonly password: string } | { readonly token: string }
