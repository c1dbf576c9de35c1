import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  journalLeft,
  randomNumber,
  readReplicaRecord,
  sentUpTo,
  updateReplicaRecord,
} from '../../../src/replica/replica.js'
import { tables } from '../../../src/replica/tables.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { open } from './open.js'

test('a replica is made once, with nothing in it, and is the same when it is opened again', async () => {
  const store = new MemoryStore()
  const { replica } = await open({ store })
  const made = await readReplicaRecord(replica.db)
  assert.deepEqual(made, {
    id: made.id,
    device: made.id,
    head: 0,
    journal: 0,
    acknowledged: 0,
    batches: [],
    horizon: 0,
    cursor: { log: 0, structure: 0 },
    firstSyncEnded: false,
  })
  assert.match(made.id, /^[0-9a-f]{32}$/)
  await replica.db.transact((tx) => updateReplicaRecord(tx, (record) => ({ ...record, head: 7 })))
  const again = await open({ store })
  assert.deepEqual(await readReplicaRecord(again.replica.db), { ...made, head: 7 })
})

test('on disk the end of the first sync is called as it always was', async () => {
  for (const firstSyncEnded of [false, true]) {
    const { replica } = await open()
    await replica.db.transact((tx) => updateReplicaRecord(tx, (record) => ({ ...record, firstSyncEnded })))
    const stored = await tables.replica.get(replica.db)
    assert.equal(stored?.settled, firstSyncEnded)
    assert.equal(stored && 'firstSyncEnded' in stored, false)
    assert.equal((await readReplicaRecord(replica.db)).firstSyncEnded, firstSyncEnded)
  }
})

test('some of the journal is left until its last entry was put into a request', async () => {
  const { replica } = await open()
  for (const [journal, acknowledged, ends, sent, left] of [
    [0, 0, [], 0, false],
    [3, 0, [], 0, true],
    [3, 3, [], 3, false],
    [3, 1, [2], 2, true],
    [3, 1, [2, 3], 3, false],
  ] as const) {
    const batches = ends.map((end) => ({ end, nonce: 0 }))
    const record = await replica.db.transact((tx) =>
      updateReplicaRecord(tx, (before) => ({ ...before, journal, acknowledged, batches })),
    )
    assert.equal(sentUpTo(record), sent)
    assert.equal(await journalLeft(replica.db), left)
  }
})

test('a random number has four bytes, the first the highest', () => {
  const asked: number[] = []
  const randomBytes = (size: number): Uint8Array => {
    asked.push(size)
    return Uint8Array.of(255, 2, 3, 4)
  }
  assert.equal(randomNumber({ randomBytes }), 0xff020304)
  assert.deepEqual(asked, [4])
})
