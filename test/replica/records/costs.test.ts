import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePath } from '../../../src/replica/mailboxes.js'
import { addProblem, listProblems } from '../../../src/replica/problems.js'
import { tables } from '../../../src/replica/tables.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import { counting } from '../../world/counting-store.js'
import { guid } from '../../world/first-words.js'

const many = 1000

function countedDatabase() {
  const rows = { read: 0 }
  return { db: openDatabase(counting(rows)(new MemoryStore())), rows }
}

test('a problem is added without a look at the others', async () => {
  const { db, rows } = countedDatabase()
  const problem = { code: 'MESSAGE_UNREADABLE', reason: 'torn', next: 'mend it', mailbox: 'INBOX' } as const
  const add = (item: string, nowMs: number) =>
    db.transact((tx) => addProblem(tx, 'read', { mailbox: guid(1), item, problem }, nowMs))
  for (let n = 0; n < many; n++) await add(`m${n}`, 1)
  const before = rows.read
  await add('m5', 2)
  assert.ok(rows.read - before < 10, `${rows.read - before} rows`)
  const problems = await listProblems(db)
  assert.equal(problems.length, many)
  const { sinceMs, triedMs, tries } = problems.find(({ item }) => item === 'm5')?.record ?? {}
  assert.deepEqual([sinceMs, triedMs, tries], [1, 2, 2])
})

test('of a name that a thousand mailboxes have the next one is found in a few steps', async () => {
  const { db, rows } = countedDatabase()
  await db.transact(async (tx) => {
    tables.path.put(tx, 'a', 'x', guid(1))
    for (let n = 2; n <= many; n++) tables.path.put(tx, 'a', `x (${n})`, guid(n))
  })
  const before = rows.read
  assert.deepEqual(await freePath(db, ['a', 'x']), ['a', `x (${many + 1})`])
  assert.ok(rows.read - before < 30, `${rows.read - before} rows`)
  assert.deepEqual(await freePath(db, ['a', 'x'], guid(1)), ['a', 'x'])
  assert.deepEqual(await freePath(db, ['a', 'y']), ['a', 'y'])
})

test('names are numbered one after the other', async () => {
  const { db } = countedDatabase()
  for (let n = 1; n < 20; n++) {
    const path = await freePath(db, ['x'])
    assert.deepEqual(path, [n === 1 ? 'x' : `x (${n})`])
    await db.transact(async (tx) => tables.path.put(tx, ...path, guid(n)))
  }
})
