import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { appendBlob, readBlob } from '../../src/store/blob.js'
import type { Database, Transaction } from '../../src/store/database.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { packagedSqlite } from '../../src/store/sqlite/sqlite-engine.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
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
    assert.equal(await callsOf(store, () => db.readAhead([['b'], ['a'], ['c']])), 1)
    const again = async () => {
      assert.equal(await db.get(['b']), undefined)
      await db.readAhead([['a'], ['b']])
      await db.transact(async (tx) => {
        await tx.readAhead([['b'], ['c']])
        assert.deepEqual([await tx.get(['b']), await tx.get(['a'])], [undefined, 'one'])
      })
    }
    assert.equal(await callsOf(store, again), 0)
    await db.transact(async (tx) => tx.delete(['a']))
    assert.equal(await callsOf(store, async () => assert.equal(await db.get(['a']), undefined)), 0)
  })

  it('keeps no mail that it writes, which would drive out the records', async () => {
    const store = counted(new MemoryStore())
    const db = cached(store, 100_000)
    await db.transact(async (tx) => tx.put(['a'], 'one'))
    for (let n = 0; n < 100; n++)
      await db.transact(async (tx) => appendBlob(tx, `mail-${n}`, new Uint8Array(3000)))
    assert.equal(await callsOf(store, async () => assert.equal(await db.get(['a']), 'one')), 0)
    assert.equal((await readBlob(db, 'mail-99', 0, 3000)).length, 3000)
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

  it('looks for no key in a table in which nothing stands, once it has looked for two', async () => {
    const store = counted(new MemoryStore())
    const db = cached(store)
    const look = async () => {
      for (let n = 0; n < 50; n++) assert.equal(await db.get(['t', n]), undefined)
    }
    assert.equal(await callsOf(store, look), 2)
    await db.transact(async (tx) => tx.put(['t', 60], 'there'))
    assert.equal(await db.get(['t', 60]), 'there')
  })

  it('looks for no key in vain in a table that it found empty and has filled itself', async () => {
    const store = counted(new MemoryStore())
    const db = cached(store)
    assert.deepEqual([await db.get(['t', 1]), await db.get(['t', 2])], [undefined, undefined])
    await db.transact(async (tx) => {
      for (let n = 0; n < 50; n += 2) tx.put(['t', n], n)
    })
    await db.transact(async (tx) => {
      tx.delete(['t', 4])
      tx.put(['t', 5], 5)
    })
    const look = async () => {
      await db.readAhead([
        ['t', 7],
        ['t', 9],
      ])
      for (let n = 0; n < 50; n++)
        assert.equal(await db.get(['t', n]), n === 5 || (n % 2 === 0 && n !== 4) ? n : undefined)
    }
    assert.equal(await callsOf(store, look), 0)
    db.rest()
    assert.notEqual(await callsOf(store, look), 0)
  })

  it('asks for a short list once, and again when a row of it has come, changed or gone', async () => {
    const store = counted(new MemoryStore())
    const db = cached(store)
    const rows = (reader: Pick<Database, 'list'>) => listed(reader, ['t', 'x'])
    await db.transact(async (tx) => {
      tx.put(['t', 'x', 1], 'one')
      tx.put(['t', 'y', 1], 'other')
    })
    await rows(db)
    const again = async () => {
      assert.deepEqual(await rows(db), ['one'])
      await db.transact(async (tx) => {
        tx.put(['t', 'x', 2], 'two')
        assert.deepEqual(await rows(tx), ['one', 'two'])
        tx.delete(['t', 'x', 2])
      })
    }
    assert.equal(await callsOf(store, again), 0)
    for (const [change, expected] of [
      [{ put: 2, value: 'two' }, ['one', 'two']],
      [{ put: 1, value: 'eins' }, ['eins', 'two']],
      [{ put: 1, value: undefined }, ['two']],
    ] as const) {
      await db.transact(async (tx) => {
        if (change.value === undefined) tx.delete(['t', 'x', change.put])
        else tx.put(['t', 'x', change.put], change.value)
      })
      assert.deepEqual(await rows(db), expected)
    }
    for await (const _ of db.list({ prefix: ['t', 'y'] })) break
    assert.deepEqual(await listed(db, ['t', 'y']), ['other'])
    await db.transact(async (tx) => {
      for (let n = 0; n < 20; n++) tx.put(['t', 'z', n], n)
    })
    for (let n = 0; n < 2; n++) assert.equal((await listed(db, ['t', 'z'])).length, 20)
  })

  it('deletes nothing in a table in which nothing stands', async () => {
    let batches = 0
    const store = counted(new MemoryStore({ onCommit: () => void batches++ }))
    const db = cached(store)
    const remove = () =>
      db.transact(async (tx) => {
        tx.delete(['t', 1])
        tx.delete(['t', 2])
      })
    assert.equal(await callsOf(store, remove), 1)
    assert.equal(await callsOf(store, remove), 0)
    assert.equal(batches, 0)
    await db.transact(async (tx) => tx.put(['t', 1], 'one'))
    await remove()
    assert.equal(batches, 2)
    assert.deepEqual(await listed(db, ['t']), [])
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

  it('reads each record once, and gives what it knows without a turn for others', async () => {
    const db = cached(new MemoryStore())
    await db.transact(async (tx) => {
      tx.put(['a'], { name: 'a' })
      tx.put(['b', 1, 1], { name: 'b' })
    })
    const first = await db.get(['a'])
    const [row] = await listed(db, ['b', 1])
    let given: unknown
    const asking = db.get(['a']).then((record) => {
      given = record
    })
    await Promise.resolve()
    assert.equal(given, first)
    await asking
    await db.transact(async (tx) => {
      assert.equal(await tx.get(['a']), first)
      assert.equal((await listed(tx, ['b', 1]))[0], row)
      tx.put(['b', 1, 0], { name: 'b' })
      assert.equal((await listed(tx, ['b', 1]))[1], row)
    })
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

interface Step {
  readonly puts: readonly (readonly [key: number, value: number])[]
  readonly deletes: readonly number[]
}

function change(tx: Transaction, { puts, deletes }: Step): void {
  for (const key of deletes) {
    tx.delete(['k', key])
    tx.delete(['l', key, 0])
  }
  for (const [key, value] of puts) {
    tx.put(['k', key], value)
    tx.put(['l', key, 0], value)
  }
}

async function agrees(db: Database, model: ReadonlyMap<number, number>): Promise<void> {
  assert.equal((await listed(db, ['k'])).length, model.size)
  for (let key = 0; key < 4; key++) {
    assert.equal(await db.get(['k', key]), model.get(key))
    assert.deepEqual(await listed(db, ['l', key]), model.has(key) ? [model.get(key)] : [])
  }
}

it('two processes with one file see in the next turn what the other has done', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const directory = temporaryDirectory()
      const open = () => openSqliteStore(join(directory.path, 'store.db'), { engine: packagedSqlite() })
      const stores = [await open(), await open()]
      const dbs = stores.map((store) => cached(store))
      const model = new Map<number, number>()
      for (const one of steps) {
        const { who, puts, deletes } = one
        await turn()
        await dbs[who]?.transact(async (tx) => {
          change(tx, one)
        })
        for (const key of deletes) model.delete(key)
        for (const [key, value] of puts) model.set(key, value)
        await turn()
        for (const db of dbs) await agrees(db, model)
      }
      for (const store of stores) await store.close()
      directory.remove()
    }),
    { seed, numRuns: 25 },
  )
})
