import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { type WaitingMessage, waitingMessages } from '../../../src/told/waiting-parts.js'
import { seededRandom } from '../../world/random.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const random = (seed: number, bytes: number): string =>
  Buffer.from(seededRandom(seed).bytes(bytes)).toString('base64')

/** Half of a modern message is random bytes that nobody reads. */
function modern(serial: number, coldBytes = 1500, body = `Text ${serial}.`): Uint8Array {
  return new TextEncoder().encode(
    `Received: from a by b; ${serial}\nDKIM-Signature: v=1; b=${random(serial, coldBytes)}\nFrom: Ann <ann@example.org>\nMessage-ID: <${serial}@example.org>\nReferences: <0@example.org>\nList-Id: <sea.example.org>\nAuthentication-Results: pass\nSubject: mail ${serial}\nMIME-Version: 1.0\n${body.includes('\n\n') ? body : `Content-Type: text/plain\n\n${body}\n`}`,
  )
}

const withAttachment = (serial: number): string =>
  `Content-Type: multipart/mixed; boundary=b\n\n--b\n\nText ${serial}.\n--b\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n${random(serial + 1000, 9000)}\n--b--\n`

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 1 })
  return {
    endpoint,
    client,
    link,
    run: (policy = defaultPolicy) => sync(client.account, { link, policy }),
  }
}

const bytesOf = (side: Side): string[] =>
  [...side.mail.snapshot().values()]
    .flat()
    .map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    .sort()

const standIns = (side: Side): string[] =>
  bytesOf(side).filter((text) => /^X-Packetboat-Partial:/m.test(text))

/** One sync that is cut at a share of its bytes. Returns how many it would have taken. */
async function cutAt(pair: Awaited<ReturnType<typeof makeWorld>>, share: number): Promise<number> {
  const whole = await makeWorld()
  for (const all of pair.endpoint.mail.snapshot().values())
    for (const { bytes } of all) whole.endpoint.mail.person.deliver(['INBOX'], bytes)
  await whole.run()
  pair.link.cutAfter({ down: Math.floor(whole.link.stats.down * share) })
  await assert.rejects(pair.run())
  return whole.link.stats.down
}

test('texts, structures and small parts of all mailboxes come before any cold field', async () => {
  const pair = await makeWorld()
  pair.endpoint.mail.person.createMailbox(['Work'])
  for (let serial = 1; serial <= 10; serial++)
    pair.endpoint.mail.person.deliver(serial % 2 ? ['INBOX'] : ['Work'], modern(serial))
  // The cold fields, 2 kB each, are nearly all there is.
  await cutAt(pair, 0.4)
  const shown = standIns(pair.client)
  assert.ok(shown.length >= 5, `${shown.length} stand-ins`)
  assert.equal(bytesOf(pair.client).length, 10)
  for (const text of shown) {
    const serial = /Subject: mail (\d+)/.exec(text)?.[1]
    assert.match(text, new RegExp(`^Message-ID: <${serial}@example.org>$`, 'm'))
    assert.match(text, /^References: <0@example.org>$/m)
    assert.match(text, /^List-Id: <sea.example.org>$/m)
    assert.match(text, new RegExp(`\\n\\nText ${serial}\\.\\n$`))
    assert.doesNotMatch(text, /DKIM|Received|not here yet/)
  }
  await pair.run()
  assert.deepEqual(bytesOf(pair.client), bytesOf(pair.endpoint))
})

test('what came of the cold fields before a cut is not sent again', async () => {
  const pair = await makeWorld()
  for (let serial = 1; serial <= 6; serial++)
    pair.endpoint.mail.person.deliver(['INBOX'], modern(serial, 9000))
  const uncut = await cutAt(pair, 0.7)
  await pair.run()
  assert.deepEqual(bytesOf(pair.client), bytesOf(pair.endpoint))
  assert.ok(pair.link.stats.down < 1.1 * uncut, `${pair.link.stats.down} where ${uncut} do`)
})

test('small cold fields go before attachments, large ones behind them', async () => {
  for (const [cold, attachmentsFirst] of [
    [1500, false],
    [6000, true],
  ] as const) {
    const pair = await makeWorld()
    pair.endpoint.mail.person.deliver(['INBOX'], modern(1, cold, withAttachment(1)))
    await cutAt(pair, 0.9)
    const [shown = ''] = standIns(pair.client)
    assert.equal(/DKIM/.test(shown), !attachmentsFirst, `${cold} bytes`)
    assert.equal(/a\.png.*not here yet/.test(shown), !attachmentsFirst, `${cold} bytes`)
  }
})

test('a policy may defer them: the message is readable, and whole when somebody wants it', async () => {
  const { endpoint, client, run, link } = await makeWorld()
  const thrifty = { ...defaultPolicy, coldBytes: 1000 }
  for (let serial = 1; serial <= 3; serial++) endpoint.mail.person.deliver(['INBOX'], modern(serial))
  const { upstreamSettled } = await run(thrifty)
  assert.ok(upstreamSettled)
  assert.ok(link.stats.down < 1500, `${link.stats.down} bytes down`)
  assert.equal(standIns(client).length, 3)
  const before = link.stats.down
  await run(thrifty)
  assert.ok(link.stats.down - before < 100, 'nothing is asked for')
  const { db } = client.account.replica
  const waiting: WaitingMessage[] = []
  for await (const message of waitingMessages(db, thrifty)) waiting.push(message)
  assert.deepEqual(
    waiting.flatMap(({ parts }) => parts.map(({ type, part, cold, state }) => [type, part, cold, state])),
    Array(3).fill(['text/rfc822-headers', 2, true, 'deferred']),
  )
  await db.transact(async (tx) => tables.wanted.put(tx, waiting[0]!.content.id, 2, true))
  await run(thrifty)
  assert.equal(standIns(client).length, 2)
  // A policy that lets them through brings them all.
  await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('mail that goes up has its cold fields too', async () => {
  const { endpoint, client, run } = await makeWorld()
  await run()
  client.mail.person.deliver(['INBOX'], modern(1, 6000, withAttachment(1)))
  await run()
  assert.equal(bytesOf(client).length, 1)
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('mail whose cold fields a device lacks still helps with the rest, and that of one which has them with all', async () => {
  for (const coldBytes of [0, defaultPolicy.coldBytes]) {
    const { endpoint, run } = await makeWorld()
    const policy = { ...defaultPolicy, coldBytes }
    endpoint.mail.person.deliver(['INBOX'], modern(1))
    await run(policy)
    endpoint.mail.person.deliver(['INBOX'], modern(2))
    const { exchanges } = await run(policy)
    assert.equal(exchanges, 1, `${coldBytes}`)
  }
})
