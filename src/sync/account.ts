import type { CreateHash } from '../bytes/hash.js'
import type { MessageVerifier } from '../mime/verify-message.js'
import type { Mailer } from '../replica/merge/application.js'
import type { Replica } from '../replica/replica.js'
import type { SubmitTerms } from '../replica/submission/submission.js'
import type { Codec } from '../wire/compression/codec.js'
import type { MailStore } from './mail-store.js'
import type { MakeGist } from './make-gist.js'
import type { MixWork } from './mix-work.js'
import type { Quota } from './policy/device-quota.js'
import type { Guard } from './policy/guard.js'
import type { Window } from './policy/window.js'

/** One side of a sync: a replica with the mail store beside it, and what both are worked with. */
export interface Account {
  readonly replica: Replica
  readonly mailStore: MailStore
  readonly createHash: CreateHash
  readonly codec: Codec
  readonly guard: Guard
  /** The quota of each device that asks. */
  readonly quota?: Quota
  /** Patterns of mailboxes whose expunges are not done before the upstream has confirmed them. None by default. */
  readonly synchronous?: readonly string[]
  /** What this replica holds of each mailbox, unless a run says otherwise. */
  readonly windows?: readonly Window[]
  /**
   * Runs one job at a time: a look at the mail store, or a round of changes to it. Only local work may hold
   * it, never work that waits for the line (law 9).
   */
  readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>
  /** Verifiers of big mail whose reading has begun, kept by `begun-verifiers.ts`. */
  readonly proofs: Map<string, MessageVerifier>
  /** Where this side hands mail over to be sent. */
  readonly mailing?: Mailing
  /** What is known of the mail store by now: nothing at first. */
  readonly sight: Sight
  /** Work of codec 2, shared by all accounts of this process. */
  readonly mixWork?: MixWork
  /** Makes gists for devices on slow lines; without it they get pages as they are. */
  readonly makeGist?: MakeGist
  /** For a mail store that can have mailboxes of hits; a browser does without, and needn't load it. */
  readonly hitMailboxes?: HitMailboxes
}

export interface HitMailboxes {
  /** Before a scan: mail that was moved into one (`scan/return-strays.ts`). */
  readonly returnStrays: (account: Account) => Promise<void>
  /** Before writing: hits that were moved out of one (`write/place-hits.ts`). */
  readonly placeHits: (account: Account) => Promise<void>
  /** After it (`search/show-hits.ts`). */
  readonly showHits: (account: Account) => Promise<void>
}

/** How an account's mail is sent from here, as its settings say. */
export interface Mailing extends Mailer {
  readonly terms: SubmitTerms
  /** Hears that mail is here whole, while more may follow it for hours. */
  readonly cameAshore?: () => void
}

/** Whether it was looked at since something was done to it of which nobody has heard that it was done. Whoever writes looks first otherwise. */
export interface Sight {
  clear: boolean
}

/** A first-come, first-served queue of work. */
export function exclusiveQueue(): Account['exclusive'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = last.then(work, work)
    last = run.catch(() => undefined)
    return run
  }
}
