import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { stateOf } from '../../world/shown.js'
import { makeSide, type Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'

/** Text of that many bytes that no codec makes much smaller. */
const incompressible = (bytes: number): string =>
  Buffer.from(seededRandom(7).bytes(bytes)).toString('base64').slice(0, bytes)

async function makeWorld() {
  const { endpoint, devices, link, run } = await makeStar(['one', 'two'], { seed: 5 })
  return {
    endpoint,
    ...devices,
    link,
    run: (side: Side, only: readonly string[] = []) => run(side, { only }),
  }
}

test('a mailbox that is deleted here keeps the mail that a narrowed run had not brought', async () => {
  const { endpoint, one, run } = await makeWorld()
  endpoint.mail.person.createMailbox(['X'])
  endpoint.mail.person.deliver(['X'], letter('old'))
  await run(one)
  endpoint.mail.person.deliver(['X'], letter('unseen'))
  await run(one, ['INBOX'])
  one.mail.person.deleteMailbox(['X'])
  await run(one)
  await run(one)
  assert.deepEqual(stateOf(endpoint)['X'], ['unseen'])
  assert.deepEqual(stateOf(one), stateOf(endpoint))
})

test('a mailbox renamed there to a name that was made here: two mailboxes, and nothing is expunged', async () => {
  const { endpoint, one, run } = await makeWorld()
  endpoint.mail.person.createMailbox(['Z'])
  endpoint.mail.person.deliver(['Z'], letter('of Z'))
  await run(one)
  endpoint.mail.person.renameMailbox(['Z'], ['N'])
  one.mail.person.createMailbox(['N'])
  one.mail.person.deliver(['N'], letter('of N'))
  await run(one)
  await run(one)
  assert.deepEqual(stateOf(one), stateOf(endpoint))
  assert.deepEqual(Object.values(stateOf(endpoint)).flat().sort(), ['of N', 'of Z'])
})

test('two mailboxes that change names there change names here', async () => {
  const { endpoint, one, run } = await makeWorld()
  for (const name of ['A', 'B']) {
    endpoint.mail.person.createMailbox([name])
    endpoint.mail.person.deliver([name], letter(`of ${name}`))
  }
  await run(one)
  endpoint.mail.person.renameMailbox(['A'], ['C'])
  endpoint.mail.person.renameMailbox(['B'], ['A'])
  endpoint.mail.person.renameMailbox(['C'], ['B'])
  await run(one)
  await run(one)
  assert.deepEqual(stateOf(one), { A: ['of B'], B: ['of A'], INBOX: [] })
  assert.deepEqual(stateOf(endpoint), stateOf(one))
})

test('two devices that give two mailboxes one name leave both mailboxes', async () => {
  const { endpoint, one, two, run } = await makeWorld()
  for (const name of ['Y', 'Z']) {
    endpoint.mail.person.createMailbox([name])
    endpoint.mail.person.deliver([name], letter(`of ${name}`))
  }
  await run(one)
  await run(two)
  one.mail.person.renameMailbox(['Y'], ['N'])
  two.mail.person.renameMailbox(['Z'], ['N'])
  for (const side of [one, two, one, two]) await run(side)
  assert.deepEqual(stateOf(one), stateOf(endpoint))
  assert.deepEqual(stateOf(two), stateOf(endpoint))
  assert.deepEqual(Object.values(stateOf(endpoint)).flat().sort(), ['of Y', 'of Z'])
})

test('messages made here and expunged there before their numbers came are expunged here', async () => {
  const { endpoint, one, two, link, run } = await makeWorld()
  await run(one)
  for (let i = 0; i < 450; i++) one.mail.person.deliver(['INBOX'], letter(`m${i}`))
  link.cutAfter({ down: 30 })
  // Under a budget they go with the first request.
  const budget = { bytesLeft: () => 1e9 }
  await assert.rejects(sync(one.account, { link, policy: defaultPolicy, ...budget }))
  await run(two)
  assert.equal(stateOf(two)['INBOX']?.length, 450)
  for (const { locator } of (two.mail.snapshot().get('INBOX') ?? []).slice(0, 30))
    two.mail.person.remove(['INBOX'], locator)
  await run(two)
  await run(one)
  await run(one)
  assert.deepEqual(stateOf(one), stateOf(endpoint))
  assert.equal(stateOf(one)['INBOX']?.length, 420)
})

test('a Maildir that is there before the first sync is matched with the endpoint by digest: nothing is sent and nothing doubled', async () => {
  const { endpoint, one, link, run } = await makeWorld()
  const noise = (seed: number): string => Buffer.from(seededRandom(seed).bytes(1500)).toString('base64')
  for (let i = 0; i < 20; i++) {
    endpoint.mail.person.deliver(['INBOX'], letter(`m${i}`, { text: noise(i) }))
    one.mail.person.deliver(['INBOX'], letter(`m${i}`, { text: noise(i) }))
  }
  endpoint.mail.person.deliver(['INBOX'], letter('m0', { text: noise(0) }))
  one.mail.person.deliver(['INBOX'], letter('mine alone'))
  await run(one)
  await run(one)
  assert.deepEqual(stateOf(one), stateOf(endpoint))
  assert.equal(stateOf(one)['INBOX']?.length, 22)
  assert.ok(link.stats.up < 4000, `${link.stats.up} bytes up`)
})

test('equal mail in one first sync is sent once', async () => {
  const cost = async (copies: number): Promise<number> => {
    const { endpoint, one, link, run } = await makeWorld()
    const body = Buffer.from(seededRandom(1).bytes(15_000)).toString('base64')
    for (let i = 0; i < copies; i++) endpoint.mail.person.deliver(['INBOX'], letter('same', { text: body }))
    await run(one)
    assert.equal(stateOf(one)['INBOX']?.length, copies)
    assert.equal(link.exchanges, 1)
    return link.stats.down
  }
  assert.ok((await cost(2)) - (await cost(1)) < 100)
})

test("somebody else's stand-in that came as mail can be moved like any other", async () => {
  const { endpoint, one, run } = await makeWorld()
  const foreign = await makeWorld()
  const body = Buffer.from(seededRandom(9).bytes(90_000)).toString('base64')
  foreign.endpoint.mail.person.deliver(['INBOX'], letter('theirs', { text: body }))
  const policy = { ...defaultPolicy, textBytes: 10 }
  await sync(foreign.one.account, { link: foreign.link, policy })
  const standIn = foreign.one.mail.snapshot().get('INBOX')?.[0]?.bytes ?? new Uint8Array()
  assert.match(new TextDecoder().decode(standIn), /X-Packetboat-Partial/)
  endpoint.mail.person.createMailbox(['Archive'])
  endpoint.mail.person.deliver(['INBOX'], standIn)
  await run(one)
  one.mail.person.move(['INBOX'], one.mail.snapshot().get('INBOX')?.[0]?.locator ?? '', ['Archive'])
  await run(one)
  assert.deepEqual(
    endpoint.mail
      .snapshot()
      .get('Archive')
      ?.map(({ bytes }) => bytes),
    [standIn],
  )
  assert.equal(endpoint.mail.snapshot().get('INBOX')?.length, 0)
})

test('a mailbox deleted there while a message for it waits to go up comes back with the message', async () => {
  const { endpoint, one, two, link, run } = await makeWorld()
  await run(one)
  one.mail.person.createMailbox(['B'])
  one.mail.person.deliver(['B'], letter('half up', { text: incompressible(20_000) }))
  link.cutAfter({ up: 4000 })
  await assert.rejects(run(one), { code: 'LINK_FAILED' })
  one.ailments.hidden.add('B')
  await run(two)
  endpoint.mail.person.deleteMailbox(['B'])
  // Enough exchanges that every device has heard of the deletion, while the message's file can't be read.
  for (let round = 0; round < 3; round++) for (const side of [two, one]) await run(side)
  one.ailments.cure()
  for (let round = 0; round < 2; round++) for (const side of [one, two]) await run(side)
  assert.deepEqual(stateOf(endpoint)['B'], ['half up'])
  for (const side of [one, two]) assert.deepEqual(stateOf(side), stateOf(endpoint))
})

test('what a device gave a relay before that has met its endpoint, and is there too, is one message', async () => {
  const random = seededRandom(4)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const relay = await makeSide('relay', { hasUpstream: true, random })
  const device = await makeSide('device', { hasUpstream: true, random })
  const run = (side: Side) => {
    const link = memoryLink(() => (side === relay ? endpoint : relay).account)
    return sync(side.account, { link, policy: defaultPolicy })
  }
  for (const side of [endpoint, device]) side.mail.person.deliver(['INBOX'], letter('everywhere'))
  for (const side of [device, relay, device, relay]) await run(side)
  for (const side of [endpoint, relay, device]) assert.deepEqual(stateOf(side)['INBOX'], ['everywhere'])
})
