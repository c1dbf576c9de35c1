import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { letter } from '../../world/letter.js'
import { everything, makePair } from '../../world/star.js'
import { planOf } from './plan-of.js'

test('others have their turn while it is settled what a large mailbox brings: a device hears that somebody is there', async () => {
  const { endpoint } = await makePair({ seed: 5 })
  for (let i = 0; i < 12_000; i++) endpoint.mail.person.deliver(['INBOX'], letter(`m${i}`))
  await scanMailStore(endpoint.account)
  const policy = { ...everything, windows: [{ mailboxes: [], keep: { days: 90_000 } }] }
  // Processor time, which a busy machine takes nothing of.
  const spentUs = (): number => {
    const { user, system } = process.cpuUsage()
    return user + system
  }
  const beganUs = spentUs()
  let [longestUs, lastUs, over] = [0, beganUs, false]
  const turn = (): void => {
    const nowUs = spentUs()
    longestUs = Math.max(longestUs, nowUs - lastUs)
    lastUs = nowUs
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  const plan = await planOf(endpoint.account.replica, policy)
  turn()
  over = true
  const allUs = spentUs() - beganUs
  assert.equal(plan.mailboxes[0]?.listed.length, 12_000)
  assert.ok(longestUs < allUs / 2, `${longestUs} of ${allUs} µs in one turn`)
})
