import type { Identity } from './identities.js'
import type { Submitter } from './submitter.js'

/** How an account's mail is sent. */
export interface SendSettings {
  readonly submitter: Submitter
  /** The addresses under which the account may send. */
  readonly identities: readonly Identity[]
  /** Whether a copy is filed as sent: `auto` unless the mail program files one, before or after. */
  readonly sent: 'auto' | 'always' | 'never'
  /** Whether the draft of what was sent goes. */
  readonly drafts: 'remove' | 'keep'
  /** What becomes of mail of which nobody knows whether it was taken over. */
  readonly uncertain: 'resend' | 'ask'
  /** When it is tried again after so many tries; undefined: it is given up. */
  readonly nextTryMs: (tries: number, sinceArrivalMs: number) => number | undefined
  /** This host's name, for delivery reports. */
  readonly host: string
}
