import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

const mail = (subject: string, body = 'body'): Uint8Array =>
  new TextEncoder().encode(`From: a@example.org\nSubject: ${subject}\n\n${body}\n`)

/** Text of that many bytes that no codec makes much smaller. */
const incompressible = (bytes: number): string =>
  Buffer.from(seededRandom(7).bytes(bytes)).toString('base64').slice(0, bytes)

async function makeWorld() {
  const random = seededRandom(5)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const [one, two] = [
    await makeSide('one', { hasUpstream: true, random }),
    await makeSide('two', { hasUpstream: true, random }),
  ]
  const link = memoryLink(() => endpoint.account)
  const run = (side: Side, only: readonly string[] = []) =>
    sync(side.account, { link, policy: defaultPolicy, only })
  return { endpoint, one, two, link, run }
}

const subjects = (side: Side): Record<string, string[]> =>
  Object.fromEntries(
    [...side.mail.snapshot()]
      .map(([name, all]): [string, string[]] => [
        name,
        all.map(({ bytes }) => /^Subject: (.*)$/m.exec(new TextDecoder().decode(bytes))?.[1] ?? '').sort(),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

test('a mailbox that is deleted here keeps the mail that a narrowed run had not brought', async () => {
  const { endpoint, one, run } = await makeWorld()
  endpoint.mail.person.createMailbox(['X'])
  endpoint.mail.person.deliver(['X'], mail('old'))
  await run(one)
  endpoint.mail.person.deliver(['X'], mail('unseen'))
  await run(one, ['INBOX'])
  one.mail.person.deleteMailbox(['X'])
  await run(one)
  await run(one)
  assert.deepEqual(subjects(endpoint)['X'], ['unseen'])
  assert.deepEqual(subjects(one), subjects(endpoint))
})

test('a mailbox renamed there to a name that was made here: two mailboxes, and nothing is expunged', async () => {
  const { endpoint, one, run } = await makeWorld()
  endpoint.mail.person.createMailbox(['Z'])
  endpoint.mail.person.deliver(['Z'], mail('of Z'))
  await run(one)
  endpoint.mail.person.renameMailbox(['Z'], ['N'])
  one.mail.person.createMailbox(['N'])
  one.mail.person.deliver(['N'], mail('of N'))
  await run(one)
  await run(one)
  assert.deepEqual(subjects(one), subjects(endpoint))
  assert.deepEqual(Object.values(subjects(endpoint)).flat().sort(), ['of N', 'of Z'])
})

test('two mailboxes that change names there change names here', async () => {
  const { endpoint, one, run } = await makeWorld()
  for (const name of ['A', 'B']) {
    endpoint.mail.person.createMailbox([name])
    endpoint.mail.person.deliver([name], mail(`of ${name}`))
  }
  await run(one)
  endpoint.mail.person.renameMailbox(['A'], ['C'])
  endpoint.mail.person.renameMailbox(['B'], ['A'])
  endpoint.mail.person.renameMailbox(['C'], ['B'])
  await run(one)
  await run(one)
  assert.deepEqual(subjects(one), { A: ['of B'], B: ['of A'], INBOX: [] })
  assert.deepEqual(subjects(endpoint), subjects(one))
})

test('two devices that give two mailboxes one name leave both mailboxes', async () => {
  const { endpoint, one, two, run } = await makeWorld()
  for (const name of ['Y', 'Z']) {
    endpoint.mail.person.createMailbox([name])
    endpoint.mail.person.deliver([name], mail(`of ${name}`))
  }
  await run(one)
  await run(two)
  one.mail.person.renameMailbox(['Y'], ['N'])
  two.mail.person.renameMailbox(['Z'], ['N'])
  for (const side of [one, two, one, two]) await run(side)
  assert.deepEqual(subjects(one), subjects(endpoint))
  assert.deepEqual(subjects(two), subjects(endpoint))
  assert.deepEqual(Object.values(subjects(endpoint)).flat().sort(), ['of Y', 'of Z'])
})

test('messages made here and expunged there before their numbers came are expunged here', async () => {
  const { endpoint, one, two, link, run } = await makeWorld()
  await run(one)
  for (let i = 0; i < 450; i++) one.mail.person.deliver(['INBOX'], mail(`m${i}`))
  link.cutAfter({ down: 30 })
  // Under a budget they go with the first request.
  const budget = { bytesLeft: () => 1e9 }
  await assert.rejects(sync(one.account, { link, policy: defaultPolicy, ...budget }))
  await run(two)
  assert.equal(subjects(two)['INBOX']?.length, 450)
  for (const { locator } of (two.mail.snapshot().get('INBOX') ?? []).slice(0, 30))
    two.mail.person.remove(['INBOX'], locator)
  await run(two)
  await run(one)
  await run(one)
  assert.deepEqual(subjects(one), subjects(endpoint))
  assert.equal(subjects(one)['INBOX']?.length, 420)
})

test('a Maildir that is there before the first sync is matched with the endpoint by digest: nothing is sent and nothing doubled', async () => {
  const { endpoint, one, link, run } = await makeWorld()
  const noise = (seed: number): string => Buffer.from(seededRandom(seed).bytes(1500)).toString('base64')
  for (let i = 0; i < 20; i++) {
    endpoint.mail.person.deliver(['INBOX'], mail(`m${i}`, noise(i)))
    one.mail.person.deliver(['INBOX'], mail(`m${i}`, noise(i)))
  }
  endpoint.mail.person.deliver(['INBOX'], mail('m0', noise(0)))
  one.mail.person.deliver(['INBOX'], mail('mine alone'))
  await run(one)
  await run(one)
  assert.deepEqual(subjects(one), subjects(endpoint))
  assert.equal(subjects(one)['INBOX']?.length, 22)
  assert.ok(link.stats.up < 4000, `${link.stats.up} bytes up`)
})

test('equal mail in one first sync is sent once', async () => {
  const cost = async (copies: number): Promise<number> => {
    const { endpoint, one, link, run } = await makeWorld()
    const body = Buffer.from(seededRandom(1).bytes(15_000)).toString('base64')
    for (let i = 0; i < copies; i++) endpoint.mail.person.deliver(['INBOX'], mail('same', body))
    await run(one)
    assert.equal(subjects(one)['INBOX']?.length, copies)
    assert.equal(link.exchanges, 1)
    return link.stats.down
  }
  assert.ok((await cost(2)) - (await cost(1)) < 100)
})

test("somebody else's stand-in that came as mail can be moved like any other", async () => {
  const { endpoint, one, run } = await makeWorld()
  const foreign = await makeWorld()
  const body = Buffer.from(seededRandom(9).bytes(90_000)).toString('base64')
  foreign.endpoint.mail.person.deliver(['INBOX'], mail('theirs', body))
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
  one.mail.person.deliver(['B'], mail('half up', incompressible(20_000)))
  link.cutAfter({ up: 4000 })
  await assert.rejects(run(one), { code: 'LINK_FAILED' })
  one.ailments.hidden.add('B')
  await run(two)
  endpoint.mail.person.deleteMailbox(['B'])
  // Enough exchanges that every device has heard of the deletion, while the message's file can't be read.
  for (let round = 0; round < 3; round++) for (const side of [two, one]) await run(side)
  one.ailments.cure()
  for (let round = 0; round < 2; round++) for (const side of [one, two]) await run(side)
  assert.deepEqual(subjects(endpoint)['B'], ['half up'])
  for (const side of [one, two]) assert.deepEqual(subjects(side), subjects(endpoint))
})
