import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { CreateHash } from '../../src/bytes/hash.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import {
  appendBlob,
  blobSize,
  blobSource,
  chunkBytes,
  deleteBlob,
  digestBlob,
  heldBlobSource,
  holdBlob,
  readBlob,
  releaseBlob,
  sealBlob,
  smallBytes,
  truncateBlob,
} from '../../src/store/blob.js'
import type { Database } from '../../src/store/database.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import type { StoreBatch } from '../../src/store/store.js'
import { seed } from '../../testing/seed.js'
import { bytes, listed, type OpenedStore } from '../../testing/store.js'
import { engines } from './engines.js'

const sha256: CreateHash = () => {
  const hash = createHash('sha256')
  return { update: (chunk) => void hash.update(chunk), digest: () => new Uint8Array(hash.digest()) }
}

/** Bytes that differ at every offset up to 64 kB and between repetitions. */
function pattern(size: number, from = 0): Uint8Array {
  const all = new Uint8Array(size)
  for (let i = 0; i < size; i++) all[i] = ((from + i) * 2654435761) >>> 24
  return all
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes that something still refers to. */
function liveBytes(): number {
  // The second one finishes what the first left to be swept.
  collectGarbage()
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

for (const engine of engines)
  describe(`a blob over ${engine.name}`, () => {
    const worlds: OpenedStore[] = []
    const fresh = async (): Promise<Database> => {
      const world = await engine.open()
      worlds.push(world)
      return openDatabase(world.store)
    }
    const append = (db: Database, id: string, content: Uint8Array) =>
      db.transact((tx) => appendBlob(tx, id, content))
    after(async () => {
      for (const world of worlds) await world.cleanup()
    })

    it('is empty before anything was appended', async () => {
      const db = await fresh()
      assert.equal(await blobSize(db, 'b'), 0)
      assert.deepEqual(await readBlob(db, 'b', 0, 10), new Uint8Array(0))
      assert.equal((await blobSource(db, 'b')).size, 0)
      await append(db, 'b', new Uint8Array(0))
      assert.deepEqual(await listed(db.store, { prefix: [] }), [])
    })

    it('reads as what was appended and cut, at every offset and length', async () => {
      const size = fc.oneof(
        fc.nat(100),
        fc.nat(2 * smallBytes),
        fc.nat(3 * chunkBytes),
        fc.constantFrom(smallBytes - 1, smallBytes, smallBytes + 1),
        fc.constantFrom(chunkBytes - 1, chunkBytes, chunkBytes + 1),
      )
      const step = fc.oneof(
        fc.record({ append: size }),
        fc.record({ truncate: fc.nat(5 * chunkBytes) }),
        fc.record({ truncate: fc.constantFrom(0, 1, chunkBytes, 2 * chunkBytes) }),
      )
      const db = await fresh()
      let run = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 6 }),
          fc.array(fc.tuple(size, size), { maxLength: 5 }),
          fc.boolean(),
          async (steps, reads, together) => {
            const id = `b${run++}`
            let content = Buffer.alloc(0)
            const body = async (each: (typeof steps)[number]) => {
              if ('append' in each) {
                const more = pattern(each.append, content.length + run)
                content = Buffer.concat([content, more])
                return (tx: Parameters<typeof appendBlob>[0]) => appendBlob(tx, id, more)
              }
              content = content.subarray(0, each.truncate)
              return (tx: Parameters<typeof appendBlob>[0]) => truncateBlob(tx, id, each.truncate)
            }
            const work: Awaited<ReturnType<typeof body>>[] = []
            for (const each of steps) work.push(await body(each))
            if (together)
              await db.transact(async (tx) => {
                for (const each of work) await each(tx)
                assert.equal(await blobSize(tx, id), content.length)
              })
            else for (const each of work) await db.transact(each)
            assert.equal(await blobSize(db, id), content.length)
            const source = await blobSource(db, id)
            for (const [offset, length] of [...reads, [0, content.length] as const]) {
              const expected = content.subarray(offset, offset + length)
              assert.equal(Buffer.compare(await readBlob(db, id, offset, length), expected), 0)
              assert.equal(Buffer.compare(await source.read(offset, length), expected), 0)
            }
            const rows = await listed(db.store, { prefix: ['blob', id] })
            const isSmall = content.length <= smallBytes && rows.length === 0
            assert.ok(isSmall || rows.length === Math.ceil(content.length / chunkBytes))
            await db.transact((tx) => deleteBlob(tx, id))
          },
        ),
        { seed, numRuns: 80 },
      )
      assert.deepEqual(await listed(db.store, { prefix: [] }), [])
    })

    it('stands in its head alone while it is small, sealed or not', async () => {
      const db = await fresh()
      const content = pattern(smallBytes)
      await append(db, 'b', content.subarray(0, 1000))
      await append(db, 'b', content.subarray(1000))
      assert.deepEqual(await listed(db.store, { prefix: [] }), [['blob', 'b']])
      const found = await digestBlob(db, 'b', sha256)
      assert.ok(await db.transact((tx) => sealBlob(tx, 'b', found, digestOf(content))))
      assert.equal(Buffer.compare(await readBlob(db, 'b', 0, 1e9), content), 0)
      assert.equal(Buffer.compare(await readBlob(db, 'b', 999, 2), content.subarray(999, 1001)), 0)
    })

    it('goes on as it was kept by 0.2.0: its bytes in a chunk, however few they are', async () => {
      const db = await fresh()
      await db.transact(async (tx) => {
        tx.put(['blob', 'b'], { size: 3, sealed: false })
        tx.put(['blob', 'b', 0], bytes('abc'))
      })
      assert.deepEqual(await readBlob(db, 'b', 0, 10), bytes('abc'))
      await append(db, 'b', bytes('de'))
      assert.deepEqual(await readBlob(db, 'b', 0, 10), bytes('abcde'))
      await db.transact((tx) => truncateBlob(tx, 'b', 2))
      assert.deepEqual(await readBlob(db, 'b', 0, 10), bytes('ab'))
      await db.transact((tx) => deleteBlob(tx, 'b'))
      assert.deepEqual(await listed(db.store, { prefix: [] }), [])
    })

    it('takes many small appends', async () => {
      const db = await fresh()
      const content = pattern(300 * 2000)
      for (let at = 0; at < content.length; at += 2000) await append(db, 'b', content.subarray(at, at + 2000))
      assert.equal(Buffer.compare(await readBlob(db, 'b', 0, content.length), content), 0)
      assert.equal(
        (await listed(db.store, { prefix: ['blob', 'b'] })).length,
        Math.ceil(content.length / chunkBytes),
      )
    })

    it('grows with the records of the same transaction, or not at all', async () => {
      const db = await fresh()
      await append(db, 'b', bytes('one'))
      await assert.rejects(
        db.transact(async (tx) => {
          tx.put(['at'], 7)
          await appendBlob(tx, 'b', bytes('two!'))
          assert.deepEqual(await readBlob(tx, 'b', 0, 100), bytes('onetwo!'))
          assert.equal(await blobSize(db, 'b'), 3)
          throw new Error('cut')
        }),
        /cut/,
      )
      assert.deepEqual(await readBlob(db, 'b', 0, 100), bytes('one'))
      assert.equal(await db.get(['at']), undefined)
    })

    it('does not touch blobs with similar names', async () => {
      const db = await fresh()
      for (const id of ['b', 'b\0', 'ba', '']) await append(db, id, bytes(`of ${id}`))
      await db.transact((tx) => deleteBlob(tx, 'b'))
      for (const id of ['b\0', 'ba', '']) assert.deepEqual(await readBlob(db, id, 0, 99), bytes(`of ${id}`))
      assert.equal(await blobSize(db, 'b'), 0)
    })

    it('is sealed when its bytes have the digest, and only then', async () => {
      const db = await fresh()
      const content = pattern(100_000)
      await append(db, 'b', content)
      const found = await digestBlob(db, 'b', sha256)
      assert.deepEqual(found, { size: content.length, digest: digestOf(content) })
      assert.equal(await db.transact((tx) => sealBlob(tx, 'b', found, digestOf(bytes('other')))), false)
      await append(db, 'b', bytes('x'))
      assert.equal(await db.transact((tx) => sealBlob(tx, 'b', found, found.digest)), false)
      await db.transact((tx) => truncateBlob(tx, 'b', content.length))
      assert.equal(await db.transact((tx) => sealBlob(tx, 'b', found, found.digest)), true)
      await assert.rejects(append(db, 'b', bytes('x')), /sealed/)
      assert.equal(await blobSize(db, 'b'), content.length)
      assert.equal((await digestBlob(db, 'b', sha256)).digest, found.digest)
    })

    it('can be sealed empty, and deleted when sealed', async () => {
      const db = await fresh()
      const found = await digestBlob(db, 'b', sha256)
      assert.equal(await db.transact((tx) => sealBlob(tx, 'b', found, digestOf(bytes('')))), true)
      await assert.rejects(append(db, 'b', bytes('x')), /sealed/)
      await db.transact((tx) => deleteBlob(tx, 'b'))
      assert.deepEqual(await listed(db.store, { prefix: [] }), [])
      await append(db, 'b', bytes('x'))
    })

    it('reads on as it was while it grows, and says so when it is removed', async () => {
      const db = await fresh()
      const content = pattern(3 * chunkBytes + 5)
      await append(db, 'b', content)
      const source = await blobSource(db, 'b')
      await append(db, 'b', bytes('more'))
      assert.equal(Buffer.compare(await source.read(0, 1e9), content), 0)
      await db.transact((tx) => truncateBlob(tx, 'b', chunkBytes + 1))
      assert.equal((await source.read(0, chunkBytes + 1)).length, chunkBytes + 1)
      await assert.rejects(source.read(0, chunkBytes + 2), (error) => hasCode(error, 'MESSAGE_GONE'))
      await db.transact((tx) => deleteBlob(tx, 'b'))
      await assert.rejects(source.read(0, 1), (error) => hasCode(error, 'MESSAGE_GONE'))
    })

    it('says STORE_CORRUPT when a chunk is lost', async () => {
      const db = await fresh()
      await append(db, 'b', pattern(2 * chunkBytes))
      await db.store.commit({ deletes: [['blob', 'b', chunkBytes]] })
      assert.equal((await readBlob(db, 'b', 0, chunkBytes)).length, chunkBytes)
      await assert.rejects(readBlob(db, 'b', 0, chunkBytes + 1), (error) => hasCode(error, 'STORE_CORRUPT'))
    })
  })

