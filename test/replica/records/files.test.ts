import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileOf, type PlacedFile, placeFile, removeFile, standsIn } from '../../../src/replica/files.js'
import type { MailboxFileRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { id } from '../world.js'
import { open, rowsOf } from './open.js'

const place = (message: string, locator: string, more: Partial<PlacedFile> = {}): PlacedFile => ({
  message: id(message),
  mailbox: id('inbox'),
  locator,
  flags: ['\\Seen'],
  shown: 1,
  ...more,
})

test('a file is found by its message, as it was noted', async () => {
  const { replica, change } = await open()
  const files = [
    place('a', '1'),
    place('b', '2', { uid: 7 }),
    place('c', '3', { recent: true }),
    place('d', '4', { uid: 8, recent: true, mailbox: id('work') }),
  ]
  await change(async ({ tx }) => {
    for (const file of files) await placeFile(tx, file)
  })
  for (const file of files) assert.deepEqual(await fileOf(replica.db, file.message), file)
  assert.equal(await fileOf(replica.db, id('x')), undefined)
  await change(({ tx }) => placeFile(tx, place('c', '3', { recent: false })))
  assert.deepEqual(await fileOf(replica.db, id('c')), place('c', '3'))
})

test('a message stands in one place: the one before is forgotten', async () => {
  const { replica, change } = await open()
  await change(({ tx }) => placeFile(tx, place('a', '1')))
  await change(({ tx }) => placeFile(tx, place('a', '2', { mailbox: id('work') })))
  assert.deepEqual(
    (await rowsOf(tables.file.list(replica.db))).map(({ key }) => key),
    [[id('work'), '2']],
  )
  await change(({ tx }) => removeFile(tx, id('a')))
  await change(({ tx }) => removeFile(tx, id('x')))
  assert.deepEqual(await rowsOf(tables.file.list(replica.db)), [])
  assert.deepEqual(await rowsOf(tables.place.list(replica.db)), [])
})

test('a place that another message has taken over is that one’s', async () => {
  const { replica, change } = await open()
  await change(({ tx }) => placeFile(tx, place('a', '1')))
  await change(({ tx }) => placeFile(tx, place('b', '1')))
  assert.equal(await fileOf(replica.db, id('a')), undefined)
  await change(({ tx }) => removeFile(tx, id('a')))
  assert.deepEqual(await fileOf(replica.db, id('b')), place('b', '1'))
})

test('where a message stands is known when its mailbox is', async () => {
  const { replica, change } = await open()
  const record: MailboxFileRecord = { path: ['INBOX'], identity: 'i', token: 't', subscribed: true }
  await change(({ tx }) => placeFile(tx, place('a', '1')))
  assert.equal(await standsIn(replica.db, id('a')), undefined)
  await change(async ({ tx }) => tables.mailboxFile.put(tx, id('inbox'), record))
  assert.deepEqual(await standsIn(replica.db, id('a')), { file: place('a', '1'), place: record })
  assert.equal(await standsIn(replica.db, id('x')), undefined)
})
