import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { hasCode } from '../src/errors/packetboat-error.js'
import { encodeKey, rangeBounds } from '../src/store/key.js'
import type { Key, KeyRange, ListOptions, Store, StoreBatch, StoreEntry } from '../src/store/store.js'
import { arbitraryKey } from './arbitrary-key.js'
import { seed } from './seed.js'

export interface OpenedStore {
  readonly store: Store
  /** Closes what is open and opens the same content again. */
  reopen(): Promise<Store>
  cleanup(): Promise<void> | void
}

/** What every engine of the store port must do. An engine's test file runs it over a fresh, empty store. */
export function storeConformance(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}, as a store`, () => {
    const worlds: OpenedStore[] = []
    const fresh = async () => {
      const world = await open()
      worlds.push(world)
      return world
    }
    after(async () => {
      for (const world of worlds) await world.cleanup()
    })

    it('gives back what was put, and nothing for other keys', async () => {
      const { store } = await fresh()
      await store.commit({ puts: [entry(['a', 1], 'one')] })
      assert.deepEqual(await store.get(['a', 1]), bytes('one'))
      assert.equal(await store.get(['a', 2]), undefined)
      assert.equal(await store.get(['a']), undefined)
      assert.equal(await store.get(['a', 1, 0]), undefined)
    })

    it('holds the empty value and the empty key', async () => {
      const { store } = await fresh()
      await store.commit({ puts: [entry([], 'root'), entry(['empty'], ''), entry([''], 'x')] })
      assert.deepEqual(await store.get([]), bytes('root'))
      assert.deepEqual(await store.get(['empty']), new Uint8Array(0))
      assert.deepEqual(await listed(store, { prefix: [] }), [[''], ['empty']])
    })

    it('gives plain Uint8Arrays, of values and in keys', async () => {
      const { store } = await fresh()
      await store.commit({ puts: [{ key: [Buffer.from('k')], value: Buffer.from('v') }] })
      const [found] = await entries(store, { prefix: [] })
      assert.equal(found!.value.constructor, Uint8Array)
      assert.equal((found!.key[0] as Uint8Array).constructor, Uint8Array)
      assert.equal((await store.get([bytes('k')]))!.constructor, Uint8Array)
    })

    it('shares no memory with its callers', async () => {
      const { store } = await fresh()
      const given = bytes('kept')
      const key = [bytes('key')]
      await store.commit({ puts: [{ key, value: given }] })
      given.fill(0)
      key[0]!.fill(0)
      const got = await store.get([bytes('key')])
      assert.deepEqual(got, bytes('kept'))
      got!.fill(0)
      for (const found of await entries(store, { prefix: [] })) found.value.fill(0)
      assert.deepEqual(await store.get([bytes('key')]), bytes('kept'))
    })

    it('gets many at once, in their order, as it gets one', async () => {
      const { store } = await fresh()
      await store.commit({ puts: [entry(['a'], '1'), entry(['b', 2], ''), entry([], 'root')] })
      const found = await store.getMany([['b', 2], ['none'], ['a'], [], ['a']])
      assert.deepEqual(found, [bytes(''), undefined, bytes('1'), bytes('root'), bytes('1')])
      found[2]!.fill(0)
      assert.deepEqual(await store.get(['a']), bytes('1'))
      assert.deepEqual(await store.getMany([]), [])
    })

    it('is of one generation while nobody else commits, and checks what it has to', async () => {
      const { store } = await fresh()
      const since = await store.generation()
      await store.commit({ since, checks: [{ key: ['a'], value: undefined }], puts: [entry(['a'], '1')] })
      for (let n = 0; n < 200; n++) assert.equal(await store.generation(), since)
      const later = { since: since + 1, checks: [{ key: ['a'], value: bytes('2') }], deletes: [['a']] }
      await assert.rejects(store.commit(later), (error) => hasCode(error, 'STORE_CONFLICT'))
      assert.deepEqual(await store.get(['a']), bytes('1'))
    })

    it('overwrites and deletes', async () => {
      const { store } = await fresh()
      await store.commit({ puts: [entry(['a'], '1'), entry(['b'], '1'), entry(['c'], '1')] })
      await store.commit({ puts: [entry(['a'], '2')], deletes: [['b'], ['missing']] })
      assert.deepEqual(await store.get(['a']), bytes('2'))
      assert.deepEqual(await listed(store, { prefix: [] }), [['a'], ['c']])
    })

    it('deletes before it puts, single keys and ranges', async () => {
      const { store } = await fresh()
      await store.commit({ puts: [1, 2, 3, 4].map((n) => entry(['r', n], 'old')) })
      await store.commit({
        puts: [entry(['r', 2], 'new'), entry(['r', 1], 'new')],
        deletes: [['r', 1]],
        deleteRanges: [{ prefix: ['r'], start: [2], end: [4] }],
      })
      assert.deepEqual(await listed(store, { prefix: ['r'] }), [
        ['r', 1],
        ['r', 2],
        ['r', 4],
      ])
      assert.deepEqual(await store.get(['r', 2]), bytes('new'))
    })

    it('deletes the range of a prefix without its neighbours and without the prefix itself', async () => {
      const { store } = await fresh()
      const keys: Key[] = [['m'], ['m', 0], ['m', 'x', 'y'], ['m', bytes('z')], ['m\0'], ['ma'], ['l', 1]]
      await store.commit({ puts: keys.map((key) => entry(key, 'v')) })
      await store.commit({ deleteRanges: [{ prefix: ['m'] }] })
      assert.deepEqual(await listed(store, { prefix: [] }), [['l', 1], ['m'], ['m\0'], ['ma']])
    })

    it('lists nothing of a range whose end is not after its start', async () => {
      const { store } = await fresh()
      await store.commit({ puts: [entry(['n', 1], ''), entry(['n', 2], '')] })
      for (const [start, end] of [
        [2, 1],
        [1, 1],
        [3, 9],
      ] as const)
        assert.deepEqual(await listed(store, { prefix: ['n'], start: [start], end: [end] }), [])
      assert.deepEqual(await listed(store, { prefix: ['n'] }, { limit: 0 }), [])
      await store.commit({ deleteRanges: [{ prefix: ['n'], start: [2], end: [1] }] })
      assert.equal((await listed(store, { prefix: ['n'] })).length, 2)
    })

    it('commits when every check holds, on values and on absence', async () => {
      const { store } = await fresh()
      await store.commit({ puts: [entry(['a'], '1'), entry(['empty'], '')] })
      await store.commit({
        checks: [
          { key: ['a'], value: bytes('1') },
          { key: ['empty'], value: bytes('') },
          { key: ['b'], value: undefined },
        ],
        puts: [entry(['b'], '2')],
      })
      assert.deepEqual(await store.get(['b']), bytes('2'))
    })

    const failing: readonly (readonly [string, Key, string | undefined])[] = [
      ['another value', ['a'], '2'],
      ['absence where a value is', ['a'], undefined],
      ['absence where the empty value is', ['empty'], undefined],
      ['the empty value where nothing is', ['missing'], ''],
      ['a value where nothing is', ['missing'], '1'],
    ]
    for (const [what, key, value] of failing)
      it(`changes nothing and says STORE_CONFLICT when a check names ${what}`, async () => {
        const { store } = await fresh()
        await store.commit({ puts: [entry(['a'], '1'), entry(['empty'], ''), entry(['x'], '1')] })
        const batch: StoreBatch = {
          checks: [
            { key: ['x'], value: bytes('1') },
            { key, value: value === undefined ? undefined : bytes(value) },
          ],
          puts: [entry(['b'], '2')],
          deletes: [['x']],
          deleteRanges: [{ prefix: [] }],
        }
        await assert.rejects(store.commit(batch), (error) => hasCode(error, 'STORE_CONFLICT'))
        assert.deepEqual(await listed(store, { prefix: [] }), [['a'], ['empty'], ['x']])
      })

    it('keeps everything when it is opened again', async () => {
      const world = await fresh()
      await world.store.commit({ puts: [entry(['a'], '1'), entry(['b'], '2')] })
      await world.store.commit({ deletes: [['a']] })
      const store = await world.reopen()
      assert.deepEqual(await listed(store, { prefix: [] }), [['b']])
      assert.deepEqual(await store.get(['b']), bytes('2'))
      await store.commit({ puts: [entry(['c'], '3')] })
      assert.deepEqual(await store.get(['c']), bytes('3'))
    })

    it('refuses to work once closed; closing twice is nothing', async () => {
      const { store } = await fresh()
      await store.close()
      await store.close()
      await assert.rejects(store.get(['a']), /closed/)
      await assert.rejects(store.getMany([['a']]), /closed/)
      await assert.rejects(store.commit({ puts: [entry(['a'], '1')] }), /closed/)
      await assert.rejects(listed(store, { prefix: [] }), /closed/)
    })

    it('does as a sorted list of entries would, whatever is put, deleted and listed', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(arbitraryStep, { maxLength: 12 }), async (steps) => {
          const world = await open()
          const model = new Map<string, StoreEntry>()
          try {
            for (const { batch, range, options } of steps) {
              await world.store.commit(batch)
              applyToModel(model, batch)
              assert.deepEqual(await entries(world.store, range, options), modelList(model, range, options))
            }
          } finally {
            await world.cleanup()
          }
        }),
        { seed, numRuns: 60 },
      )
    })

    describe('with many entries', () => {
      let store: Store
      const count = 8_000
      const value = (n: number) => bytes(`value ${n}`)
      before(async () => {
        store = (await fresh()).store
        for (let from = 0; from < count; from += 8_000)
          await store.commit({
            puts: Array.from({ length: 8_000 }, (_, i) => ({
              key: ['n', from + i],
              value: value(from + i),
            })),
          })
      })

      it('lists them all, once and in order, both ways', async () => {
        for (const reverse of [false, true]) {
          const found = await entries(store, { prefix: ['n'] }, { reverse })
          assert.equal(found.length, count)
          const wrong = found.findIndex(({ key, value: v }, i) => {
            const n = reverse ? count - 1 - i : i
            return key[1] !== n || Buffer.compare(v, value(n)) !== 0
          })
          assert.equal(wrong, -1)
        }
      })

      it('lists their keys alone, where it can', async () => {
        if (!store.listKeys) return
        for (const range of [{ prefix: ['n'] }, { prefix: [], start: ['n', 17], end: ['n', 9000] }]) {
          const keys: Key[] = []
          for await (const key of store.listKeys(range)) keys.push(key)
          assert.deepEqual(keys, await listed(store, range))
        }
      })

      for (const limit of [1, 15, 16, 17, 80, 1000, 7_999, 8_000, 30_000])
        it(`lists ${limit} of them when no more are asked for`, async () => {
          for (const reverse of [false, true]) {
            const found = await listed(store, { prefix: ['n'] }, { limit, reverse })
            assert.equal(found.length, Math.min(limit, count))
            assert.equal(found.at(-1)![1], reverse ? count - found.length : found.length - 1)
          }
        })

      it('lets commits in while it lists, and still gives once each entry that stands', async () => {
        for (const reverse of [false, true]) {
          const seen: number[] = []
          for await (const { key } of store.list({ prefix: ['n'] }, { reverse })) {
            const n = key[1] as number
            if (!Number.isInteger(n / 2)) continue
            seen.push(n)
            if (seen.length % 500 === 0)
              await store.commit({
                deletes: [
                  ['n', n + 1],
                  ['n', n - 1 < 0 ? 1 : n - 1],
                ],
                puts: [
                  { key: ['n', n], value: bytes('again') },
                  { key: ['n', count + 2 * n + 1], value: bytes('new') },
                ],
              })
          }
          const expected = Array.from({ length: count / 2 }, (_, i) => 2 * i)
          assert.deepEqual(seen, reverse ? expected.reverse() : expected)
        }
      })

      it('can be left in the middle of a list, and written and closed then', async () => {
        const iterator = store.list({ prefix: ['n'] })[Symbol.asyncIterator]()
        await iterator.next()
        await store.commit({ deleteRanges: [{ prefix: ['n'], start: [100] }] })
        assert.ok((await listed(store, { prefix: ['n'] })).every(([, n]) => (n as number) < 100))
        await store.close()
      })
    })

    it('takes values of a megabyte, and lists many large ones', async () => {
      const { store } = await fresh()
      const large = (n: number) => new Uint8Array(n === 0 ? 1_000_000 : 150_000).fill(n + 1)
      for (let n = 0; n < 20; n++) await store.commit({ puts: [{ key: ['large', n], value: large(n) }] })
      let n = 0
      for await (const { key, value } of store.list({ prefix: ['large'] })) {
        assert.deepEqual(key, ['large', n])
        assert.equal(Buffer.compare(value, large(n)), 0)
        n++
      }
      assert.equal(n, 20)
    })
  })
}

const smallKey: fc.Arbitrary<Key> = fc.array(
  fc.oneof(
    fc.nat(3),
    fc.constantFrom('', 'a', 'a\0', 'b'),
    fc.constantFrom(bytes(''), bytes('\0'), bytes('a')),
  ),
  { maxLength: 3 },
)
const anyKey = fc.oneof({ weight: 5, arbitrary: smallKey }, arbitraryKey)
const arbitraryRange: fc.Arbitrary<KeyRange> = fc.record(
  { prefix: fc.oneof(fc.constant([]), smallKey), start: smallKey, end: smallKey },
  { requiredKeys: ['prefix'], noNullPrototype: true },
)
const arbitraryEntry = fc.record(
  { key: anyKey, value: fc.uint8Array({ maxLength: 3 }) },
  { noNullPrototype: true },
)
const arbitraryStep = fc.record({
  batch: fc.record(
    {
      puts: fc.array(arbitraryEntry, { maxLength: 12 }),
      deletes: fc.array(anyKey, { maxLength: 3 }),
      deleteRanges: fc.array(arbitraryRange, { maxLength: 1 }),
    },
    { requiredKeys: ['puts'], noNullPrototype: true },
  ),
  range: arbitraryRange,
  options: fc.record(
    { reverse: fc.boolean(), limit: fc.nat(6) },
    { requiredKeys: [], noNullPrototype: true },
  ),
})

function applyToModel(model: Map<string, StoreEntry>, batch: StoreBatch): void {
  for (const range of batch.deleteRanges ?? [])
    for (const { key } of modelList(model, range, {})) model.delete(hex(encodeKey(key)))
  for (const key of batch.deletes ?? []) model.delete(hex(encodeKey(key)))
  for (const put of batch.puts ?? []) model.set(hex(encodeKey(put.key)), put)
}

/** Hex digits sort as their bytes do. */
export function modelList<T extends { readonly key: Key }>(
  model: ReadonlyMap<string, T>,
  range: KeyRange,
  options: ListOptions,
): T[] {
  const { from, to } = rangeBounds(range)
  const found = [...model.keys()].filter((key) => key >= hex(from) && key < hex(to)).sort()
  if (options.reverse) found.reverse()
  return found.slice(0, options.limit ?? found.length).map((key) => model.get(key)!)
}

export async function entries(store: Store, range: KeyRange, options?: ListOptions): Promise<StoreEntry[]> {
  const found: StoreEntry[] = []
  for await (const each of store.list(range, options)) found.push(each)
  return found
}

export async function listed(store: Store, range: KeyRange, options?: ListOptions): Promise<Key[]> {
  return (await entries(store, range, options)).map(({ key }) => key)
}

export function entry(key: Key, value: string): StoreEntry {
  return { key, value: bytes(value) }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function hex(encoded: Uint8Array): string {
  return Buffer.from(encoded).toString('hex')
}
