import assert from 'node:assert/strict'
import { it } from 'node:test'
import { letter } from '../../world/letter.js'
import { memorySpool } from '../../world/memory-spool.js'
import { messagesIn, stateOf } from '../../world/shown.js'
import { makeStar } from '../../world/star.js'
import { mailing } from '../submission/sending.js'

const text = 'From: ann@example.org\r\nTo: bob@example.org\r\nSubject: one\r\n\r\nHello.\r\n'

it('mail that comes into a mailbox while its deletion waits behind mail to be sent brings it back', async () => {
  const { endpoint, devices, run } = await makeStar(['a', 'b'], { seed: 5 })
  const { a, b } = devices
  endpoint.account = { ...endpoint.account, mailing }
  const spool = memorySpool()
  endpoint.mail.person.createMailbox(['Box'])
  endpoint.mail.person.deliver(['Box'], letter('old'))
  endpoint.mail.person.deliver(['INBOX'], letter('new'))
  for (const device of [a, b, a, b]) await run(device, { spool: device === a ? spool : memorySpool() })

  const { mailing: _, ...without } = endpoint.account
  spool.put(text)
  a.mail.person.deleteMailbox(['Box'])
  b.mail.person.copy(['INBOX'], messagesIn(b, ['INBOX'])[0]?.locator ?? '', ['Box'])
  await run(b)
  // No mail is sent from there any more: the journal waits from that entry on, and the answer comes all the same.
  endpoint.account = without
  await run(a, { spool })
  endpoint.account = { ...endpoint.account, mailing }
  for (const device of [a, b, a, b]) await run(device, device === a ? { spool } : {})

  for (const side of [endpoint, a, b]) assert.deepEqual(stateOf(side)['Box'], ['new'])
})

it('a mailbox that is deleted elsewhere, while a copy of its mail and new mail in it wait behind mail to be sent, keeps only what is new', async () => {
  const { endpoint, devices, run } = await makeStar(['a', 'b'], { seed: 6 })
  const { a, b } = devices
  endpoint.account = { ...endpoint.account, mailing }
  const spool = memorySpool()
  endpoint.mail.person.createMailbox(['Box'])
  endpoint.mail.person.deliver(['Box'], letter('old'))
  for (const device of [a, b, a, b]) await run(device, { spool: device === a ? spool : memorySpool() })

  const { mailing: _, ...without } = endpoint.account
  spool.put(text)
  a.mail.person.copy(['Box'], messagesIn(a, ['Box'])[0]?.locator ?? '', ['INBOX'])
  a.mail.person.deliver(['Box'], letter('new'))
  b.mail.person.deleteMailbox(['Box'])
  await run(b)
  endpoint.account = without
  await run(a, { spool })
  endpoint.account = { ...endpoint.account, mailing }
  for (const device of [a, b, a, b]) await run(device, device === a ? { spool } : {})

  for (const side of [endpoint, a, b]) {
    assert.deepEqual(stateOf(side)['Box'], ['new'], side.name)
    assert.deepEqual(stateOf(side)['INBOX'], ['old'], side.name)
  }
})
