import { sha256 } from '../../bytes/sha256.js'
import { openKeptMailStore } from '../../mailstore/kept/kept-mail-store.js'
import { openReplica } from '../../replica/replica.js'
import { openDatabase } from '../../store/open-database.js'
import type { Store } from '../../store/store.js'
import { type Account, exclusiveQueue } from '../../sync/account.js'
import { defaultGuard } from '../../sync/policy/guard.js'
import { zstdReader } from '../../wire/compression/zstd-read/zstd-read.js'

/** The clock and the chance of whoever runs it. */
export interface Surroundings {
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
}

/** Records decoded often are kept beside a store that has all of them in memory: it saves the way there, not the disk. Of 5,000 mailboxes all stay. */
const recordBytes = 4 * 1024 * 1024

/** A browser's side of a sync: replica and mail in one database. */
export async function openReaderAccount(store: Store, { now, randomBytes }: Surroundings): Promise<Account> {
  const db = openDatabase(store, { cacheBytes: recordBytes })
  const replica = await openReplica({ db, hasUpstream: true, now, randomBytes })
  const mailStore = await openKeptMailStore(db, { now, randomBytes })
  return {
    replica,
    mailStore,
    createHash: sha256,
    codec: zstdReader(),
    guard: defaultGuard,
    exclusive: exclusiveQueue(),
    proofs: new Map(),
    sight: { clear: false, missing: new Set() },
  }
}
