import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { MailboxPath } from '../../../src/replica/model.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { locatorOf, stateOf } from '../../world/shown.js'
import { makeSide } from '../../world/side.js'
import { everything, makeStar } from '../../world/star.js'

/** What only a device behind a relay has. */

const inbox: MailboxPath = ['INBOX']

it('a copy that a device makes, of a message that its relay removed before anybody above had its bytes, gets them from the device', async () => {
  const { endpoint, devices, link, run } = await makeStar(['relay'], { seed: 7, policy: everything })
  const { relay } = devices
  const below = await makeSide('below', { hasUpstream: true, random: seededRandom(8) })
  const toRelay = memoryLink(() => relay.account)
  const runBelow = () => sync(below.account, { link: toRelay, policy: everything })
  below.mail.person.deliver(inbox, letter('a', { attachments: [{ bytes: 3000, name: 'a', type: 'a/b' }] }))
  await runBelow()
  link.cutAfter({ up: 450 })
  await assert.rejects(run(relay), { code: 'LINK_FAILED' })
  below.mail.person.copy(inbox, locatorOf(below, 'a'), inbox)
  relay.mail.person.remove(inbox, locatorOf(relay, 'a'))
  relay.ailments.full.add('INBOX')
  await run(relay)
  await runBelow()
  await run(relay)
  relay.ailments.cure()
  for (let round = 0; round < 3; round++) {
    await runBelow()
    await run(relay)
  }
  for (const side of [endpoint, relay, below]) assert.deepEqual(stateOf(side), { INBOX: ['a'] }, side.name)
})
