import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { tables } from '../../src/replica/tables.js'
import { sync } from '../../src/sync/initiator/sync.js'
import type { Carrier } from '../../src/sync/link.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { httpLinkTo } from '../world/http-link.js'
import { letter } from '../world/letter.js'
import { seededRandom } from '../world/random.js'
import { makePair } from '../world/star.js'

/** An endpoint and a client in memory, with the real link between them: TLS 1.3 with a device key on loopback. */
async function httpWorld(t: TestContext, messages: number) {
  const { endpoint, client } = await makePair({ seed: 11 })
  for (let i = 0; i < messages; i++) endpoint.mail.person.deliver(['INBOX'], mail(i, 300))
  const http = await httpLinkTo(t, endpoint)
  let exchanges = 0
  const link: Carrier = {
    exchange: (request, signal) => {
      exchanges++
      return http.exchange(request, signal)
    },
  }
  /** One sync; what it cost in bytes (TLS and HTTP, both ways) and in exchanges. */
  const run = async () => {
    const before = { ...http.stats, exchanges }
    await sync(client.account, { link, policy: defaultPolicy })
    const bytes = http.stats.up + http.stats.down - before.up - before.down
    return { bytes, exchanges: exchanges - before.exchanges }
  }
  return { endpoint, client, run }
}

function mail(serial: number, bytes: number): Uint8Array {
  const random = seededRandom(serial)
  let body = ''
  while (body.length < bytes) body += `${random.below(1e9).toString(36)} `
  return letter(`number ${serial}`, { from: `a${serial}@example.org`, text: body })
}

test('nothing changed costs one request and one answer under 400 bytes on an open connection, however many messages there are', async (t) => {
  const costs: number[] = []
  for (const messages of [5, 400]) {
    const { run } = await httpWorld(t, messages)
    await run()
    const { bytes, exchanges } = await run()
    assert.equal(exchanges, 1)
    assert.ok(bytes < 400, `${bytes} bytes, TLS included`)
    costs.push(bytes)
  }
  console.log(`nothing changed: ${costs.join(' and ')} bytes with 5 and 400 messages`)
  assert.ok(Math.abs((costs[0] ?? 0) - (costs[1] ?? 0)) <= 8)
})

test('one new message of 2 kB arrives whole, and its text with it, in one exchange', async (t) => {
  const { endpoint, client, run } = await httpWorld(t, 20)
  await run()
  const fresh = mail(1000, 1900)
  endpoint.mail.person.deliver(['INBOX'], fresh)
  const { bytes, exchanges } = await run()
  assert.equal(exchanges, 1)
  console.log(`one new message of ${fresh.length} bytes of noise: ${bytes} bytes`)
  assert.ok(
    client.mail
      .snapshot()
      .get('INBOX')
      ?.some((message) => Buffer.from(message.bytes).equals(fresh)),
  )
})

test('an endpoint that has restarted, or has forgotten the policy, costs one more exchange at most', async (t) => {
  const { endpoint, run } = await httpWorld(t, 20)
  await run()
  await endpoint.restart()
  assert.equal((await run()).exchanges, 1)
  await endpoint.account.replica.db.transact(async (tx) => {
    for await (const { key, value } of tables.device.list(tx)) {
      const { policies: _, ...rest } = value
      tables.device.put(tx, ...key, rest)
    }
  })
  assert.equal((await run()).exchanges, 2)
  assert.equal((await run()).exchanges, 1)
})
