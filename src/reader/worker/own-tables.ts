import { defineTable } from '../../store/table.js'

/** What the reader remembers of itself, in the replica's database. */
export interface OwnRecord {
  /** Whose mail it is. */
  readonly account: string
  /** When both sides last agreed, ms. */
  readonly syncedMs?: number
  /** The browser had deleted what was here, and nothing has come since. */
  readonly lost?: true
}

/** Names never change: they are on disks. */
export const ownTables = { own: defineTable<[], OwnRecord>('reader') }
