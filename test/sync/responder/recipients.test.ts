import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const mail = (n: number): Uint8Array =>
  letter(`tide ${n}`, {
    to: `Bob ${n} <bob${n}@example.org>`,
    cc: 'carol@example.org',
    text: `High water at ${n}.`,
  })

/** How many of the messages that are known show whom they went to. */
async function shown({ account }: Side): Promise<{ messages: number; recipients: number }> {
  let [messages, recipients] = [0, 0]
  for await (const { value } of tables.content.list(account.replica.db)) {
    const { to, cc } = decodeEnvelope(value.envelope ?? new Uint8Array(0))
    messages++
    if (to[0]?.name?.startsWith('Bob') && cc[0]?.address === 'carol@example.org') recipients++
  }
  return { messages, recipients }
}

/** A client that syncs for the first time, until it has come so far. */
async function world(count: number) {
  const { endpoint, client } = await makePair({ seed: 3 })
  for (let n = 0; n < count; n++) endpoint.mail.person.deliver(['INBOX'], mail(n))
  const until = async (reached: (listed: number, texts: number) => boolean): Promise<void> => {
    const stop = new AbortController()
    const onProgress = ({ listed, texts }: { listed: number; texts: number }): void => {
      if (reached(listed, texts)) stop.abort(new Error('far enough'))
    }
    const link = memoryLink(() => endpoint.account)
    const run = sync(client.account, { link, policy: defaultPolicy, signal: stop.signal, onProgress })
    await run.catch((error: unknown) => assert.match(String(error), /far enough/))
  }
  return { endpoint, client, until }
}

const letters = (side: Side): string[] =>
  [...side.mail.snapshot().values()].flat().map(({ bytes }) => new TextDecoder().decode(bytes))

test('a long list comes without recipients, a short one has them', async () => {
  const long = await world(150)
  await long.until((listed) => listed === 150)
  assert.deepEqual(await shown(long.client), { messages: 150, recipients: 0 })
  await long.until(() => false)
  assert.deepEqual(letters(long.client).sort(), letters(long.endpoint).sort())
  const short = await world(20)
  await short.until((listed) => listed === 20)
  assert.deepEqual(await shown(short.client), { messages: 20, recipients: 20 })
})

test('recipients of a long list follow it, before the first text', async () => {
  const { client, until } = await world(150)
  await until((_, texts) => texts > 0)
  assert.deepEqual(await shown(client), { messages: 150, recipients: 150 })
  assert.ok(letters(client).every((text) => /^To: Bob \d+ <bob\d+@example\.org>/m.test(text)))
})
