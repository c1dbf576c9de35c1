import type { Transaction } from '../store/database.js'
import { withAct } from './mailbox-use.js'
import type { Guid } from './model.js'
import type { Operation } from './operation.js'
import type { Echo, MailboxRecord } from './records.js'
import { type Replica, readReplicaRecord, updateReplicaRecord } from './replica.js'
import { tables } from './tables.js'

/** Who caused a change. */
export type Origin =
  /** A scan found the change in the mail store. */
  | { readonly kind: 'mail-store' }
  /** A person did it through packetboat itself: the mail store must be told. */
  | { readonly kind: 'local' }
  | { readonly kind: 'device'; readonly device: string }
  | { readonly kind: 'upstream' }

/** One transaction's worth of changes to a replica. */
export interface Change {
  readonly tx: Transaction
  readonly replica: Replica
  readonly origin: Origin
}

/** The next position of the change log. */
export async function nextPosition(change: Change): Promise<number> {
  const record = await updateReplicaRecord(change.tx, (replica) => ({ ...replica, head: replica.head + 1 }))
  return record.head
}

/**
 * What to record so that the device that caused this change isn't told of it: that the device had seen
 * everything up to the state before. In a chain of changes by one device, the first base is kept.
 */
export function echoOf(
  change: Change,
  before: { readonly modseq: number; readonly echo?: Echo } | undefined,
): Echo | undefined {
  if (change.origin.kind !== 'device' || !before) return undefined
  const { device } = change.origin
  return { device, base: before.echo?.device === device ? before.echo.base : before.modseq }
}

/** Writes an operation to the journal, unless it came from upstream or there is none. */
export async function journal(change: Change, operation: Operation): Promise<void> {
  const { tx, replica, origin } = change
  if (!replica.hasUpstream || origin.kind === 'upstream') return
  if (operation.op === 'append' || operation.op === 'copy') await announceForgotten(change, operation.mailbox)
  const record = await updateReplicaRecord(tx, (before) => ({ ...before, journal: before.journal + 1 }))
  tables.journal.put(tx, record.journal, operation)
  if ('message' in operation) tables.journalOf.put(tx, operation.message, record.journal, true)
  if ('submission' in operation) tables.journalOf.put(tx, operation.submission, record.journal, true)
  if (operation.op === 'copy') tables.journalOf.put(tx, operation.source, record.journal, true)
}

/**
 * Announces a mailbox that is compared with an upstream which may have expunged it, and forgotten that: by itself
 * it isn't made again there, but what is put into it belongs into it.
 */
async function announceForgotten(change: Change, guid: Guid): Promise<void> {
  const { tx } = change
  const { recall } = await readReplicaRecord(tx)
  if (recall !== 'expunged' || (await tables.uncompared.get(tx, guid)) !== true) return
  const mailbox = await tables.mailbox.get(tx, guid)
  if (!mailbox || mailbox.deleted) return
  tables.uncompared.put(tx, guid, { keep: true })
  await journal(change, { op: 'mailbox-create', mailbox: guid, path: mailbox.path })
}

/**
 * Records that a person used this mailbox here. Only after the first complete sync: until then everything in
 * the mail store looks new.
 */
export async function used(change: Change, mailbox: MailboxRecord): Promise<MailboxRecord> {
  const { tx, replica, origin } = change
  const byPerson = origin.kind === 'mail-store' || origin.kind === 'local'
  if (!byPerson || !replica.hasUpstream || !(await readReplicaRecord(tx)).firstSyncEnded) return mailbox
  return { ...mailbox, use: withAct(mailbox.use, replica.now()) }
}
