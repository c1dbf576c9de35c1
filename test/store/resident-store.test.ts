import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { hasCode, PacketboatError } from '../../src/errors/packetboat-error.js'
import { encodeKey } from '../../src/store/key.js'
import { type MemorySnapshot, MemoryStore } from '../../src/store/memory-store.js'
import { ResidentStore } from '../../src/store/resident/resident-store.js'
import type { Key, Store, StoreBatch, StoreEntry } from '../../src/store/store.js'
import { seed } from '../../testing/seed.js'
import { bytes, entries, entry, hex, modelList } from '../../testing/store.js'

/** A disk that writes when it is told to. */
function slowDisk(content?: MemorySnapshot) {
  const waiting: (() => void)[] = []
  const batches: StoreBatch[] = []
  let full = false
  const disk = new MemoryStore({
    ...(content && { content }),
    onCommit: async (batch) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      if (full) throw new PacketboatError('DISK_FULL', 'No room.', 'Make room.')
      batches.push(batch)
    },
  })
  /** Lets it write what it has begun, and all that it begins then. */
  const write = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) {
      waiting.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return {
    disk,
    batches,
    write,
    fill: (now: boolean) => {
      full = now
    },
  }
}

async function contentOf(disk: MemoryStore): Promise<StoreEntry[]> {
  return entries(new MemoryStore({ content: disk.snapshot() }), { prefix: [] })
}

const key: fc.Arbitrary<Key> = fc.oneof(
  fc.tuple(fc.constant('record'), fc.nat(3)),
  fc.tuple(fc.constant('blob'), fc.constantFrom('a', 'b')),
  fc.tuple(fc.constant('blob'), fc.constantFrom('a', 'b'), fc.nat(2)),
)
const put = fc.record(
  { key, value: fc.uint8Array({ minLength: 1, maxLength: 40 }) },
  { noNullPrototype: true },
)
const step = fc.record({
  batch: fc.record(
    {
      puts: fc.array(put, { maxLength: 5 }),
      deletes: fc.array(key, { maxLength: 2 }),
      deleteRanges: fc.constantFrom([], [], [{ prefix: ['blob', 'a'] }], [{ prefix: ['record'] }]),
    },
    { noNullPrototype: true },
  ),
  write: fc.boolean(),
})

it('shows all commits at once, and has on its disk all of them up to some one of the last', async () => {
  const run = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    const { disk, write } = slowDisk()
    const store = await ResidentStore.open(disk, { recentBytes: 60 })
    const model = new Map<string, StoreEntry>()
    const past = [JSON.stringify(await contentOf(disk))]
    for (const { batch, write: isWritten } of steps) {
      await store.commit(batch)
      apply(model, batch)
      const all = modelList(model, { prefix: [] }, {})
      past.push(JSON.stringify(all))
      if (isWritten) await write()
      assert.deepEqual(await entries(store, { prefix: [] }), all)
      assert.deepEqual(
        await store.getMany(all.map((each) => each.key)),
        all.map(({ value }) => value),
      )
      assert.ok(
        past.includes(JSON.stringify(await contentOf(disk))),
        'the disk is of no moment that ever was',
      )
    }
    const flushed = store.flush()
    await write()
    await flushed
    assert.equal(JSON.stringify(await contentOf(disk)), past.at(-1))
    const again = await ResidentStore.open(new MemoryStore({ content: disk.snapshot() }))
    assert.deepEqual(await entries(again, { prefix: [] }), modelList(model, { prefix: [] }, {}))
  })
  await fc.assert(run, { seed, numRuns: 100 })
})

function apply(model: Map<string, StoreEntry>, batch: StoreBatch): void {
  for (const range of batch.deleteRanges ?? [])
    for (const each of modelList(model, range, {})) model.delete(hex(encodeKey(each.key)))
  for (const each of batch.deletes ?? []) model.delete(hex(encodeKey(each)))
  for (const put of batch.puts ?? []) model.set(hex(encodeKey(put.key)), put)
}

