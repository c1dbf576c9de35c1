import assert from 'node:assert/strict'
import { it } from 'node:test'
import { IDBTransaction as FDBTransaction, IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { promisifyRequest } from 'idb-keyval'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { openIndexedDbStore } from '../../../src/store/indexeddb/indexeddb-store.js'
import type { Store } from '../../../src/store/store.js'
import { bytes, entries, entry } from '../../../testing/store.js'

const options = { durability: 'strict' } as const
const browser = () => ({ indexedDB: new IDBFactory(), IDBKeyRange })

/** As when a person clears what a site has kept. */
const deleteDatabase = (indexedDB: IDBFactory, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error('somebody holds it'))
  })

it('has a browser begin a new log before the first commit alone, and never for a new database', async (t) => {
  const here = browser()
  const deleted = t.mock.method(here.indexedDB, 'deleteDatabase')
  const begun = () => deleted.mock.calls.map(({ arguments: [name] }) => name)
  const open = () => openIndexedDbStore(here, 'mail', { ...options, reusesLogs: true })
  const commitIn = (store: Store, key: string) => store.commit({ puts: [entry([key], '1')] })
  const first = await open()
  await commitIn(first, 'a')
  await first.close()
  const second = await open()
  assert.deepEqual(await second.get(['a']), bytes('1'))
  assert.deepEqual(begun(), [], 'who only reads writes nothing')
  await Promise.all([commitIn(second, 'b'), commitIn(second, 'c')])
  assert.deepEqual(begun(), ['mail log'])
  assert.equal((await entries(second, { prefix: [] })).length, 3)
  await second.close()
})

it('takes over the rows of version 1 where they are, and lets no program of that version at them any more', async () => {
  const here = browser()
  const openEarlier = (): Promise<IDBDatabase> => {
    const request = here.indexedDB.open('mail')
    request.onupgradeneeded = () => request.result.createObjectStore('rows')
    return promisifyRequest(request)
  }
  const before = await openEarlier()
  // As a store of version 1 wrote ['a'].
  const transaction = before.transaction('rows', 'readwrite')
  transaction.objectStore('rows').put(bytes('1'), Uint8Array.of(0, 0x20, 0x61, 0))
  await promisifyRequest(transaction)
  before.onversionchange = () => before.close()
  const store = await openIndexedDbStore(here, 'mail', options)
  assert.deepEqual(await entries(store, { prefix: [] }), [entry(['a'], '1')])
  await store.commit({ puts: [entry(['b'], '2')] })
  const again = await openEarlier()
  assert.throws(() => again.transaction('rows'), { name: 'NotFoundError' })
  again.close()
  assert.deepEqual((await entries(store, { prefix: [] })).length, 2)
  await store.close()
})

it('tells one tab of what another has committed, and undoes nothing of it', async () => {
  const here = browser()
  const one = await openIndexedDbStore(here, 'mail', options)
  const other = await openIndexedDbStore(here, 'mail', options)
  await one.commit({ puts: [entry(['a'], '1')] })
  const since = await one.generation()
  await one.commit({ since, checks: [{ key: ['a'], value: undefined }], puts: [entry(['b'], '1')] })
  assert.equal(await one.generation(), since, 'checks are left out while nobody else has committed')
  await other.commit({ checks: [{ key: ['a'], value: bytes('1') }], puts: [entry(['a'], '2')] })
  assert.notEqual(await one.generation(), since)
  const late = { since, checks: [{ key: ['a'], value: bytes('1') }], puts: [entry(['a'], '3')] }
  await assert.rejects(one.commit(late), (error) => hasCode(error, 'STORE_CONFLICT'))
  assert.deepEqual(await one.get(['a']), bytes('2'))
  await Promise.all([one.close(), other.close()])
})

it('counts a commit that was refused as none of its own', async () => {
  const store = await openIndexedDbStore(browser(), 'mail', options)
  const since = await store.generation()
  const puts = [entry(['a'], '1')]
  await assert.rejects(store.commit({ checks: [{ key: ['a'], value: bytes('0') }], puts }))
  assert.equal(await store.generation(), since)
  await store.close()
})

it('lets go of a database that is deleted, and makes no empty one in its place while it is in use', {
  timeout: 120_000,
}, async () => {
  const here = browser()
  const store = await openIndexedDbStore(here, 'mail', options)
  await store.commit({ puts: [entry(['a'], '1')] })
  await deleteDatabase(here.indexedDB, 'mail')
  for (let n = 0; n < 2; n++)
    await assert.rejects(store.get(['a']), (error) => hasCode(error, 'STORE_CORRUPT'))
  await assert.rejects(store.commit({ puts: [entry(['b'], '1')] }), (error) =>
    hasCode(error, 'STORE_CORRUPT'),
  )
  const later = await openIndexedDbStore(here, 'mail', options)
  assert.equal(await later.get(['a']), undefined)
  await later.close()
})

it('says what has happened when the browser breaks a commit off without a reason', async () => {
  const store = await openIndexedDbStore(browser(), 'mail', options)
  const { commit } = FDBTransaction.prototype
  FDBTransaction.prototype.commit = function () {
    this.abort()
  }
  try {
    await assert.rejects(store.commit({ puts: [entry(['a'], '1')] }), (error) =>
      hasCode(error, 'STORE_CORRUPT'),
    )
  } finally {
    FDBTransaction.prototype.commit = commit
  }
  await store.commit({ puts: [entry(['b'], '1')] })
  assert.deepEqual([await store.get(['a']), await store.get(['b'])], [undefined, bytes('1')])
})
