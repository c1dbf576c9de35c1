import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { hasCode } from '../../src/errors/packetboat-error.js'
import type { Database, Reader, Transaction } from '../../src/store/database.js'
import { encodeKey } from '../../src/store/key.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import type { Key, KeyRange, ListOptions, StoreBatch } from '../../src/store/store.js'
import { seed } from '../../testing/seed.js'
import { bytes, hex, modelList, type OpenedStore } from '../../testing/store.js'
import { engines } from './engines.js'

interface Item {
  readonly key: Key
  readonly value: unknown
}

async function items(reader: Reader, range: KeyRange, options?: ListOptions): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of reader.list(range, options)) found.push(item)
  return found
}

async function names(reader: Reader, range: KeyRange, options?: ListOptions): Promise<unknown[]> {
  return (await items(reader, range, options)).map(({ key }) => key.at(-1))
}

for (const engine of engines)
  describe(`a database over ${engine.name}`, () => {
    const worlds: OpenedStore[] = []
    const fresh = async (): Promise<Database> => {
      const world = await engine.open()
      worlds.push(world)
      return openDatabase(world.store)
    }
    after(async () => {
      for (const world of worlds) await world.cleanup()
    })

    const values: readonly (readonly [string, unknown])[] = [
      ['null', null],
      ['booleans', [true, false]],
      ['the empty string and object and array', ['', {}, []]],
      [
        'numbers around the powers of two',
        [0, 127, 128, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32],
      ],
      [
        'every safe whole number',
        [2 ** 32 + 1, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
      ],
      [
        'negative numbers and fractions',
        [-1, -33, -(2 ** 31) - 1, 0.1, 1e300, Number.POSITIVE_INFINITY, Number.NaN],
      ],
      ['text beyond ASCII', ['Grüße', '\u{1f6f6}', '\0', 'x'.repeat(70_000)]],
      ['bytes', { small: bytes('abc'), none: new Uint8Array(0), large: new Uint8Array(100_000).fill(7) }],
      ['nesting', { a: [{ b: { c: [[], [1]] } }], 'a name with spaces': { '': 0 } }],
    ]
    for (const [what, value] of values)
      it(`gives back ${what} as they were put, from the transaction and afterwards`, async () => {
        const db = await fresh()
        await db.transact(async (tx) => {
          tx.put(['v'], value as object)
          assert.deepEqual(await tx.get(['v']), value)
        })
        assert.deepEqual(await db.get(['v']), value)
        assert.deepEqual(await items(db, { prefix: [] }), [{ key: ['v'], value }])
      })

    it('leaves undefined members out', async () => {
      const db = await fresh()
      await db.transact(async (tx) => tx.put(['v'], { a: 1, b: undefined, c: { d: undefined } }))
      assert.deepEqual(Object.entries((await db.get<object>(['v']))!), [
        ['a', 1],
        ['c', {}],
      ])
    })

    it('gives bytes as plain Uint8Arrays, also when a Buffer was put', async () => {
      const db = await fresh()
      await db.transact(async (tx) => {
        tx.put(['v'], { b: Buffer.from('abc') })
        assert.equal((await tx.get<{ b: Uint8Array }>(['v']))!.b.constructor, Uint8Array)
      })
      assert.equal((await db.get<{ b: Uint8Array }>(['v']))!.b.constructor, Uint8Array)
      for await (const { value } of db.list<{ b: Uint8Array }>({ prefix: [] }))
        assert.equal(value.b.constructor, Uint8Array)
    })

    it('keeps what was put, whatever becomes of the object, and reads it once for all who ask', async () => {
      const db = await fresh()
      await db.transact(async (tx) => {
        const record = { b: bytes('abc'), list: [1] }
        tx.put(['v'], record)
        record.b.fill(0)
        record.list.push(2)
        const read = await tx.get<typeof record>(['v'])
        assert.deepEqual(read, { b: bytes('abc'), list: [1] })
        assert.equal(await tx.get(['v']), read)
        for await (const { value } of tx.list<typeof record>({ prefix: [] })) assert.equal(value, read)
      })
      assert.deepEqual(await db.get(['v']), { b: bytes('abc'), list: [1] })
    })

    it("refuses what is no record at the put, and the transaction's other writes with it", async () => {
      const db = await fresh()
      for (const wrong of [() => 0, 1n, Symbol('s')])
        await assert.rejects(
          db.transact(async (tx) => {
            tx.put(['fine'], 1)
            tx.put(['wrong'], { wrong } as object)
          }),
        )
      assert.deepEqual(await names(db, { prefix: [] }), [])
    })

    it('says STORE_CORRUPT and which record when one makes no sense', async () => {
      const db = await fresh()
      await db.store.commit({ puts: [{ key: ['message', 'x'], value: Uint8Array.of(0xc1) }] })
      const expected = (error: unknown) =>
        hasCode(error, 'STORE_CORRUPT') && error.message.includes('message/x') && error.next.includes('Move')
      await assert.rejects(db.get(['message', 'x']), expected)
      await assert.rejects(items(db, { prefix: [] }), expected)
      await assert.rejects(
        db.transact((tx) => tx.get(['message', 'x'])),
        expected,
      )
    })

    it('writes nothing when the body throws, and goes on with the next', async () => {
      const db = await fresh()
      const failure = new Error('on purpose')
      const failed = db.transact(async (tx) => {
        tx.put(['a'], 1)
        throw failure
      })
      const next = db.transact(async (tx) => tx.put(['b'], 2))
      await assert.rejects(failed, (error) => error === failure)
      await next
      assert.deepEqual(await names(db, { prefix: [] }), ['b'])
    })

    it('shows a transaction its own writes and nobody else, until it has ended', async () => {
      const db = await fresh()
      await db.transact(async (tx) => {
        tx.put(['a'], 1)
        tx.put(['b'], 1)
      })
      await db.transact(async (tx) => {
        tx.put(['a'], 2)
        tx.delete(['b'])
        tx.put(['c'], 2)
        tx.put(['d'], 2)
        tx.delete(['d'])
        assert.equal(await tx.get(['a']), 2)
        assert.equal(await tx.get(['b']), undefined)
        assert.equal(await tx.get(['d']), undefined)
        assert.deepEqual(await items(tx, { prefix: [] }), [
          { key: ['a'], value: 2 },
          { key: ['c'], value: 2 },
        ])
        assert.equal(await db.get(['a']), 1)
        assert.deepEqual(await names(db, { prefix: [] }), ['a', 'b'])
      })
      assert.deepEqual(await names(db, { prefix: [] }), ['a', 'c'])
    })

    it('shows what is written while listing ahead of where the list stands, and no more what is deleted there', async () => {
      const db = await fresh()
      await db.transact(async (tx) => {
        for (const n of [10, 20, 30, 40]) tx.put(['n', n], n)
      })
      for (const reverse of [false, true])
        await assert.rejects(
          db.transact(async (tx) => {
            const seen: number[] = []
            for await (const { key } of tx.list({ prefix: ['n'] }, { reverse })) {
              seen.push(key[1] as number)
              tx.delete(key)
              if (seen.length > 1) continue
              tx.put(['n', 15], 0)
              tx.put(['n', 35], 0)
              tx.put(['n', reverse ? 50 : 5], 0)
              tx.delete(['n', reverse ? 20 : 30])
            }
            assert.deepEqual(seen, reverse ? [40, 35, 30, 15, 10] : [10, 15, 20, 35, 40])
            throw new Error('undo')
          }),
          /undo/,
        )
    })

    it('lists in a transaction as if its writes had been committed', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(arbitraryWrite, { maxLength: 15 }),
          fc.array(arbitraryWrite, { maxLength: 15 }),
          arbitraryRange,
          arbitraryOptions,
          async (first, second, range, options) => {
            const world = await engine.open()
            try {
              const db = openDatabase(world.store)
              const model = new Map<string, Item>()
              await db.transact(async (tx) => write(tx, model, first))
              await db.transact(async (tx) => {
                write(tx, model, second)
                assert.deepEqual(await items(tx, range, options), modelList(model, range, options))
              })
              assert.deepEqual(await items(db, range, options), modelList(model, range, options))
            } finally {
              await world.cleanup()
            }
          },
        ),
        { seed, numRuns: 80 },
      )
    })

    it('runs transactions one after the other in the order of the calls', async () => {
      const db = await fresh()
      const order: number[] = []
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          db.transact(async (tx) => {
            const count = (await tx.get<number>(['count'])) ?? 0
            order.push(n)
            for (let turn = 0; turn < 20 - n; turn++) await Promise.resolve()
            tx.put(['count'], count + 1)
          }),
        ),
      )
      assert.equal(await db.get(['count']), 20)
      assert.deepEqual(
        order,
        Array.from({ length: 20 }, (_, n) => n),
      )
    })

    it('throws when a transaction is used after its end', async () => {
      const db = await fresh()
      await db.transact(async (tx) => tx.put(['a'], 1))
      let kept: Transaction | undefined
      let list: AsyncIterator<Item> | undefined
      await db.transact(async (tx) => {
        kept = tx
        list = tx.list<unknown>({ prefix: [] })[Symbol.asyncIterator]()
      })
      await assert.rejects(kept!.get(['a']), /has ended/)
      await assert.rejects(items(kept!, { prefix: [] }), /has ended/)
      await assert.rejects(list!.next(), /has ended/)
      assert.throws(() => kept!.put(['a'], 2), /has ended/)
      assert.throws(() => kept!.delete(['a']), /has ended/)
      assert.equal(await db.get(['a']), 1)
    })

    it('lets nothing be undone that another process wrote after the transaction read it', async () => {
      const db = await fresh()
      const other = openDatabase(db.store)
      await db.transact(async (tx) => tx.put(['count'], 1))
      const add = async (tx: Transaction) => tx.put(['count'], ((await tx.get<number>(['count'])) ?? 0) + 1)
      const slow = db.transact(async (tx) => {
        await add(tx)
        await other.transact(add)
      })
      await assert.rejects(slow, (error) => hasCode(error, 'STORE_CONFLICT'))
      assert.equal(await db.get(['count']), 2)
    })

    it('runs a body again on what another process wrote, when it is told so', async () => {
      const { store } = await fresh()
      const db = openDatabase(store, { conflictRetries: 2 })
      const other = openDatabase(store)
      let runs = 0
      const interfere = (times: number) =>
        db.transact(async (tx) => {
          const count = (await tx.get<number>(['count'])) ?? 0
          if (runs++ < times) await other.transact(async (their) => their.put(['count'], count + 10))
          tx.put(['count'], count + 1)
        })
      await interfere(2)
      assert.equal(await db.get(['count']), 21)
      assert.equal(runs, 3)
      runs = 0
      await assert.rejects(interfere(9), (error) => hasCode(error, 'STORE_CONFLICT'))
      assert.equal(runs, 3)
    })
  })

