import type { Database, Reader, Transaction } from '../store/database.js'
import { guidSource, type NextGuid, randomGuid } from './ids/guid.js'
import type { ReplicaRecord } from './records.js'
import { tables } from './tables.js'

/** One copy of an account: its database and what it needs to change it. */
export interface Replica {
  readonly db: Database
  /** Whether this replica syncs with an upstream: then what is done here is written to the journal. */
  readonly hasUpstream: boolean
  readonly nextGuid: NextGuid
  readonly randomBytes: (size: number) => Uint8Array
  /** Milliseconds since 1970. Decides nothing (law 6); shown, and used to order mailboxes by use. */
  readonly now: () => number
}

/** Opens the replica in a database, and makes it there at the first time. */
export async function openReplica(options: {
  readonly db: Database
  readonly hasUpstream: boolean
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
}): Promise<Replica> {
  const { db, hasUpstream, now, randomBytes } = options
  const record = await db.transact(async (tx) => {
    if (await tables.replica.has(tx)) return readReplicaRecord(tx)
    const id = randomGuid(randomBytes)
    const fresh: ReplicaRecord = {
      id,
      device: id,
      head: 0,
      journal: 0,
      acknowledged: 0,
      batches: [],
      horizon: 0,
      cursor: { log: 0, structure: 0 },
      firstSyncEnded: false,
    }
    putReplicaRecord(tx, fresh)
    return fresh
  })
  return {
    db,
    hasUpstream,
    now,
    randomBytes,
    nextGuid: guidSource({ replicaId: record.id, now, randomBytes }),
  }
}

/** The highest journal number that was ever put into a request. */
export function sentUpTo({ acknowledged, batches }: ReplicaRecord): number {
  return batches.at(-1)?.end ?? acknowledged
}

/** A long journal goes up in several exchanges. */
export async function journalLeft(reader: Reader): Promise<boolean> {
  const record = await readReplicaRecord(reader)
  return sentUpTo(record) < record.journal
}

/** 4 random bytes as a number. */
export function randomNumber({ randomBytes }: Pick<Replica, 'randomBytes'>): number {
  return randomBytes(4).reduce((value, byte) => value * 256 + byte, 0)
}

export async function readReplicaRecord(reader: Reader): Promise<ReplicaRecord> {
  const stored = await tables.replica.get(reader)
  if (!stored) throw new Error('the replica record is made when a replica is opened')
  const { settled: firstSyncEnded, cursor, ...record } = stored
  const { mailboxes, ...whole } = cursor
  const isEarlier = Object.keys(mailboxes).length > 0
  return { ...record, firstSyncEnded, cursor: whole, ...(isEarlier && { earlierExceptions: mailboxes }) }
}

function putReplicaRecord(tx: Transaction, record: ReplicaRecord): void {
  const { firstSyncEnded: settled, cursor, earlierExceptions: mailboxes = {}, ...rest } = record
  tables.replica.put(tx, { ...rest, settled, cursor: { ...cursor, mailboxes } })
}

export async function updateReplicaRecord(
  tx: Transaction,
  change: (record: ReplicaRecord) => ReplicaRecord,
): Promise<ReplicaRecord> {
  const record = change(await readReplicaRecord(tx))
  putReplicaRecord(tx, record)
  return record
}
