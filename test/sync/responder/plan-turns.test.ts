import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReplicaRecord } from '../../../src/replica/replica.js'
import { MessageTiers } from '../../../src/sync/content/message-tiers.js'
import { Shapes } from '../../../src/sync/content/shapes.js'
import { makePlan } from '../../../src/sync/responder/plan.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { letter } from '../../world/letter.js'
import { everything, makePair } from '../../world/star.js'

test('what a large mailbox is to bring is settled in many turns: others wait, and whoever asks is to hear that somebody is there', async () => {
  const { endpoint } = await makePair({ seed: 5 })
  for (let i = 0; i < 4000; i++) endpoint.mail.person.deliver(['INBOX'], letter(`m${i}`))
  await scanMailStore(endpoint.account)
  const { db, now } = endpoint.account.replica
  const { head } = await readReplicaRecord(db)
  const policy = { ...everything, windows: [{ mailboxes: [], keep: { days: 90_000 } }] }
  let [longestMs, lastMs, over] = [0, performance.now(), false]
  const turn = (): void => {
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - lastMs)
    lastMs = nowMs
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  const beganMs = performance.now()
  const plan = await makePlan(db, head, {
    device: 'd',
    cursor: { log: 0, structure: 0, mailboxes: {} },
    policy,
    only: [],
    wants: [],
    met: false,
    plain: false,
    frameBytes: 1000,
    tiers: new MessageTiers(db, policy, new Shapes()),
    window: { nowMs: now(), windowsMoved: false },
  })
  const tookMs = performance.now() - beganMs
  turn()
  over = true
  assert.equal(plan.mailboxes[0]?.listed.length, 4000)
  assert.ok(longestMs < tookMs / 2, `${longestMs} ms of ${tookMs} in one turn`)
})
