import type { Guid } from '../../replica/model.js'
import type { SubmitEnvelope } from '../../replica/submission/submission.js'
import { defineTable } from '../../store/table.js'
import type { Draft, SyncTerms } from '../port.js'

/** What the reader remembers of itself, in the replica's database. */
export interface OwnRecord {
  /** The account whose mail this is. */
  readonly account: string
  /** When both sides last agreed, ms. */
  readonly syncedMs?: number
  /** The browser had deleted what was here, and nothing has come since. */
  readonly lost?: true
  /** The terms of each sync. */
  readonly terms?: SyncTerms
  /** A link was used since, whose cookie may lead to another account's mail. */
  readonly doubted?: true
  /** The last sync was refused, as from a browser that isn't paired. */
  readonly revoked?: true
}

/** A link was used here first: nothing can have been here before it. */
export type LinkedRecord = Record<string, never>

/** What is being written here. */
export interface DraftRecord {
  /** The message that shows it; absent while nothing has been saved. */
  readonly message?: Guid
  /** The mark of its next file, noted before the file exists and until its message is known. */
  readonly saving?: Guid
  readonly draft: Draft
}

/** What was written here and is to be sent, until a sync has taken it ashore. */
export interface OutgoingRecord {
  readonly envelope: SubmitEnvelope
  readonly queuedMs: number
  readonly bytes: Uint8Array
}

/** Names never change: they are on disks. */
export const ownTables = {
  own: defineTable<[], OwnRecord>('reader'),
  linked: defineTable<[], LinkedRecord>('reader-linked'),
  /** Keyed by the draft's own id, as the next one is. */
  draft: defineTable<[id: string], DraftRecord>('reader-draft'),
  outgoing: defineTable<[id: string], OutgoingRecord>('reader-outgoing'),
}
