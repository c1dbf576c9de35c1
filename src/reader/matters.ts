import type { ConflictKind, Settlement } from '../replica/conflict.js'
import type { Guid, MailboxPath } from '../replica/model.js'
import type { ProblemSide } from '../replica/problem.js'

/** What a page shows besides the mail that is here: decisions that wait for the person, what can't take part, and what is only at the endpoint. */

export interface Matters {
  /** Open conflicts. */
  readonly conflicts: readonly ConflictRow[]
  readonly problems: readonly ProblemRow[]
  /** How many more problems the endpoint has than are listed here. */
  readonly untold: number
}

export interface ConflictRow {
  readonly number: number
  readonly kind: ConflictKind
  readonly atMs: number
  readonly mailbox: string
  readonly here?: ConflictVersion
  readonly there?: ConflictVersion
  readonly choices: readonly Settlement[]
}

export interface ConflictVersion {
  readonly subject: string
  /** Empty where it was expunged. */
  readonly mailbox: string
}

export interface ProblemRow {
  readonly side: ProblemSide
  readonly mailbox: string
  readonly item?: string
  readonly reason: string
  readonly next: string
  readonly harmless: boolean
  readonly sinceMs: number
}

export interface AshoreView {
  readonly mailboxes: readonly {
    readonly path: MailboxPath
    readonly messages: number
    readonly bytes: number
  }[]
  /** The last one asked first. */
  readonly questions: readonly QuestionRow[]
}

export interface QuestionRow {
  readonly words: string
  /** `partly`: it is asked again, since the endpoint hadn't looked at all of the mail. `unknown`: the endpoint answers no such question. */
  readonly state: 'waits' | 'answered' | 'partly' | 'unknown'
  readonly total: number
  readonly totalBytes: number
  /** Whether there may be more than `total`. */
  readonly isPartial: boolean
  readonly hits: readonly HitRow[]
}

export interface HitRow {
  readonly mailbox: string
  readonly from: string
  readonly subject: string
  readonly arrivedMs: number
  readonly sizeBytes: number
  readonly is: 'ashore' | 'here' | 'comes' | 'left out'
  /** The message, if it is here. */
  readonly message?: Guid
}
