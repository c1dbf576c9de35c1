import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Conflict } from '../../../src/replica/conflict.js'
import { cursorOf, knowsMessage } from '../../../src/replica/cursor.js'
import { currentName } from '../../../src/replica/ids/current-name.js'
import {
  isInRanges,
  joinNearest,
  normalizeRanges,
  rangesBelow,
  rangesOf,
} from '../../../src/replica/ids/uid-ranges.js'
import { listConflicts, noteConflict, restateConflict } from '../../../src/replica/merge/conflict-log.js'
import { makesInbox } from '../../../src/replica/operation.js'
import type { MessageRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { id } from '../world.js'
import { open } from './open.js'

const ranges = (...pairs: readonly (readonly [number, number])[]) => pairs.map(([from, to]) => ({ from, to }))

test('a journal entry that makes INBOX, and no other, is nobody’s doing', () => {
  const create = (...path: string[]) => makesInbox({ op: 'mailbox-create', mailbox: id('m'), path })
  assert.deepEqual(
    [create('INBOX'), create('INBOX', 'Sub'), create('Inbox'), create('Sub', 'INBOX')],
    [true, false, false, false],
  )
  assert.equal(makesInbox({ op: 'mailbox-delete', mailbox: id('m') }), false)
})

test('too many ranges become fewer across the shortest holes', () => {
  const given = ranges([1, 2], [5, 6], [7, 8], [20, 21])
  for (const [most, wanted] of [
    [4, given],
    [3, ranges([1, 2], [5, 8], [20, 21])],
    [2, ranges([1, 8], [20, 21])],
    [1, ranges([1, 21])],
  ] as const)
    assert.deepEqual(joinNearest(given, most), wanted)
})

test('ranges are put in order, without holes that are none', () => {
  for (const [given, wanted] of [
    [ranges(), ranges()],
    [ranges([5, 7], [1, 2]), ranges([1, 2], [5, 7])],
    [ranges([1, 3], [3, 5]), ranges([1, 5])],
    [ranges([1, 3], [4, 5]), ranges([1, 3], [4, 5])],
    [ranges([1, 9], [2, 3], [8, 10]), ranges([1, 10])],
    [ranges([2, 2], [3, 1]), ranges()],
  ] as const)
    assert.deepEqual(normalizeRanges(given), wanted)
  assert.deepEqual(rangesOf([3, 1, 2, 7, 1]), ranges([1, 4], [7, 8]))
})

test('ranges end below a number, and a number lies in one or not', () => {
  const all = ranges([1, 3], [5, 6], [8, 11])
  assert.deepEqual(rangesBelow(all, 1), [])
  assert.deepEqual(rangesBelow(all, 5), ranges([1, 3]))
  assert.deepEqual(rangesBelow(all, 9), ranges([1, 3], [5, 6], [8, 9]))
  assert.deepEqual(rangesBelow(all, 99), all)
  const within = Array.from({ length: 13 }, (_, uid) => uid).filter((uid) => isInRanges(all, uid))
  assert.deepEqual(within, [1, 2, 5, 8, 9, 10])
  assert.equal(isInRanges([], 1), false)
})

test('a device knows what it made, and what was made before it last saw the mailbox and not left out', () => {
  const cursor = {
    log: 10,
    structure: 0,
    mailboxes: { [id('Work')]: { log: 5, missing: ranges([3, 4]) } },
  }
  assert.deepEqual(cursorOf(cursor, id('Work')), { log: 5, missing: ranges([3, 4]) })
  assert.deepEqual(cursorOf(cursor, id('INBOX')), { log: 10, missing: [] })
  const knows = (more: Partial<MessageRecord>) =>
    knowsMessage('device', cursor, {
      mailbox: id('INBOX'),
      number: 1,
      created: 1,
      hidden: false,
      ...more,
    } as MessageRecord)
  for (const [more, wanted] of [
    [{ created: 10 }, true],
    [{ created: 11 }, false],
    [{ created: 11, origin: 'device' }, true],
    [{ created: 11, origin: 'other' }, false],
    [{ hidden: true }, false],
    [{ hidden: true, origin: 'device' }, true],
    [{ mailbox: id('Work'), created: 5 }, true],
    [{ mailbox: id('Work'), created: 6 }, false],
    [{ mailbox: id('Work'), created: 5, number: 3 }, false],
    [{ created: 5, number: 3 }, true],
  ] as const)
    assert.equal(knows(more), wanted, JSON.stringify(more))
})

test('a name leads to the one that is right by now, a hundred names far', async () => {
  const { replica, change } = await open()
  await change(async ({ tx }) => {
    for (let i = 0; i < 101; i++) tables.renamed.put(tx, id(`n${i}`), id(`n${i + 1}`))
    tables.renamed.put(tx, id('self'), id('self'))
  })
  assert.equal(await currentName(replica.db, id('x')), id('x'))
  assert.equal(await currentName(replica.db, id('n100')), id('n101'))
  assert.equal(await currentName(replica.db, id('n1')), id('n101'))
  assert.equal(await currentName(replica.db, id('n0')), id('n100'))
  assert.equal(await currentName(replica.db, id('self')), id('self'))
})

test('a conflict is noted once while it is open, and says what was found last, and when', async () => {
  const opened = await open()
  const { replica, change } = opened
  const note = (conflict: Conflict) => change((act) => noteConflict(act, conflict))
  const kept: Conflict = { kind: 'kept', mailbox: id('A'), here: id('x'), there: id('y') }
  assert.equal(await note(kept), 1)
  opened.nowMs = 2000
  for (const other of [
    { ...kept, kind: 'moved-apart' },
    { ...kept, mailbox: id('B') },
    { ...kept, here: id('z') },
    { ...kept, there: id('z') },
  ] as const)
    await note(other)
  assert.equal((await listConflicts(replica.db)).length, 5)
  assert.equal(await note({ ...kept, detail: 'more' }), 1)
  assert.deepEqual((await listConflicts(replica.db))[0], { ...kept, number: 1, detail: 'more', atMs: 2000 })
  opened.nowMs = 3000
  // Nothing new is no news.
  assert.equal(await note({ ...kept, detail: 'more' }), 1)
  assert.equal(await note(kept), 1)
  await change((act) => restateConflict(act, 99, 'of none'))
  assert.deepEqual((await listConflicts(replica.db))[0], { ...kept, number: 1, detail: 'more', atMs: 2000 })
  await change(async ({ tx }) => {
    const record = await tables.conflict.get(tx, 1)
    assert.ok(record)
    tables.conflict.put(tx, 1, { ...record, settled: 'both' })
  })
  await change((act) => restateConflict(act, 1, 'too late'))
  assert.equal((await tables.conflict.get(replica.db, 1))?.detail, 'more')
  assert.equal(await note({ ...kept, detail: 'again' }), 6)
  assert.equal((await tables.conflict.get(replica.db, 6))?.atMs, 3000)
})
