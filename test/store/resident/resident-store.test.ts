import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { decodeRows } from '../../../src/store/resident/encode-rows.js'
import { ResidentStore } from '../../../src/store/resident/resident-store.js'
import type { StoreEntry } from '../../../src/store/store.js'
import { seed } from '../../../testing/seed.js'
import { bytes, entries, entry, modelList } from '../../../testing/store.js'
import { apply, contentOf, reopened, sizes, slowDisk, step } from './disks.js'

it('shows all commits at once, and has on its disk all of them up to some one of the last', async () => {
  const run = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    const { disk, write } = slowDisk()
    const store = await ResidentStore.open(disk, { recentBytes: 60, sizes })
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
    // What is packed yet is taken apart from either end, or in the midst.
    for (const range of [{ prefix: [] }, { prefix: ['blob'] }, { prefix: ['record'], start: [1], end: [3] }])
      for (const options of [{}, { reverse: true }, { limit: 2 }, { reverse: true, limit: 1 }])
        assert.deepEqual(
          await entries(await reopened(disk), range, options),
          modelList(model, range, options),
        )
  })
  await fc.assert(run, { seed, numRuns: 100 })
})

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
  const disk = new MemoryStore({
    onCommit: ({ puts = [] }) => void sizes.push(...puts.map(({ value }) => decodeRows(value).length)),
  })
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
  const before = await ResidentStore.open(disk)
  await before.commit({
    puts: [entry(['blob', 'a'], 'head'), entry(chunk, content), entry(small, content)],
  })
  await before.flush()
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
