import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import type { ExchangeTally } from '../../../src/sync/initiator/exchange-tally.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { memoryLink } from '../../world/memory-link.js'
import { makePair } from '../../world/star.js'

async function makeWorld(messages: number) {
  const { endpoint, client } = await makePair({ seed: 9 })
  const deliver = (count: number, seed: number): void => {
    for (const { bytes } of makeMail({
      seed,
      messages: count,
      attachments: { share: count > 1 ? 0.3 : 0, scale: 0.2 },
    }))
      endpoint.mail.person.deliver(['INBOX'], bytes)
  }
  deliver(messages, 5)
  const link = memoryLink(() => endpoint.account)
  const run = async (): Promise<ExchangeTally[]> => {
    const seen = new Set<ExchangeTally>()
    await sync(client.account, { link, policy: defaultPolicy, onProgress: (received) => seen.add(received) })
    return [...seen]
  }
  return { link, deliver, run }
}

/** How much of what was announced has come. */
const share = ({ totals, payloadBytes }: ExchangeTally): number => payloadBytes / (totals?.bytes ?? 0)

test('an answer of some size says at its start what it comes to, and one that goes on from a cut does too', async () => {
  const world = await makeWorld(40)
  world.link.cutAfter({ down: 40_000 })
  await assert.rejects(world.run(), { code: 'LINK_FAILED' })
  const rest = (await world.run()).at(-1)
  assert.ok(rest?.totals, 'the rest is announced')
  assert.ok(share(rest) > 0.9 && share(rest) < 1.1, `${share(rest)} of the rest`)

  const whole = (await (await makeWorld(40)).run()).at(-1)
  assert.equal(whole?.totals?.messages, 40)
  assert.ok(share(whole) > 0.9 && share(whole) < 1.1, `${share(whole)} of all`)
  assert.ok(rest.totals.bytes < whole.totals.bytes)
  const stored = whole.totals.storedBytes / whole.totals.bytes
  assert.ok(stored > 0 && stored < 1)
})

test('a small answer says nothing of it', async () => {
  const world = await makeWorld(0)
  await world.run()
  world.deliver(1, 8)
  for (const { totals } of await world.run()) assert.equal(totals, undefined)
})
