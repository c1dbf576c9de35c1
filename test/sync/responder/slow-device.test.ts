import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import { messagesIn, treeOf } from '../../world/shown.js'
import { makeStar } from '../../world/star.js'

const mail = (subject: string): Uint8Array =>
  letter(subject, { text: `${subject} ${'is a message. '.repeat(40)}` })

test('while one device is held up in the middle of its answer, mail is delivered, flagged and expunged, and another device syncs', async () => {
  const { endpoint, devices, link: line } = await makeStar(['slow', 'quick'], { seed: 21 })
  const { slow, quick } = devices
  const there = Array.from({ length: 30 }, (_, i) => endpoint.mail.person.deliver(['INBOX'], mail(`m${i}`)))
  await sync(quick.account, { link: line, policy: defaultPolicy })

  let reached = (): void => {}
  let goOn = (): void => {}
  const halfWay = new Promise<void>((resolve) => (reached = resolve))
  const released = new Promise<void>((resolve) => (goOn = resolve))
  const held: Carrier = {
    exchange: async (request, signal) => {
      const answer = await line.exchange(request, signal)
      return (async function* () {
        let pieces = 0
        for await (const piece of answer) {
          yield piece
          if (++pieces !== 3) continue
          reached()
          await released
        }
      })()
    },
  }
  const running = sync(slow.account, { link: held, policy: defaultPolicy })
  await halfWay

  endpoint.mail.person.deliver(['INBOX'], mail('meanwhile'))
  endpoint.mail.person.setFlags(['INBOX'], there[0] ?? '', ['\\Flagged'])
  endpoint.mail.person.remove(['INBOX'], there[1] ?? '')
  quick.mail.person.deliver(['INBOX'], mail('draft of the quick one'), ['\\Draft'])
  await sync(quick.account, { link: line, policy: defaultPolicy })
  await sync(quick.account, { link: line, policy: defaultPolicy })
  assert.deepEqual(treeOf(quick), treeOf(endpoint), 'nobody waited for the slow one')

  goOn()
  await running
  await sync(slow.account, { link: line, policy: defaultPolicy })
  assert.deepEqual(treeOf(slow), treeOf(endpoint))
  assert.equal(messagesIn(slow).length, 31)
})
