import type { CreateHash } from '../bytes/hash.js'
import type { MessageVerifier } from '../mime/verify-message.js'
import type { Mailer } from '../replica/merge/application.js'
import type { Guid } from '../replica/model.js'
import type { JournalEntry, UidNextOperation } from '../replica/operation.js'
import type { FoundProblem } from '../replica/problems.js'
import type { MailboxRecord, MessageRecord } from '../replica/records.js'
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
  /** For a mail store that mail may leave, or whose mailboxes a mail server numbers; a browser's is neither, and needn't load it. */
  readonly diskWork?: DiskWork
  /** For a mail store that can have mailboxes of hits; a browser does without, and needn't load it. */
  readonly hitMailboxes?: HitMailboxes
}

/** `write/disk-work.ts` has all of it. */
export interface DiskWork {
  /** What a scan does about mail that has left: called before it judges what is missing. */
  readonly heedEvictions: (account: Account, windows: readonly Window[]) => Promise<HeedingEvictions>
  /** Before messages are written (`evict/return-evicted.ts`). */
  readonly noteReturn: (account: Account, guids: Iterable<Guid>) => Promise<boolean>
  /** In which order, and which of them now, where a mail server numbers (`write/write-numbering.ts`). */
  readonly orderByUid: <T extends { readonly message: MessageRecord | undefined }>(
    account: Account,
    steps: readonly T[],
    allArrived: boolean,
  ) => Promise<T[]>
  /** After it. Returns whether that leaves more to scan and to write. */
  readonly repairNumberings: (
    account: Account,
    problems: { readonly addMailbox: (mailbox: MailboxRecord, error: unknown) => void },
  ) => Promise<boolean>
  /** Of messages that came and went before anything was told of them (`write/uids-given.ts`). */
  readonly uidsGiven: (
    entries: readonly JournalEntry[],
    dropped: ReadonlySet<Guid>,
  ) => ReadonlyMap<number, UidNextOperation>
}

export interface HeedingEvictions {
  /** Takes out of what has vanished from a mailbox what may have been evicted (`scan/spare-evicted.ts`). */
  readonly spare: (
    scan: {
      readonly mailbox: Guid
      readonly vanished: Pick<Map<Guid, unknown>, 'size' | 'keys' | 'delete'>
    },
    movements: { readonly movedTo: Pick<ReadonlyMap<Guid, unknown>, 'has'> },
  ) => Promise<void>
  /** Once all has been judged in mailboxes that could be `seen` (`evict/settle-doubt.ts`). */
  readonly settle: (seen: Pick<ReadonlySet<Guid>, 'has'>) => Promise<readonly FoundProblem[]>
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

/** How the mail store was seen last. */
export interface Sight {
  /** Whether it was looked at since something was done to it of which nobody has heard that it was done. Whoever writes looks first otherwise. */
  clear: boolean
  /** Mailboxes that lack something they had, while not all of the mail store has been read: it may lie elsewhere. */
  missing: ReadonlySet<Guid>
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
