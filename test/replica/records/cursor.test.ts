import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  hasExceptions,
  readCursor,
  readCursorOf,
  renameCursorOf,
  replaceCursor,
  updateCursorOf,
} from '../../../src/replica/cursor.js'
import { tables } from '../../../src/replica/tables.js'
import { guid } from '../../world/first-words.js'
import { open } from './open.js'

const [work, play, rest] = [guid(1), guid(2), guid(3)]
const missing = [{ from: 1, to: 4 }]

/** A replica whose cursor has an exception in its record, as earlier versions wrote them all. */
async function earlier() {
  const { replica } = await open()
  await replica.db.transact(async (tx) => {
    const record = await tables.replica.get(tx)
    assert.ok(record)
    const cursor = { log: 9, structure: 8, mailboxes: { [work]: { log: 5, missing } } }
    tables.replica.put(tx, { ...record, cursor })
  })
  return replica
}

test('exceptions that an earlier version has left in the record count until the cursor is another', async () => {
  const { db } = await earlier()
  assert.equal(await hasExceptions(db), true)
  assert.deepEqual(await readCursorOf(db, work), { log: 5, missing })
  assert.deepEqual(await readCursorOf(db, play), { log: 9, missing: [] })
  await db.transact((tx) => updateCursorOf(tx, work, ({ log }) => ({ log, missing: [] })))
  await db.transact((tx) => updateCursorOf(tx, play, () => ({ log: 7, missing })))
  const mailboxes = { [work]: { log: 5, missing: [] }, [play]: { log: 7, missing } }
  assert.deepEqual(await readCursor(db), { log: 9, structure: 8, mailboxes })
  await db.transact((tx) => replaceCursor(tx, { log: 10, structure: 10, mailboxes: {} }))
  assert.equal(await hasExceptions(db), false)
  assert.deepEqual(await readCursor(db), { log: 10, structure: 10, mailboxes: {} })
})

test('an exception goes with its mailbox when that has another name, and no other does', async () => {
  const { db } = await earlier()
  await db.transact((tx) => updateCursorOf(tx, play, () => ({ log: 7, missing: [] })))
  await db.transact((tx) => renameCursorOf(tx, work, rest))
  await db.transact((tx) => renameCursorOf(tx, guid(4), guid(5)))
  const mailboxes = { [play]: { log: 7, missing: [] }, [rest]: { log: 5, missing } }
  assert.deepEqual(await readCursor(db), { log: 9, structure: 8, mailboxes })
})
