import { join } from 'node:path'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { openIndexedDbStore } from '../../src/store/indexeddb/indexeddb-store.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { ResidentStore } from '../../src/store/resident/resident-store.js'
import { nodeSqlite, packagedSqlite, type SqliteEngine } from '../../src/store/sqlite/sqlite-engine.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { OpenedStore } from '../../testing/store.js'
import { temporaryDirectory } from './temporary-directory.js'

async function openMemory(): Promise<OpenedStore> {
  let store = new MemoryStore()
  return {
    store,
    reopen: async () => {
      await store.close()
      store = new MemoryStore({ content: store.snapshot() })
      return store
    },
    cleanup: () => store.close(),
  }
}

async function openIndexedDb(): Promise<OpenedStore> {
  const open = () => openIndexedDbStore({ indexedDB, IDBKeyRange }, 'conformance', { durability: 'strict' })
  const indexedDB = new IDBFactory()
  let store = await open()
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await open()
      return store
    },
    cleanup: () => store.close(),
  }
}

/** With bounds that are reached at once. */
async function openResident(): Promise<OpenedStore> {
  let disk = new MemoryStore()
  const open = () =>
    ResidentStore.open(disk, {
      behindBytes: 1000,
      recentBytes: 50,
      sizes: { pageBytes: 100, logBytes: 300, packedBytes: 200 },
    })
  let store = await open()
  return {
    store,
    reopen: async () => {
      await store.close()
      disk = new MemoryStore({ content: disk.snapshot() })
      store = await open()
      return store
    },
    cleanup: () => store.close(),
  }
}

async function openSqlite(engine: SqliteEngine): Promise<OpenedStore> {
  const directory = temporaryDirectory()
  const path = join(directory.path, 'store.db')
  let store = await openSqliteStore(path, { engine })
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await openSqliteStore(path, { engine })
      return store
    },
    cleanup: async () => {
      await store.close()
      directory.remove()
    },
  }
}

const ofNode = nodeSqlite()

export const sqliteEngines: readonly { readonly name: string; readonly engine: SqliteEngine }[] = [
  { name: 'packaged SQLite', engine: packagedSqlite() },
  ...(ofNode ? [{ name: "Node's SQLite", engine: ofNode }] : []),
]

/** The engines that Node has, for tests that hold on all of them. */
export const engines: readonly { readonly name: string; open(): Promise<OpenedStore> }[] = [
  { name: 'memory', open: openMemory },
  { name: 'IndexedDB', open: openIndexedDb },
  { name: 'records in memory', open: openResident },
  ...sqliteEngines.map(({ name, engine }) => ({ name, open: () => openSqlite(engine) })),
]
