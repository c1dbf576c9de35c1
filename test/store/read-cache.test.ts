import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { hasCode } from '../../src/errors/packetboat-error.js'
import type { Database } from '../../src/store/database.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { packagedSqlite } from '../../src/store/sqlite-engine.js'
import { openSqliteStore } from '../../src/store/sqlite-store.js'
import type { Key, Store } from '../../src/store/store.js'
import { seed } from '../../testing/seed.js'
import { temporaryDirectory } from './temporary-directory.js'

/** A store that counts what is asked of it. */
function counted(store: Store): Store & { calls: number } {
  const counting: Store & { calls: number } = {
    calls: 0,
    get: (key) => {
      counting.calls++
      return store.get(key)
    },
    getMany: (keys) => {
      counting.calls++
      return store.getMany(keys)
    },
    list: (range, options) => {
      counting.calls++
      return store.list(range, options)
    },
    commit: (batch) => store.commit(batch),
    generation: () => store.generation(),
    close: () => store.close(),
  }
  return counting
}

async function callsOf(store: { calls: number }, work: () => Promise<unknown>): Promise<number> {
  const before = store.calls
  await work()
  return store.calls - before
}

const cached = (store: Store, cacheBytes = 1_000_000): Database => openDatabase(store, { cacheBytes })

const listed = async (db: Pick<Database, 'list'>, prefix: Key): Promise<unknown[]> => {
  const found: unknown[] = []
  for await (const { value } of db.list({ prefix })) found.push(value)
  return found
}

