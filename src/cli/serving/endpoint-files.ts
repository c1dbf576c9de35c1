import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { isLoopback } from '../../link/loopback.js'
import { type DeviceRegistry, linkTables, openDeviceRegistry } from '../../link/server/device-registry.js'
import type { Database } from '../../store/database.js'
import { openDatabase } from '../../store/open-database.js'
import { acquireLock, type Lock, lockHolder } from '../../store/sqlite/kernel-lock.js'
import { openSqliteStore, type SqliteStoreOptions } from '../../store/sqlite/sqlite-store.js'
import { type DataDir, readFileIfThere, writePrivateFile } from '../settings/data-dir.js'
import type { DueTimes } from './outboxes.js'

/** What a running endpoint says of itself, for `device add`. */
export interface Listening {
  readonly address: string
  /** Names of those that it serves. */
  readonly accounts: readonly string[]
}

/** Of the addresses that an endpoint listens on, the one that devices most likely reach: neither loopback nor "every address". */
export function addressForDevices(addresses: readonly string[]): string {
  const hostOf = (address: string): string =>
    address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
  const isOpen = (address: string): boolean => ['0.0.0.0', '::'].includes(hostOf(address))
  const outer = addresses.find((each) => !isOpen(each) && !isLoopback(hostOf(each)))
  return outer ?? addresses.find(isOpen) ?? addresses[0] ?? ''
}

const listeningFile = (data: DataDir): string => data.path('listening')
const serveLock = (data: DataDir): string => data.path('serve.lock')

/** Undefined where no endpoint runs. */
export function readListening(data: DataDir): (Listening & { readonly pid: number }) | undefined {
  const pid = lockHolder(serveLock(data))
  const [address, ...accounts] = (readFileIfThere(listeningFile(data)) ?? '').split('\n')
  return pid === undefined || !address ? undefined : { pid, address, accounts }
}

export function writeListening(data: DataDir, { address, accounts }: Listening): void {
  writePrivateFile(listeningFile(data), [address, ...accounts].join('\n'))
}

export function removeListening(data: DataDir): void {
  rmSync(listeningFile(data), { force: true })
}

/** One endpoint at a time works on a data directory. Throws LOCKED, INTERRUPTED, READ_ONLY. */
export function lockEndpoint(data: DataDir, signal: AbortSignal): Promise<Lock> {
  return acquireLock(serveLock(data), { signal })
}

/** One command at a time changes the settings of an endpoint: each writes the whole file. Throws LOCKED, INTERRUPTED, READ_ONLY. */
export function lockSettings(data: DataDir, signal: AbortSignal): Promise<Lock> {
  return acquireLock(data.path('settings.lock'), { signal, waitMs: 10_000 })
}

/** The devices of an endpoint; `packetboat device` and a running `packetboat serve` share them. What only looks does so on a full disk too. */
export async function openDevices(
  data: DataDir,
  options: Pick<SqliteStoreOptions, 'orToLook'> = {},
): Promise<{ registry: DeviceRegistry; due: DueTimes; close: () => Promise<void> }> {
  const store = await openSqliteStore(data.path('devices.db'), options)
  const db = openDatabase(store, { conflictRetries: 10 })
  const registry = openDeviceRegistry(db, {
    random: (size) => new Uint8Array(randomBytes(size)),
    nowMs: Date.now,
  })
  return { registry, due: dueTimes(db), close: () => store.close() }
}

function dueTimes(db: Database): DueTimes {
  const { sendDue } = linkTables
  return {
    async all() {
      const times = new Map<string, number>()
      for await (const { key, value } of sendDue.list(db)) times.set(key[0], value)
      return times
    },
    async set(account, dueMs) {
      if ((await sendDue.get(db, account)) === dueMs) return
      await db.transact(async (tx) =>
        dueMs === undefined ? sendDue.delete(tx, account) : sendDue.put(tx, account, dueMs),
      )
    },
  }
}
