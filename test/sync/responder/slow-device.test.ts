import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

const mail = (subject: string): Uint8Array =>
  new TextEncoder().encode(
    `From: a@example.org\nSubject: ${subject}\n\n${subject} ${'is a message. '.repeat(40)}\n`,
  )

const tree = (side: Side): string[] =>
  [...side.mail.snapshot()]
    .flatMap(([name, all]) =>
      all.map(({ bytes, flags }) => `${name} ${new TextDecoder().decode(bytes)} ${flags.join()}`),
    )
    .sort()

test('while one device is held up in the middle of its answer, mail is delivered, flagged and expunged, and another device syncs', async () => {
  const random = seededRandom(21)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const slow = await makeSide('slow', { hasUpstream: true, random })
  const quick = await makeSide('quick', { hasUpstream: true, random })
  const line = memoryLink(() => endpoint.account)
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
  assert.deepEqual(tree(quick), tree(endpoint), 'nobody waited for the slow one')

  goOn()
  await running
  await sync(slow.account, { link: line, policy: defaultPolicy })
  assert.deepEqual(tree(slow), tree(endpoint))
  assert.equal(tree(slow).length, 31)
})
