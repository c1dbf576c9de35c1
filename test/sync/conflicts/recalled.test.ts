import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declareDeviceLost } from '../../../src/replica/devices.js'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { readReplicaRecord } from '../../../src/replica/replica.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { locatorOf, stateOf } from '../../world/shown.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything, makeStar } from '../../world/star.js'

/** Messages that a device names since one of the two has forgotten, and that the other knows to be gone. */

/** An endpoint's database comes back from a backup, another device does something, and then one that hadn't heard of it compares. */
async function compareAfter(act: (one: Side, two: Side) => void, marks: (one: Side) => void = () => {}) {
  const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 7, policy: everything })
  const { one, two } = devices
  endpoint.mail.person.createMailbox(['X'])
  for (const subject of ['a', 'b', 'c'])
    endpoint.mail.person.deliver(['INBOX'], letter(subject), ['\\Answered'])
  for (const side of [one, two]) await run(side)
  const backup = endpoint.backUp()
  endpoint.mail.person.deliver(['INBOX'], letter('d'))
  marks(one)
  await run(one)
  await endpoint.restore(backup)
  act(one, two)
  await run(two)
  assert.ok((await run(one)).healed)
  for (const side of [one, two, one]) await run(side)
  for (const side of [one, two]) assert.deepEqual(stateOf(side), stateOf(endpoint), side.name)
  return { endpoint, state: stateOf(endpoint) }
}

test("the endpoint's database is restored from a backup, and what another device deletes then isn't brought back by one that compares", async () => {
  const { state } = await compareAfter((_, two) => {
    const locator = locatorOf(two, 'b')
    two.mail.person.setFlags(['INBOX'], locator, ['\\Answered', '\\Deleted'])
    two.mail.person.remove(['INBOX'], locator)
  })
  assert.deepEqual(state, { INBOX: ['a \\Answered', 'c \\Answered', 'd'], X: [] })
})

test('nor is what another device moves then doubled, and it has the flags of both', async () => {
  const { state } = await compareAfter(
    (_, two) => void two.mail.person.move(['INBOX'], locatorOf(two, 'b'), ['X']),
    (one) => one.mail.person.setFlags(['INBOX'], locatorOf(one, 'b'), ['\\Answered', '\\Seen']),
  )
  assert.deepEqual(state, { INBOX: ['a \\Answered', 'c \\Answered', 'd'], X: ['b \\Answered \\Seen'] })
})

test('but what was marked important on that device is kept', async () => {
  const { endpoint, state } = await compareAfter(
    (_, two) => two.mail.person.remove(['INBOX'], locatorOf(two, 'b')),
    (one) => one.mail.person.setFlags(['INBOX'], locatorOf(one, 'b'), ['\\Answered', '\\Flagged']),
  )
  assert.deepEqual(state['INBOX'], ['a \\Answered', 'b \\Answered \\Flagged', 'c \\Answered', 'd'])
  const kinds = (await listConflicts(endpoint.account.replica.db)).map(({ kind }) => kind)
  assert.ok(kinds.includes('kept'), kinds.join())
})

for (const compares of [false, true])
  test(`a relay sends mail anew to an endpoint that has lost its database, and a device ${compares ? 'that compares too' : 'marks it'}: it is there once`, async () => {
    const { endpoint, devices, run } = await makeStar(['relay'], { seed: 7, policy: everything })
    const { relay } = devices
    const below = await makeSide('below', { hasUpstream: true, random: seededRandom(8) })
    const toRelay = memoryLink(() => relay.account)
    const runBelow = () => sync(below.account, { link: toRelay, policy: everything })
    await run(relay)
    relay.mail.person.deliver(['INBOX'], letter('a'))
    await run(relay)
    await runBelow()
    const backup = relay.backUp()
    relay.mail.person.deliver(['INBOX'], letter('b'))
    await runBelow()
    if (compares) await relay.restore(backup)
    for (const { locator } of endpoint.mail.snapshot().get('INBOX') ?? [])
      endpoint.mail.person.remove(['INBOX'], locator)
    await endpoint.loseDatabase()
    await run(relay)
    if (!compares) below.mail.person.setFlags(['INBOX'], locatorOf(below, 'a'), ['\\Flagged'])
    const { healed } = await runBelow()
    assert.equal(healed, compares ? 'cursor' : undefined)
    for (let round = 0; round < 3; round++) {
      await run(relay)
      await runBelow()
    }
    const marked = compares ? 'a' : 'a \\Flagged'
    for (const side of [endpoint, relay, below])
      assert.deepEqual(stateOf(side), { INBOX: [marked, 'b'] }, side.name)
  })

