import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReplicaRecord } from '../../../src/replica/replica.js'
import { tables } from '../../../src/replica/tables.js'
import {
  countAshore,
  forgetShore,
  noteShoreTold,
  rehouseShore,
  shoreToSay,
  takeAshore,
} from '../../../src/sync/shore/shore-here.js'
import {
  cursorWithShore,
  hearShore,
  nameOfShore,
  rememberShore,
  shoreNamed,
} from '../../../src/sync/shore/shore-there.js'
import { wireLimits } from '../../../src/wire/limits.js'
import { decodeShoreFrame, encodeShoreFrame } from '../../../src/wire/shore-frame.js'
import { open, rowsOf } from '../../replica/records/open.js'
import { id } from '../../replica/world.js'
import { sha256 } from '../../world/side.js'

const [a, b, c] = [id('a'), id('b'), id('c')]
const ashore = (from: number, to: number) => ({
  ranges: [{ from, to }],
  messages: to - from + 1,
  bytes: 10 * to,
})
const nothing = { ranges: [], messages: 0, bytes: 0 }

test('a device says of its shore what the upstream does not know yet', async () => {
  const { replica, change } = await open({ hasUpstream: true })
  const { db } = replica
  const say = (whole = false) => shoreToSay(db, sha256, whole)
  const there = async () => (await readReplicaRecord(db)).shoreThere
  assert.deepEqual(await say(), { frames: [] })
  await change(({ tx }) => noteShoreTold(tx, sha256))
  assert.equal(await there(), undefined)
  await change(async ({ tx }) => {
    takeAshore(tx, a, ashore(1, 3))
    takeAshore(tx, c, nothing)
  })
  assert.deepEqual([...(await countAshore(db))], [[a, { messages: 3, bytes: 30 }]])
  const first = new Map([[a, ashore(1, 3).ranges]])
  const name = nameOfShore(first, sha256)
  const all = encodeShoreFrame({ rows: new Map([...first, [c, []]]) })
  assert.deepEqual(await say(), { name, frames: [all] })
  await change(({ tx }) => noteShoreTold(tx, sha256))
  assert.equal(await there(), name)
  // What nothing is ashore of is said once, and no row any more.
  assert.deepEqual(
    (await rowsOf(tables.shore.list(db))).map(({ key, value }) => [key[0], value.told]),
    [[a, true]],
  )
  assert.deepEqual(await say(), { name, frames: [] })
  assert.deepEqual(await say(true), { name, frames: [encodeShoreFrame({ rows: first })] })
  await change(async ({ tx }) => takeAshore(tx, b, ashore(5, 5)))
  const second = new Map([...first, [b, ashore(5, 5).ranges]])
  const changed = { base: name ?? '', rows: new Map([[b, ashore(5, 5).ranges]]) }
  assert.deepEqual(await say(), {
    name: nameOfShore(second, sha256),
    frames: [encodeShoreFrame(changed)],
  })
  await change(({ tx }) => noteShoreTold(tx, sha256))
  for (const each of [a, b]) await change(async ({ tx }) => takeAshore(tx, each, nothing))
  assert.deepEqual(await say(), { frames: [] })
  await change(({ tx }) => noteShoreTold(tx, sha256))
  assert.deepEqual([await there(), await rowsOf(tables.shore.list(db))], [undefined, []])
})

