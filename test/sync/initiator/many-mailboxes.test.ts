import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCursor } from '../../../src/replica/cursor.js'
import { tables } from '../../../src/replica/tables.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { letter } from '../../world/letter.js'
import { everything, makePair } from '../../world/star.js'

const count = 120

test('while many mailboxes are filled, the record that every step in the log writes stays short', async () => {
  const { endpoint, client, link, run } = await makePair({ seed: 3 })
  for (let n = 0; n < count; n++) {
    endpoint.mail.person.createMailbox([`m${n}`])
    endpoint.mail.person.deliver([`m${n}`], letter(`in ${n}`))
  }
  link.cutAfter({ down: 6000 })
  await assert.rejects(run({ policy: everything }))
  const { db } = client.account.replica
  const cut = await readCursor(db)
  assert.ok(Object.keys(cut.mailboxes).length > count / 2, JSON.stringify(cut))
  const store = new MemoryStore({ content: client.backUp() })
  const record = await store.get([tables.replica.name])
  assert.ok(record && record.length < 400, String(record?.length))
  await run({ policy: everything })
  assert.deepEqual((await readCursor(db)).mailboxes, {})
  assert.equal(client.mail.snapshot().size, 1 + count)
})
