import type { ImapClient } from './imap-client.js'

/** An IMAP server that a test has started on loopback. */
export interface MailServer {
  readonly name: string
  readonly port: number
  readonly naming: { readonly prefix: string; readonly delimiter: string }
  /** Makes an account that holds nothing but INBOX; its password is x. */
  account(): Promise<string>
  login(user: string): Promise<ImapClient>
  /** What it complained about so far. */
  complaints(): string[]
  stop(): Promise<void>
}
