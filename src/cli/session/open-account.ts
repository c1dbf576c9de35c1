import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AsideBounds } from '../../mailstore/aside-folder.js'
import { openReplica } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import { openDatabase } from '../../store/open-database.js'
import { openSqliteStore } from '../../store/sqlite/sqlite-store.js'
import { type Account, exclusiveQueue, type HitMailboxes } from '../../sync/account.js'
import type { MakeGist } from '../../sync/make-gist.js'
import type { MixWork } from '../../sync/mix-work.js'
import type { Quota } from '../../sync/policy/device-quota.js'
import { defaultGuard, type Guard } from '../../sync/policy/guard.js'
import type { Window } from '../../sync/policy/window.js'
import { diskWork } from '../../sync/write/disk-work.js'
import type { Codec } from '../../wire/compression/codec.js'
import { loadZstd } from '../../wire/compression/zstd.js'
import { zstdCodec } from '../../wire/compression/zstd-engine.js'
import { checkWebAssembly } from './check-webassembly.js'
import { type MailStorePlace, type OpenMailStore, openMailStore } from './mail-store-place.js'
import { nodeHash } from './node-hash.js'
import { nodeZstd } from './node-zstd.js'
import { compileZstdOnce } from './v8-flags.js'

/** Records kept in memory while an account is worked on: a first list of some thousand messages is passed over several times. */
const recordBytes = 8 * 1024 * 1024

export interface OpenAccount extends Account {
  readonly mailStore: OpenMailStore
  close(): Promise<void>
}

/** One side of a sync on this machine: a SQLite database, and where the mail is. */
export async function openAccount(options: {
  readonly database: string
  readonly mailStore: MailStorePlace
  readonly hasUpstream: boolean
  readonly guard?: Guard
  readonly quota?: Quota
  readonly mixWork?: MixWork
  readonly makeGist?: MakeGist
  readonly synchronous?: readonly string[]
  readonly windows?: readonly Window[]
  /** How much of what went because the other side said so stays to be had back. */
  readonly aside?: AsideBounds
  /** The codec of its exchanges. Without one, it can't exchange. */
  readonly codec?: Codec
  /** The most that the database holds in memory, bytes. */
  readonly cacheBytes?: number
  /** Another process works on it too: transactions that meet one of its are begun again. What can't be written can be looked at. */
  readonly beside?: boolean
}): Promise<OpenAccount> {
  mkdirSync(dirname(options.database), { recursive: true, mode: 0o700 })
  const now = Date.now
  const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
  const mailStore = await openMailStore(options.mailStore, dirname(options.database), options.aside)
  const store = await openSqliteStore(options.database, {
    ...(options.cacheBytes !== undefined && { cacheBytes: options.cacheBytes }),
    ...(options.beside && { orToLook: true }),
  }).catch(async (error: unknown) => {
    await mailStore.close?.()
    throw error
  })
  const close = async (): Promise<void> => {
    await mailStore.close?.()
    await store.close()
  }
  const replica = await openReplica({
    db: openDatabase(store, options.beside ? { conflictRetries: 10 } : { cacheBytes: recordBytes }),
    hasUpstream: options.hasUpstream,
    now,
    randomBytes: random,
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    replica,
    mailStore,
    createHash: nodeHash,
    codec: options.codec ?? unusedCodec,
    guard: options.guard ?? defaultGuard,
    ...(options.quota && { quota: options.quota }),
    ...(options.mixWork && { mixWork: options.mixWork }),
    ...(options.makeGist && { makeGist: options.makeGist }),
    ...(mailStore.searches && { hitMailboxes }),
    ...(options.synchronous && { synchronous: options.synchronous }),
    ...(options.windows && { windows: options.windows }),
    diskWork,
    exclusive: exclusiveQueue(),
    proofs: new Map(),
    sight: { clear: false, missing: new Set() },
    close,
  }
}

/** Loaded where somebody has ever asked for one. */
const hitMailboxes: HitMailboxes = {
  returnStrays: async (account) => {
    if (account.mailStore.searches?.paths().length === 0) return
    const { returnStrays } = await import('../../sync/scan/return-strays.js')
    await returnStrays(account)
  },
  placeHits: async (account) => {
    if (!(await tables.ashoreFile.any(account.replica.db))) return
    const { placeHits } = await import('../../sync/write/place-hits.js')
    await placeHits(account)
  },
  showHits: async (account) => {
    if (!(await tables.question.any(account.replica.db))) return
    const { showHits } = await import('../../sync/search/show-hits.js')
    await showHits(account)
  },
}

/**
 * Loads the codec, which all accounts of a process share. Where Node brings none, loading takes time, and 16
 * MiB.
 */
export async function startCodec(): Promise<Codec> {
  const ofNode = nodeZstd()
  if (ofNode) return zstdCodec(ofNode)
  checkWebAssembly()
  compileZstdOnce()
  return loadZstd()
}

/** For commands that only look. */
const unusedCodec: Codec = {
  id: 1,
  open: () => {
    throw new Error('the account was not opened for exchanges')
  },
}
