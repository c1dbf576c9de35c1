import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const letters = (side: Side): string[] =>
  [...side.mail.snapshot().values()]
    .flat()
    .map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    .sort()

/** What a first sync takes, a second one with three new messages, and one with a message that goes up. */
async function costs(mix: boolean): Promise<{ down: number; delta: number; up: number }> {
  const pair = await makePair({ seed: 5 })
  const { endpoint, client, link } = pair
  const run = () => pair.run({ mix })
  const mail = makeMail({ seed: 4, messages: 34 }).map(({ bytes }) => bytes)
  for (const bytes of mail.slice(0, 30)) endpoint.mail.person.deliver(['INBOX'], bytes)
  await run()
  const { down } = link.stats
  for (const bytes of mail.slice(30, 33)) endpoint.mail.person.deliver(['INBOX'], bytes)
  await run()
  const delta = link.stats.down - down
  const before = link.stats.up
  client.mail.person.deliver(['INBOX'], mail[33] ?? new Uint8Array(0))
  await run()
  assert.deepEqual(letters(client), letters(endpoint))
  assert.equal(letters(client).length, 34)
  return { down, delta, up: link.stats.up - before }
}

test('on a slow line a sync takes fewer bytes in both directions, and brings the same', async (t) => {
  const [plain, mixed] = [await costs(false), await costs(true)]
  t.diagnostic(JSON.stringify({ plain, mixed }))
  assert.ok(mixed.down < 0.9 * plain.down)
  assert.ok(mixed.delta < 0.95 * plain.delta)
  assert.ok(mixed.up < plain.up)
})