describe('a large blob', () => {
  const mebibyte = 1024 * 1024
  const sizeBytes = 48 * mebibyte

  it('is written and hashed with no more than a few chunks of it in memory', async () => {
    const world = await engines.find(({ name }) => name.includes('SQLite'))!.open()
    try {
      const db = openDatabase(world.store)
      const piece = pattern(mebibyte)
      const expected = createHash('sha256')
      const before = liveBytes()
      let mostHeld = 0
      const watch = () => {
        mostHeld = Math.max(mostHeld, liveBytes() - before)
      }
      for (let at = 0; at < sizeBytes; at += mebibyte) {
        piece[0] = at / mebibyte
        expected.update(piece)
        await db.transact((tx) => appendBlob(tx, 'b', piece))
        if (at % (16 * mebibyte) === 0) watch()
      }
      let chunks = 0
      const hash: CreateHash = () => {
        const inner = sha256()
        return {
          update: (chunk) => {
            inner.update(chunk)
            if (chunks++ % 500 === 499) watch()
          },
          digest: () => inner.digest(),
        }
      }
      const found = await digestBlob(db, 'b', hash)
      assert.deepEqual(found, { size: sizeBytes, digest: expected.digest('hex') })
      assert.ok(chunks >= 1000)
      assert.ok(mostHeld < 16 * mebibyte, `${mostHeld} bytes were held`)
    } finally {
      await world.cleanup()
    }
  })

  it('is deleted without its bytes being read', async () => {
    const read: unknown[] = []
    class Watched extends MemoryStore {
      override async get(key: readonly (string | number | Uint8Array)[]) {
        read.push(key)
        return super.get(key)
      }
    }
    const batches: StoreBatch[] = []
    const db = openDatabase(new Watched({ onCommit: (batch) => void batches.push(batch) }))
    await db.transact((tx) => appendBlob(tx, 'b', pattern(40 * chunkBytes)))
    read.length = 0
    await db.transact((tx) => deleteBlob(tx, 'b'))
    assert.deepEqual(read, [['blob', 'b']])
    assert.equal(batches.at(-1)!.deletes!.length, 41)
    await db.transact((tx) => appendBlob(tx, 'c', pattern(10)))
    await db.transact((tx) => deleteBlob(tx, 'c'))
    assert.deepEqual(batches.at(-1)!.deletes, [['blob', 'c']])
  })
})

