import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hasCode, PacketboatError } from '../../../src/errors/packetboat-error.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { ResidentStore } from '../../../src/store/resident/resident-store.js'
import type { Key, Store, StoreEntry } from '../../../src/store/store.js'
import { seed } from '../../../testing/seed.js'
import { entries, entry, listed, modelList } from '../../../testing/store.js'
import { seededRandom } from '../../world/random.js'
import { apply, contentOf, reopened, sizes, slowDisk, step } from './disks.js'

it('puts the log into the pages when it is long, and writes not much more than what it is given', async () => {
  let written = 0
  const disk = new MemoryStore({
    onCommit: ({ puts = [] }) => {
      for (const { value } of puts) written += value.length
    },
  })
  const store = await ResidentStore.open(disk, {
    sizes: { pageBytes: 1000, logBytes: 5000, packedBytes: 5000 },
  })
  const random = seededRandom(seed)
  let given = 0
  for (let n = 0; n < 3000; n++) {
    const key = n % 2 === 0 ? ['in order', n] : ['in none', random.below(1_000_000)]
    await store.commit({ puts: [{ key, value: new Uint8Array(100) }] })
    await store.flush()
    given += 100
  }
  const sizeOf = async (prefix: Key): Promise<number> =>
    (await entries(disk, { prefix })).reduce((sum, { value }) => sum + value.length, 0)
  const [log, pages] = [await sizeOf([0, 0]), await sizeOf([0, 1])]
  assert.ok(log + pages < 1.6 * given, `${log} bytes of the log and ${pages} of pages for ${given}`)
  assert.ok(log < pages / 2, `${log} bytes of the log beside ${pages}`)
  assert.ok(written < 6 * given, `${written} bytes for ${given}`)
  const all = await entries(await reopened(disk), { prefix: [] })
  assert.deepEqual(all, await entries(store, { prefix: [] }))
})

it('keeps whole commits where the disk refuses some of its writes, whatever of its pages they had in them', async () => {
  const refusals = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 })
  const run = fc.asyncProperty(fc.array(step, { maxLength: 20 }), refusals, async (steps, refuses) => {
    let writes = 0
    const disk = new MemoryStore({
      onCommit: () => {
        if (refuses[writes++]) throw new PacketboatError('DISK_FULL', 'No room.', 'Make room.')
      },
    })
    const store = await ResidentStore.open(disk, { recentBytes: 60, sizes })
    const again = async (work: () => Promise<void>): Promise<void> => {
      while (
        await work().then(
          () => false,
          () => true,
        )
      );
    }
    const model = new Map<string, StoreEntry>()
    const past = ['[]']
    for (const { batch, write } of steps) {
      await again(() => store.commit(batch))
      apply(model, batch)
      past.push(JSON.stringify(modelList(model, { prefix: [] }, {})))
      if (write) await store.flush().catch(() => undefined)
      assert.ok(
        past.includes(JSON.stringify(await contentOf(disk))),
        'the disk is of no moment that ever was',
      )
    }
    await again(() => store.flush())
    assert.equal(JSON.stringify(await contentOf(disk)), past.at(-1))
  })
  await fc.assert(run, { seed, numRuns: 200 })
})

it('writes what was committed where there is no room for pages, and these once there is', async () => {
  let isFull = true
  const isPage = ([first, second]: Key): boolean => first === 0 && second === 1
  const disk = new MemoryStore({
    onCommit: ({ puts = [] }) => {
      if (isFull && puts.some(({ key }) => isPage(key)))
        throw new PacketboatError('DISK_FULL', 'No room.', 'Make room.')
    },
  })
  const store = await ResidentStore.open(disk, { sizes })
  const commit = async (n: number): Promise<void> => {
    await store.commit({ puts: [entry(['a', n], 'some value')] })
    await store.flush()
  }
  for (let n = 0; n < 50; n++) await commit(n)
  assert.deepEqual(await contentOf(disk), await entries(store, { prefix: [] }))
  isFull = false
  for (let n = 50; n < 70; n++) await commit(n)
  assert.ok((await listed(disk, { prefix: [0, 0] })).length < 15)
  assert.deepEqual(await contentOf(disk), await entries(store, { prefix: [] }))
})

describe('what earlier versions kept, each record under its own key,', () => {
  const old = [
    entry(['b', 1], 'before'),
    entry(['blob', 'a'], 'head'),
    entry(['blob', 'a', 0], 'x'.repeat(1000)),
    entry(['blobs', 1], 'behind'),
  ]

  it('is read without what stands in blobs, where the disk can tell their keys alone', async () => {
    const memory = new MemoryStore()
    await memory.commit({ puts: old })
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
    assert.deepEqual(await entries(store, { prefix: [] }), old)
  })

  it('stays as it is until the first commit, and goes into pages with that or not at all', async () => {
    const { disk, write, fill } = slowDisk()
    const filled = disk.commit({ puts: old })
    await write()
    await filled
    const store = await ResidentStore.open(disk, { sizes })
    assert.deepEqual(await entries(disk, { prefix: [] }), old)
    fill(true)
    await store.commit({ puts: [entry(['b', 2], 'new')], deletes: [['blob', 'a', 0]] })
    await write()
    assert.deepEqual(await entries(disk, { prefix: [] }), old)
    fill(false)
    const flushed = store.flush()
    await write()
    await flushed
    const now = [old[0]!, entry(['b', 2], 'new'), old[1]!, old[3]!]
    assert.deepEqual(await contentOf(disk), now)
    const left = await listed(disk, { prefix: [], start: [''] })
    assert.deepEqual(left, [['blob', 'a']], 'rows of blobs stay where they are')
    assert.deepEqual(await entries(store, { prefix: [] }), now)
  })
})

it('says that its records are damaged where a page has been cut short', async () => {
  const disk = new MemoryStore()
  const store = await ResidentStore.open(disk, { sizes })
  for (let n = 0; n < 20; n++) {
    await store.commit({ puts: [entry(['a', n], 'some value')] })
    await store.flush()
  }
  const [page] = await entries(disk, { prefix: [0, 1] })
  await disk.commit({ puts: [{ key: page!.key, value: page!.value.subarray(0, -1) }] })
  const again = await ResidentStore.open(disk)
  await assert.rejects(again.get(['a', 0]), (error) => hasCode(error, 'STORE_CORRUPT'))
})
