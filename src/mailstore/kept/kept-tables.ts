import type { Flags, Guid, MailboxPath } from '../../replica/model.js'
import { defineTable } from '../../store/table.js'

export interface KeptMailboxRecord {
  readonly path: MailboxPath
  readonly identity: string
  /** Another one after each change. */
  readonly token: string
  readonly subscribed: boolean
}

export interface KeptMessageRecord {
  readonly guid: Guid
  readonly flags: Flags
  readonly internalDateMs: number
  readonly sizeBytes: number
  /** Where the bytes are: in one blob, or in a skeleton (encoded) and a blob for each piece. */
  readonly blobs: readonly string[]
  readonly skeleton?: Uint8Array
}

/** What lies in the replica's database beside its own records. Names never change: they are on disks. */
export const keptTables = {
  mailbox: defineTable<[path: string], KeptMailboxRecord>('mail-box'),
  message: defineTable<[mailbox: string, locator: string], KeptMessageRecord>('mail'),
  /** Blobs that are being written, and belong to no message yet. */
  unfinished: defineTable<[blob: string], true>('mail-unfinished'),
  /** What was set aside, for a while. */
  aside: defineTable<[atMs: number, locator: string], KeptMessageRecord>('mail-aside'),
}