for (const size of [100, 2 * chunkBytes + 10])
  describe(`a blob of ${size} bytes that is held`, () => {
    const content = new Uint8Array(size).fill(7)
    const world = async () => {
      const store = new MemoryStore()
      const db = openDatabase(store)
      await db.transact(async (tx) => {
        await appendBlob(tx, 'a', content)
        await holdBlob(tx, 'a')
        await holdBlob(tx, 'a')
      })
      const held = async () => {
        const source = await heldBlobSource(db, 'a')
        return source.read(0, source.size)
      }
      return { store, db, held }
    }

    it('is there for whoever holds it once it is deleted, and gone for all others', async () => {
      const { store, db, held } = await world()
      await db.transact((tx) => deleteBlob(tx, 'a'))
      assert.equal(await blobSize(db, 'a'), 0)
      assert.deepEqual(await readBlob(db, 'a', 0, 100), new Uint8Array(0))
      assert.deepEqual(await held(), content)
      await db.transact((tx) => releaseBlob(tx, 'a'))
      assert.deepEqual(await held(), content)
      await db.transact((tx) => releaseBlob(tx, 'a'))
      assert.equal(store.size, 0)
    })

    it('stays when it is released by all and was not deleted', async () => {
      const { db } = await world()
      for (let n = 0; n < 2; n++) await db.transact((tx) => releaseBlob(tx, 'a'))
      assert.deepEqual(await readBlob(db, 'a', 0, content.length), content)
      await db.transact((tx) => deleteBlob(tx, 'a'))
      assert.equal(await blobSize(db, 'a'), 0)
    })

    it('begins anew when it is written again after it was deleted, and is held as before', async () => {
      const { store, db, held } = await world()
      await db.transact((tx) => deleteBlob(tx, 'a'))
      await db.transact((tx) => appendBlob(tx, 'a', content.subarray(0, 10)))
      assert.deepEqual(await held(), content.subarray(0, 10))
      await db.transact((tx) => truncateBlob(tx, 'a', 8))
      assert.deepEqual(await held(), content.subarray(0, 8))
      assert.equal(await blobSize(db, 'a'), 8)
      await db.transact((tx) => deleteBlob(tx, 'a'))
      for (let n = 0; n < 2; n++) await db.transact((tx) => releaseBlob(tx, 'a'))
      assert.equal(store.size, 0)
    })

    it('is held without a byte, and leaves nothing then', async () => {
      const { store, db } = await world()
      await db.transact((tx) => holdBlob(tx, 'empty'))
      await db.transact((tx) => deleteBlob(tx, 'empty'))
      const before = store.size
      await db.transact((tx) => releaseBlob(tx, 'empty'))
      assert.equal(store.size, before - 1)
    })
  })