for (const gone of [0, 1])
  test(`a device that was declared lost comes back, and the ${gone === 0 ? 'first' : 'second'} of two equal messages has gone meanwhile: one is there`, async () => {
    const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 7, policy: everything })
    const { one, two } = devices
    const { db } = endpoint.account.replica
    endpoint.mail.person.deliver(['INBOX'], letter('a'))
    for (const side of [one, two]) await run(side)
    endpoint.mail.person.copy(['INBOX'], locatorOf(endpoint, 'a'), ['INBOX'])
    for (const side of [one, two, one, two]) await run(side)
    const { device } = await readReplicaRecord(two.account.replica.db)
    await db.transact((tx) => declareDeviceLost(tx, device))
    const locator = endpoint.mail.snapshot().get('INBOX')?.[gone]?.locator ?? ''
    endpoint.mail.person.remove(['INBOX'], locator)
    for (let round = 0; round < 3; round++) await run(one)
    assert.equal((await run(two)).healed, 'forgotten')
    for (const side of [two, one, two]) await run(side)
    for (const side of [endpoint, one, two]) assert.deepEqual(stateOf(side), { INBOX: ['a'] }, side.name)
    assert.equal(two.mail.aside.length, 1, 'it can be had back')
  })

test("the endpoint's database is restored from a backup that knows one of two equal messages: both are there once, each with its flags", async () => {
  const { endpoint, devices, run } = await makeStar(['one'], { seed: 7, policy: everything })
  const { one } = devices
  await run(one)
  endpoint.mail.person.deliver(['INBOX'], letter('a'), ['\\Seen'])
  await scanMailStore(endpoint.account)
  const backup = endpoint.backUp()
  // Of the two the device knows its own first.
  one.mail.person.deliver(['INBOX'], letter('b'))
  one.mail.person.deliver(['INBOX'], letter('a'), ['\\Flagged'])
  await scanMailStore(one.account)
  for (let round = 0; round < 2; round++) await run(one)
  assert.deepEqual(stateOf(one), { INBOX: ['a \\Flagged', 'a \\Seen', 'b'] })
  await endpoint.restore(backup)
  assert.ok((await run(one)).healed)
  for (let round = 0; round < 2; round++) await run(one)
  for (const side of [endpoint, one])
    assert.deepEqual(stateOf(side), { INBOX: ['a \\Flagged', 'a \\Seen', 'b'] }, side.name)
})

for (const what of ['message', 'mailbox'] as const)
  test(`a client's database is restored from a backup that was made before a message that had gone up got its number, and its ${what} goes at the endpoint then: it is gone here too`, async () => {
    const { endpoint, devices, link, run } = await makeStar(['one'], { seed: 7, policy: everything })
    const { one } = devices
    endpoint.mail.person.createMailbox(['Archive'])
    await run(one)
    one.mail.person.deliver(['Archive'], letter('mine'))
    // The answer that gives the number is lost, and the list of Archive, which does too, takes no part in this run.
    link.deliverTwice()
    await run(one, { only: ['INBOX'] })
    const backup = one.backUp()
    if (what === 'mailbox') endpoint.mail.person.deleteMailbox(['Archive'])
    else endpoint.mail.person.remove(['Archive'], locatorOf(endpoint, 'mine', ['Archive']))
    one.mail.person.deliver(['Archive'], letter('later'))
    link.cutAfter({ down: 1 })
    await assert.rejects(run(one), { code: 'LINK_FAILED' })
    await one.restore(backup)
    assert.ok((await run(one)).healed)
    await run(one)
    assert.deepEqual(stateOf(one), stateOf(endpoint))
    assert.deepEqual(stateOf(one)['Archive'], ['later'])
  })

for (const act of ['moves', 'delivers'] as const)
  test(`a device that was declared lost compares, the line is cut, and a person ${act} mail into a mailbox that is gone: the mailbox is made again for it`, async () => {
    const { endpoint, devices, link, run } = await makeStar(['one', 'two'], { seed: 7, policy: everything })
    const { one, two } = devices
    const { db } = endpoint.account.replica
    endpoint.mail.person.deliver(['INBOX'], letter('a'))
    endpoint.mail.person.createMailbox(['X'])
    for (const side of [one, two]) await run(side)
    const { device } = await readReplicaRecord(two.account.replica.db)
    await db.transact((tx) => declareDeviceLost(tx, device))
    one.mail.person.deleteMailbox(['X'])
    for (let round = 0; round < 2; round++) await run(one)
    const isComparing = async () => (await readReplicaRecord(two.account.replica.db)).recall !== undefined
    for (let up = 100; !(await isComparing()); up += 20) {
      link.cutAfter({ up })
      await assert.rejects(run(two), { code: 'LINK_FAILED' })
    }
    if (act === 'moves') two.mail.person.move(['INBOX'], locatorOf(two, 'a'), ['X'])
    else two.mail.person.deliver(['X'], letter('b'))
    for (const side of [two, one, two, one]) await run(side)
    const wanted = act === 'moves' ? { INBOX: [], X: ['a'] } : { INBOX: ['a'], X: ['b'] }
    for (const side of [endpoint, one, two]) assert.deepEqual(stateOf(side), wanted, side.name)
  })