describe('a database that keeps what it reads', () => {
  it('asks the store once for what is there, for what is not there, and for what it wrote not at all', async () => {
    const store = counted(new MemoryStore())
    const db = cached(store)
    await db.transact(async (tx) => tx.put(['a'], 'one'))
    assert.equal(await callsOf(store, () => db.get(['a'])), 0)
    assert.equal(await callsOf(store, () => db.getMany([['b'], ['a']])), 1)
    const again = async () => {
      assert.equal(await db.get(['b']), undefined)
      assert.deepEqual(await db.getMany([['a'], ['b']]), ['one', undefined])
      await db.transact(async (tx) => assert.deepEqual(await tx.getMany([['b'], ['a']]), [undefined, 'one']))
    }
    assert.equal(await callsOf(store, again), 0)
    await db.transact(async (tx) => tx.delete(['a']))
    assert.equal(await callsOf(store, async () => assert.equal(await db.get(['a']), undefined)), 0)
  })

  it('asks for no list of a table in which nothing stands, until something does', async () => {
    const store = counted(new MemoryStore())
    const db = cached(store)
    assert.deepEqual(await listed(db, ['t', 'x']), [])
    const calls = await callsOf(store, () =>
      db.transact(async (tx) => {
        assert.deepEqual(await listed(tx, ['t', 'x']), [])
        tx.put(['t', 'x', 1], 'mine')
        assert.deepEqual(await listed(tx, ['t', 'x']), ['mine'])
      }),
    )
    assert.equal(calls, 0)
    assert.deepEqual(await listed(db, ['t']), ['mine'])
  })

  it('writes nothing where it knows that it stands so', async () => {
    const batches: number[] = []
    const db = cached(
      new MemoryStore({
        onCommit: ({ puts = [], deletes = [] }) => void batches.push(puts.length + deletes.length),
      }),
    )
    await db.transact(async (tx) => tx.put(['a'], 1))
    await db.transact(async (tx) => {
      tx.put(['a'], 1)
      tx.put(['b'], 1)
    })
    await db.transact(async (tx) => tx.put(['b'], 1))
    assert.deepEqual(batches, [1, 1])
  })

  it('gives out nothing through which what it keeps could be changed', async () => {
    const db = cached(new MemoryStore())
    const value = new Uint8Array([1, 2, 3])
    await db.transact(async (tx) => tx.put(['a'], value))
    const expected = new Uint8Array([1, 2, 3])
    ;(await db.get<Uint8Array>(['a']))?.fill(0)
    ;(await db.getMany<Uint8Array>([['a']]))[0]?.fill(0)
    await db.transact(async (tx) => void (await tx.get<Uint8Array>(['a']))?.fill(0))
    assert.deepEqual(await db.get(['a']), expected)
  })

  it('keeps no more than it may, nor long values', async () => {
    const store = counted(new MemoryStore())
    const db = cached(store, 10_000)
    await db.transact(async (tx) => {
      for (let n = 0; n < 1000; n++) tx.put(['n', n], n)
      tx.put(['long'], new Uint8Array(5000))
    })
    const all = async () => {
      for (let n = 0; n < 1000; n++) assert.equal(await db.get(['n', n]), n)
    }
    assert.ok((await callsOf(store, all)) > 950)
    assert.equal(await callsOf(store, () => db.get(['n', 999])), 0)
    assert.equal(await callsOf(store, () => db.get(['long'])), 1)
    assert.equal(await callsOf(store, () => db.get(['long'])), 1)
  })

  it('lets go of what a great exchange has read, and keeps the little that the next one reads', async () => {
    const store = counted(new MemoryStore())
    const db = cached(store)
    await db.transact(async (tx) => tx.put(['a'], 1))
    db.rest()
    assert.equal(await callsOf(store, () => db.get(['a'])), 0)
    await db.transact(async (tx) => {
      for (let n = 0; n < 100; n++) tx.put(['n', n], 'x'.repeat(3000))
    })
    db.rest()
    assert.equal(await callsOf(store, () => db.get(['n', 5])), 1)
  })

  it('knows nothing of a commit that failed', async () => {
    const store = new MemoryStore()
    const db = cached(store)
    await db.transact(async (tx) => tx.put(['a'], 1))
    await store.commit({ deletes: [['a']] })
    const change = db.transact(async (tx) => tx.put(['a'], ((await tx.get<number>(['a'])) ?? 0) + 1))
    await assert.rejects(change, (error) => hasCode(error, 'STORE_CONFLICT'))
    assert.equal(await db.get(['a']), undefined)
  })

  it('reads while a commit runs, and knows afterwards what stands there', async () => {
    let commit = (): void => undefined
    const store = new MemoryStore({ onCommit: () => new Promise<void>((done) => (commit = done)) })
    const db = cached(store)
    const writing = db.transact(async (tx) => tx.put(['a'], 1))
    await turn()
    assert.equal(await db.get(['a']), undefined)
    const reading = db.get(['a'])
    commit()
    await writing
    await reading
    assert.equal(await db.get(['a']), 1)
  })

  it('gives others their turn, however much of what it is asked for it keeps', async () => {
    const directory = temporaryDirectory()
    const store = await openSqliteStore(join(directory.path, 'store.db'), { engine: packagedSqlite() })
    const db = cached(store)
    await db.get(['a'])
    let turned = false
    setImmediate(() => {
      turned = true
    })
    for (let n = 0; n < 200 && !turned; n++) await db.get(['a'])
    assert.ok(turned)
    await store.close()
    directory.remove()
  })
})

const step = fc.record({
  who: fc.nat(1),
  puts: fc.array(fc.tuple(fc.nat(3), fc.nat(2)), { maxLength: 3 }),
  deletes: fc.array(fc.nat(3), { maxLength: 2 }),
})

it('two processes with one file see in the next turn what the other has done', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const directory = temporaryDirectory()
      const open = () => openSqliteStore(join(directory.path, 'store.db'), { engine: packagedSqlite() })
      const stores = [await open(), await open()]
      const dbs = stores.map((store) => cached(store))
      const model = new Map<number, number>()
      for (const { who, puts, deletes } of steps) {
        await turn()
        await dbs[who]?.transact(async (tx) => {
          for (const key of deletes) tx.delete(['k', key])
          for (const [key, value] of puts) tx.put(['k', key], value)
        })
        for (const key of deletes) model.delete(key)
        for (const [key, value] of puts) model.set(key, value)
        await turn()
        for (const db of dbs) {
          for (let key = 0; key < 4; key++) assert.equal(await db.get(['k', key]), model.get(key))
          assert.equal((await listed(db, ['k'])).length, model.size)
        }
      }
      for (const store of stores) await store.close()
      directory.remove()
    }),
    { seed, numRuns: 25 },
  )
})