describe('a transaction', () => {
  it('commits one batch with all its writes, and none when it wrote nothing', async () => {
    const batches: StoreBatch[] = []
    const db = openDatabase(new MemoryStore({ onCommit: (batch) => void batches.push(batch) }))
    await db.transact(async (tx) => {
      await tx.get(['a'])
      for await (const _ of tx.list({ prefix: [] }));
    })
    assert.equal(batches.length, 0)
    await db.transact(async (tx) => {
      tx.put(['a'], 1)
      tx.put(['a'], 2)
      tx.put(['b'], 3)
      tx.delete(['c'])
    })
    assert.equal(batches.length, 1)
    assert.deepEqual(
      batches[0]!.puts!.map(({ key }) => key),
      [['a'], ['b']],
    )
    assert.deepEqual(batches[0]!.deletes, [['c']])
  })

  it('fails as its commit does, before or after it was applied', async () => {
    const store = new MemoryStore({
      onCommit: ({ puts }) => {
        if (puts?.[0]?.key[0] === 'before') throw new Error('disk full')
      },
      afterCommit: ({ puts }) => {
        if (puts?.[0]?.key[0] === 'after') throw new Error('power cut')
      },
    })
    const db = openDatabase(store)
    await assert.rejects(
      db.transact(async (tx) => tx.put(['before'], 1)),
      /disk full/,
    )
    await assert.rejects(
      db.transact(async (tx) => tx.put(['after'], 1)),
      /power cut/,
    )
    assert.deepEqual(await names(db, { prefix: [] }), ['after'])
  })

  it('sees in a memory store opened from a snapshot what was there, and changes nothing elsewhere', async () => {
    const store = new MemoryStore()
    const db = openDatabase(store)
    await db.transact(async (tx) => tx.put(['a'], 1))
    const backup = store.snapshot()
    await db.transact(async (tx) => tx.put(['b'], 1))
    for (let twice = 0; twice < 2; twice++) {
      const restored = openDatabase(new MemoryStore({ content: backup }))
      assert.deepEqual(await names(restored, { prefix: [] }), ['a'])
      await restored.transact(async (tx) => tx.put(['c'], 1))
    }
    assert.deepEqual(await names(db, { prefix: [] }), ['a', 'b'])
  })
})

const arbitraryKey: fc.Arbitrary<Key> = fc.array(fc.oneof(fc.nat(3), fc.constantFrom('', 'a', 'b')), {
  maxLength: 3,
})
const arbitraryRange: fc.Arbitrary<KeyRange> = fc.record(
  { prefix: fc.oneof(fc.constant([]), arbitraryKey), start: arbitraryKey, end: arbitraryKey },
  { requiredKeys: ['prefix'] },
)
const arbitraryOptions: fc.Arbitrary<ListOptions> = fc.record(
  { reverse: fc.boolean(), limit: fc.nat(6) },
  { requiredKeys: [] },
)
const arbitraryWrite = fc.tuple(arbitraryKey, fc.option(fc.nat()))

function write(
  tx: Transaction,
  model: Map<string, Item>,
  writes: readonly (readonly [Key, number | null])[],
): void {
  for (const [key, value] of writes) {
    const at = hex(encodeKey(key))
    if (value === null) {
      tx.delete(key)
      model.delete(at)
    } else {
      tx.put(key, value)
      model.set(at, { key, value })
    }
  }
}
