import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCursor } from '../../../src/replica/cursor.js'
import { letter } from '../../world/letter.js'
import { stateOf } from '../../world/shown.js'
import { makePair } from '../../world/star.js'

test('of a mailbox of which every second message is gone few ranges are missing, and a cut list goes on with the rest', async () => {
  const { endpoint, client, link, run } = await makePair({ seed: 5 })
  const { person } = endpoint.mail
  for (let i = 0; i < 300; i++) person.deliver(['INBOX'], letter(`m${i}`))
  // Its numbers are given when it is first asked.
  link.cutAfter({ down: 1 })
  await assert.rejects(run())
  for (const [i, { locator }] of (endpoint.mail.snapshot().get('INBOX') ?? []).entries())
    if (i % 2 === 0) person.remove(['INBOX'], locator)
  link.cutAfter({ down: 600 })
  await assert.rejects(run())
  const { mailboxes } = await readCursor(client.account.replica.db)
  const [position] = Object.values(mailboxes)
  assert.ok(position)
  const { missing } = position
  assert.ok(missing.length > 0 && missing.length <= 64, JSON.stringify(missing))
  const { listed } = await run()
  assert.ok(listed < 150, String(listed))
  assert.deepEqual(stateOf(client), stateOf(endpoint))
  assert.equal(stateOf(client)['INBOX']?.length, 150)
})
