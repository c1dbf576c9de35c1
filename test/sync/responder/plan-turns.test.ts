import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { letter } from '../../world/letter.js'
import { everything, makePair } from '../../world/star.js'
import { planOf } from './plan-of.js'

const messages = 2000

/** Others have their turn after so many ms. */
const restMs = 50

test('others have their turn while it is settled what a large mailbox brings: a device hears that somebody is there', async (t) => {
  const { endpoint } = await makePair({ seed: 5 })
  for (let i = 0; i < messages; i++) endpoint.mail.person.deliver(['INBOX'], letter(`m${i}`))
  await scanMailStore(endpoint.account)
  const policy = { ...everything, windows: [{ mailboxes: [], keep: { days: 90_000 } }] }
  // Each look at the clock takes a millisecond: no machine is too quick or too busy for this.
  let nowMs = 0
  t.mock.method(performance, 'now', () => nowMs++)
  const turns = t.mock.method(globalThis, 'setTimeout').mock
  const plan = await planOf(endpoint.account.replica, policy)
  assert.equal(plan.mailboxes[0]?.listed.length, messages)
  // Each message is taken for new, looked at for what it answers, and listed.
  const count = turns.callCount()
  assert.ok(count > (2.5 * messages) / restMs, `${count} turns`)
})