it('waits in flush for what was committed before it, and writes many commits as one', async () => {
  const { disk, batches, write } = slowDisk()
  const store = await ResidentStore.open(disk)
  for (let n = 0; n < 50; n++) await store.commit({ puts: [entry(['a', n], `${n}`)] })
  let flushed = false
  const flushing = store.flush().then(() => {
    flushed = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(flushed, false)
  await write()
  await flushing
  assert.equal((await contentOf(disk)).length, 50)
  assert.ok(batches.length <= 3, `${batches.length} commits to the disk`)
})

it('writes what comes within a pause as one, and before its end what somebody waits for or what is much', async () => {
  const sizes: number[] = []
  const disk = new MemoryStore({ onCommit: ({ puts = [] }) => void sizes.push(puts.length) })
  const pauses: (() => void)[] = []
  const pause = (): Promise<void> => new Promise((resolve) => pauses.push(resolve))
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const store = await ResidentStore.open(disk, { pause, gatheredBytes: 1000 })
  const commit = async (name: string, size = 1): Promise<void> => {
    await store.commit({ puts: [{ key: ['a', name], value: new Uint8Array(size) }] })
    await turn()
  }
  for (const name of ['1', '2', '3']) await commit(name)
  assert.deepEqual([sizes, pauses.length], [[], 1])
  pauses.shift()?.()
  await turn()
  assert.deepEqual([sizes, pauses.length], [[3], 0])
  await commit('4')
  await store.flush()
  assert.deepEqual(sizes, [3, 1])
  pauses.shift()?.()
  await turn()
  assert.deepEqual(sizes, [3, 1])
  await commit('5', 600)
  await commit('6', 600)
  assert.deepEqual(sizes, [3, 1, 2])
})

it('reads no chunk of a blob again that it has just written, and none at all that has no name', async () => {
  const disk = new MemoryStore()
  const chunk = ['blob', 'a', 0]
  const small = ['blob', 's']
  const content = 'x'.repeat(3000)
  await disk.commit({
    puts: [entry(['blob', 'a'], 'head'), entry(chunk, content), entry(small, content)],
  })
  let gets = 0
  const getMany = disk.getMany.bind(disk)
  disk.getMany = (asked) => {
    gets++
    return getMany(asked)
  }
  const store = await ResidentStore.open(disk)
  gets = 0
  assert.equal(await store.get(['blob', 'a', 1]), undefined)
  const written = [entry(['blob', 'b', 0], `${content}1`), entry(['blob', 't'], `${content}2`)]
  await store.commit({ puts: written })
  await store.flush()
  for (const { key, value } of written) assert.deepEqual(await store.get(key), value)
  assert.deepEqual(await store.get(['blob', 'a']), bytes('head'))
  assert.deepEqual(await store.get(['record']), undefined)
  assert.equal(gets, 0)
  assert.deepEqual(await store.get(chunk), bytes(content))
  assert.deepEqual(await store.get(small), bytes(content))
  assert.equal(gets, 2)
  const again = await ResidentStore.open(disk)
  gets = 0
  const all = [chunk, ['record'], ['blob', 'a'], small]
  const read = [bytes(content), undefined, bytes('head'), bytes(content)]
  assert.deepEqual(await again.getMany(all), read)
  assert.deepEqual(await again.getMany(all), read)
  assert.equal(gets, 1)
})

it('takes a blob that grows out of its head, and goes, for what it is', async () => {
  const disk = new MemoryStore()
  const store = await ResidentStore.open(disk)
  const head = ['blob', 'a']
  for (const value of ['x'.repeat(3000), 'short', 'y'.repeat(3000)]) {
    const before = await store.get(head)
    await store.commit({ checks: [{ key: head, value: before }], puts: [entry(head, value)] })
    assert.deepEqual(await store.get(head), bytes(value))
    await assert.rejects(
      store.commit({ checks: [{ key: head, value: before }], puts: [entry(['r'], 'z')] }),
      (error) => hasCode(error, 'STORE_CONFLICT'),
    )
  }
  await store.commit({ deletes: [head] })
  assert.equal(await store.get(head), undefined)
  await store.flush()
  assert.equal(await disk.get(head), undefined)
})

it('lets nobody commit more than may wait for the disk', async () => {
  const { disk, write } = slowDisk()
  const store = await ResidentStore.open(disk, { behindBytes: 100 })
  await store.commit({ puts: [entry(['a'], 'x'.repeat(200))] })
  let second = false
  const committing = store.commit({ puts: [entry(['b'], 'y')] }).then(() => {
    second = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(second, false)
  await write()
  await committing
  assert.deepEqual(await store.get(['b']), bytes('y'))
})

it('takes no commit while the disk takes none, goes on reading, and writes all when there is room', async () => {
  const { disk, write, fill } = slowDisk()
  const store = await ResidentStore.open(disk)
  const isFull = (error: unknown): boolean => hasCode(error, 'DISK_FULL')
  fill(true)
  await store.commit({ puts: [entry(['a'], '1')] })
  await write()
  const refused = [store.flush(), store.commit({ puts: [entry(['b'], '1')] })].map((work) =>
    assert.rejects(work, isFull),
  )
  await write()
  await Promise.all(refused)
  assert.deepEqual(await store.get(['a']), bytes('1'))
  assert.equal(await store.get(['b']), undefined)
  fill(false)
  const flushed = store.flush()
  await write()
  await flushed
  assert.equal((await contentOf(disk)).length, 1)
})

it('is opened without reading what stands in blobs, where the disk can tell their keys alone', async () => {
  const memory = new MemoryStore()
  const [head, chunk, behind]: Key[] = [
    ['blob', 'a'],
    ['blob', 'a', 0],
    ['blobs', 1],
  ]
  await memory.commit({
    puts: [
      entry(['b', 1], 'before'),
      entry(head!, 'head'),
      entry(chunk!, 'x'.repeat(1000)),
      entry(behind!, 'behind'),
    ],
  })
  const read: string[] = []
  const disk: Store = {
    get: (key) => memory.get(key),
    getMany: (keys) => memory.getMany(keys),
    async *list(range, options) {
      for await (const row of memory.list(range, options)) {
        read.push(String(row.key))
        yield row
      }
    },
    async *listKeys(range) {
      for await (const { key } of memory.list(range)) yield key
    },
    commit: (batch) => memory.commit(batch),
    generation: () => memory.generation(),
    close: () => memory.close(),
  }
  const store = await ResidentStore.open(disk)
  assert.deepEqual(read, ['b,1', 'blobs,1'])
  assert.deepEqual(await entries(store, { prefix: [] }), await entries(memory, { prefix: [] }))
})