test('a shore of 400 KiB is said in as many frames as it takes, and known then', async () => {
  const { replica, change } = await open({ hasUpstream: true })
  const { db } = replica
  const holey = Array.from({ length: 20_000 }, (_, i) => ({ from: 400 * i + 1, to: 400 * i + 200 }))
  const rows = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [id(name), holey] as const))
  assert.ok(encodeShoreFrame({ rows }).length > 400_000)
  await change(async ({ tx }) => {
    for (const mailbox of rows.keys()) takeAshore(tx, mailbox, { ranges: holey, messages: 1, bytes: 1 })
  })
  const { name, frames } = await shoreToSay(db, sha256, false)
  assert.equal(name, nameOfShore(rows, sha256))
  assert.ok(frames.length > 1 && frames.every(({ length }) => length <= wireLimits.payloadBytes))
  const there = (await open({ hasUpstream: false })).replica.db
  for (const frame of frames)
    await there.transact((tx) => hearShore(tx, 'd', decodeShoreFrame(frame), sha256))
  assert.deepEqual((await shoreNamed(there, 'd', name ?? ''))?.shore, rows)
  // Where all of it has changed, too.
  await change(({ tx }) => noteShoreTold(tx, sha256))
  await change(async ({ tx }) => {
    for (const mailbox of rows.keys())
      takeAshore(tx, mailbox, { ranges: holey.slice(1), messages: 1, bytes: 1 })
  })
  const again = await shoreToSay(db, sha256, false)
  for (const frame of again.frames)
    await there.transact((tx) => hearShore(tx, 'd', decodeShoreFrame(frame), sha256))
  assert.ok(await shoreNamed(there, 'd', again.name ?? ''))
})

test('a shore goes with its mailbox to another name, and is forgotten with its upstream', async () => {
  const { replica, change } = await open({ hasUpstream: true })
  await change(async ({ tx }) => {
    takeAshore(tx, a, ashore(1, 3))
    await rehouseShore(tx, c, b)
    await rehouseShore(tx, a, b)
  })
  assert.deepEqual(
    (await rowsOf(tables.shore.list(replica.db))).map(({ key, value }) => [key[0], value]),
    [
      [a, { ...nothing, told: false }],
      [b, { ...ashore(1, 3), told: false }],
    ],
  )
  await change(({ tx }) => noteShoreTold(tx, sha256))
  await change(({ tx }) => forgetShore(tx))
  assert.deepEqual(await rowsOf(tables.shore.list(replica.db)), [])
  assert.equal((await readReplicaRecord(replica.db)).shoreThere, undefined)
})

test('an upstream knows a shore by its name, with the windows of which it knows them', async () => {
  const { replica, change } = await open()
  const shore = new Map([
    [a, ashore(1, 3).ranges],
    [b, []],
  ])
  const name = nameOfShore(shore, sha256) ?? ''
  assert.equal(name, nameOfShore(new Map([[a, ashore(1, 3).ranges]]), sha256))
  assert.equal(nameOfShore(new Map([[b, []]]), sha256), undefined)
  for (const windows of [[], ['w'], ['w', 'of another link']]) {
    await change(({ tx }) => rememberShore(tx, 'd', { shore, windows }, sha256))
    assert.deepEqual(await shoreNamed(replica.db, 'd', name), {
      shore: new Map([[a, ashore(1, 3).ranges]]),
      windows,
    })
  }
  assert.equal(await shoreNamed(replica.db, 'another', name), undefined)
  // Nothing is ashore any more: nothing is remembered, of this device.
  await change(({ tx }) => rememberShore(tx, 'another', { shore, windows: [] }, sha256))
  await change(({ tx }) => rememberShore(tx, 'd', { shore: new Map(), windows: ['w'] }, sha256))
  assert.deepEqual(
    (await rowsOf(tables.shoreThere.list(replica.db))).map(({ key }) => key[0]),
    ['another'],
  )
})

test('a cursor tells what is ashore beside all that it told before', async () => {
  const { replica } = await open()
  const mailboxes = { [a]: { log: 3, missing: [] }, [b]: { log: 4, missing: [] } }
  const cursor = { log: 1, structure: 2, mailboxes }
  const { ranges } = ashore(1, 3)
  assert.deepEqual(await cursorWithShore(replica.db, cursor, new Map([[a, ranges]])), {
    ...cursor,
    mailboxes: { ...mailboxes, [a]: { log: 3, missing: [], ashore: ranges } },
  })
})
