import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { MailboxPath } from '../../../src/replica/model.js'
import { letter } from '../../world/letter.js'
import { locatorOf, stateOf } from '../../world/shown.js'
import { makeStar } from '../../world/star.js'

/** A mailbox that is deleted elsewhere, and stays for what only this device has. */

const box: MailboxPath = ['Box']
const inbox: MailboxPath = ['INBOX']

/** Mail of device `a` waits in a mailbox that `b` deletes: its bytes can't be read now. */
async function makeWaiting(seed: number) {
  const star = await makeStar(['a', 'b'], { seed })
  const { endpoint, devices, link, run } = star
  const { a, b } = devices
  endpoint.mail.person.createMailbox(box)
  endpoint.mail.person.deliver(box, letter('old'))
  for (const side of [a, b]) await run(side)
  a.mail.person.deliver(box, letter('new', { attachments: [{ bytes: 3000, name: 'a', type: 'a/b' }] }))
  // It is announced, and then the line is cut.
  link.cutAfter({ up: 900 })
  await assert.rejects(run(a), { code: 'LINK_FAILED' })
  const locator = locatorOf(a, 'new', box)
  a.ailments.unreadable.add(`Box/${locator}`)
  b.mail.person.deleteMailbox(box)
  await run(b)
  for (let round = 0; round < 2; round++) await run(a)
  assert.deepEqual(stateOf(a)['Box'], ['new'], 'it stays')
  return { ...star, a, b, locator }
}

it('goes when that is moved to another mailbox', async () => {
  const { endpoint, a, b, run, locator } = await makeWaiting(5)
  a.mail.person.move(box, locator, inbox)
  a.ailments.cure()
  for (const side of [a, b, a, b]) await run(side)
  for (const side of [endpoint, a, b]) assert.deepEqual(stateOf(side), { INBOX: ['new'] }, side.name)
})

it('comes back for it, once it can be read', async () => {
  const { endpoint, a, b, run } = await makeWaiting(6)
  a.ailments.cure()
  for (const side of [a, b, a, b]) await run(side)
  for (const side of [endpoint, a, b]) assert.deepEqual(stateOf(side), { INBOX: [], Box: ['new'] }, side.name)
})

it('stays for what comes into it while it goes', async () => {
  const { endpoint, a, b, run, locator } = await makeWaiting(7)
  a.mail.person.move(box, locator, inbox)
  a.mail.person.deliver(box, letter('newer'))
  a.ailments.cure()
  for (const side of [a, b, a, b]) await run(side)
  for (const side of [endpoint, a, b])
    assert.deepEqual(stateOf(side), { INBOX: ['new'], Box: ['newer'] }, side.name)
})
