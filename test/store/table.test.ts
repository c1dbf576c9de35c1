import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Database } from '../../src/store/database.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { defineTable } from '../../src/store/table.js'

const pages = defineTable<[book: string, page: number], { readonly text: string }>('page')
const marks = defineTable<[book: string, page: number, line: number], true>('mark')

describe('a table', () => {
  let db: Database
  beforeEach(async () => {
    db = openDatabase(new MemoryStore())
    await db.transact(async (tx) => {
      for (const book of ['a', 'b'])
        for (let page = 1; page < 5; page++) pages.put(tx, book, page, { text: `${book}${page}` })
      for (let line = 0; line < 3; line++) marks.put(tx, 'a', 2, line, true)
    })
  })
  const listed = async (
    ...args: Parameters<typeof pages.list> extends [unknown, ...infer Rest] ? Rest : never
  ) => {
    const found: string[] = []
    for await (const { key, value } of pages.list(db, ...args)) {
      assert.equal(value.text, key.join(''))
      found.push(value.text)
    }
    return found.join(' ')
  }

  it('gives back its rows by their keys', async () => {
    assert.deepEqual(await pages.get(db, 'b', 3), { text: 'b3' })
    assert.equal(await pages.get(db, 'b', 5), undefined)
    assert.deepEqual([await marks.has(db, 'a', 2, 0), await marks.has(db, 'a', 2, 3)], [true, false])
  })

  it('lists all, or what begins alike, in order', async () => {
    assert.equal(await listed(), 'a1 a2 a3 a4 b1 b2 b3 b4')
    assert.equal(await listed(['b']), 'b1 b2 b3 b4')
    assert.equal(await listed([], { limit: 3, reverse: true }), 'b4 b3 b2')
    assert.equal(await listed([], { start: 'b' }), 'b1 b2 b3 b4')
    const between: number[] = []
    for await (const { key } of pages.list(db, ['a'], { start: 2, end: 4 })) between.push(key[1])
    assert.deepEqual(between, [2, 3])
    assert.deepEqual(
      [await pages.count(db), await pages.count(db, ['a']), await pages.count(db, ['c'])],
      [8, 4, 0],
    )
    assert.deepEqual([await marks.any(db, ['a', 2]), await marks.any(db, ['a', 3])], [true, false])
  })

  it('deletes one row, or all that begin alike, and no other table', async () => {
    await db.transact(async (tx) => {
      pages.delete(tx, 'a', 1)
      await pages.clear(tx, ['b'])
    })
    assert.equal(await listed(), 'a2 a3 a4')
    await db.transact((tx) => pages.clear(tx))
    assert.equal(await listed(), '')
    assert.equal(await marks.count(db), 3)
  })

  it('gives rows another beginning', async () => {
    await db.transact(async (tx) => {
      await marks.move(tx, ['a'], ['c'])
      await marks.move(tx, ['c', 2], ['c', 7])
    })
    const keys: unknown[] = []
    for await (const { key } of marks.list(db)) keys.push(key)
    assert.deepEqual(keys, [
      ['c', 7, 0],
      ['c', 7, 1],
      ['c', 7, 2],
    ])
  })
})
