import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import type { MemoryLink } from '../../world/memory-link.js'
import { locatorOf, stateOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** Mailboxes with `expunge = "synchronous"`: nothing is gone here before the upstream has said so. */

const withPart = (subject: string, seed: number): Uint8Array =>
  letter(subject, { attachments: [{ seed, bytes: 20_000, type: 'application/octet-stream', name: 'x.bin' }] })

interface World {
  readonly endpoint: Side
  readonly one: Side
  readonly link: MemoryLink
  run(policy?: Policy): Promise<unknown>
  /** A run on which the line breaks before anything has gone up. */
  offline(policy?: Policy): Promise<void>
}

async function makeWorld(): Promise<World> {
  const { endpoint, client: one, link } = await makePair({ seed: 11 })
  const run: World['run'] = (policy = defaultPolicy) =>
    sync({ ...one.account, synchronous: ['INBOX'] }, { link, policy })
  const offline: World['offline'] = async (policy) => {
    link.cutAfter({ up: 0 })
    await assert.rejects(async () => run(policy))
  }
  return { endpoint, one, link, run, offline }
}

const list = (side: Side): string[] => stateOf(side)['INBOX'] ?? []

test('an expunge is done when the upstream has confirmed it, however often the line is cut before', async () => {
  const { endpoint, one, run, offline } = await makeWorld()
  for (const name of ['m0', 'm1']) endpoint.mail.person.deliver(['INBOX'], letter(name))
  await run()
  for (let day = 0; day < 3; day++) {
    one.mail.person.remove(['INBOX'], locatorOf(one, 'm0'))
    await offline()
    assert.deepEqual(list(one), ['m0 \\Deleted', 'm1'])
    assert.deepEqual(list(endpoint), ['m0', 'm1'])
  }
  await run()
  assert.deepEqual([list(one), list(endpoint)], [['m1'], ['m1']])
})

test('the acknowledgement of an expunge is lost: the message stays here, marked, until it comes', async () => {
  const { endpoint, one, link, run } = await makeWorld()
  for (const name of ['m0', 'm1']) endpoint.mail.person.deliver(['INBOX'], letter(name))
  await run()
  one.mail.person.remove(['INBOX'], locatorOf(one, 'm0'))
  link.cutAfter({ down: 1 })
  await assert.rejects(async () => run())
  assert.deepEqual([list(one), list(endpoint)], [['m0 \\Deleted', 'm1'], ['m1']])
  await run()
  assert.deepEqual([list(one), list(endpoint)], [['m1'], ['m1']])
})

for (const { what, flags, kept } of [
  { what: 'undeleted', flags: ['\\Seen'], kept: '\\Seen' },
  { what: 'marked important', flags: ['\\Deleted', '\\Flagged'], kept: '\\Flagged' },
])
  for (const answered of [false, true])
    test(`${what} by its own person before the confirmation comes${answered ? ', when it had been expunged upstream' : ''}: it stays`, async () => {
      const { endpoint, one, link, run, offline } = await makeWorld()
      for (const name of ['m0', 'm1']) endpoint.mail.person.deliver(['INBOX'], letter(name))
      await run()
      one.mail.person.remove(['INBOX'], locatorOf(one, 'm0'))
      if (answered) {
        link.cutAfter({ down: 1 })
        await assert.rejects(async () => run())
      } else await offline()
      one.mail.person.setFlags(['INBOX'], locatorOf(one, 'm0'), flags)
      await run()
      await run()
      const expected = [`m0 ${kept}`, 'm1']
      assert.deepEqual([list(one), list(endpoint)], [expected, expected])
      one.mail.person.remove(['INBOX'], locatorOf(one, 'm0'))
      await run()
      await run()
      assert.deepEqual([list(one), list(endpoint)], [['m1'], ['m1']])
    })

test('undeleted, and expunged again before the confirmation comes: it goes', async () => {
  const { endpoint, one, run, offline } = await makeWorld()
  for (const name of ['m0', 'm1']) endpoint.mail.person.deliver(['INBOX'], letter(name))
  await run()
  one.mail.person.remove(['INBOX'], locatorOf(one, 'm0'))
  await offline()
  one.mail.person.setFlags(['INBOX'], locatorOf(one, 'm0'), [])
  await offline()
  assert.deepEqual(list(one), ['m0', 'm1'])
  one.mail.person.remove(['INBOX'], locatorOf(one, 'm0'))
  await offline()
  assert.deepEqual(list(one), ['m0 \\Deleted', 'm1'])
  await run()
  await run()
  assert.deepEqual([list(one), list(endpoint)], [['m1'], ['m1']])
})

test('a stand-in that is expunged stays, marked, too', async () => {
  const { endpoint, one, run, offline } = await makeWorld()
  for (const [seed, name] of ['m0', 'm1'].entries())
    endpoint.mail.person.deliver(['INBOX'], withPart(name, seed))
  const thrifty = { ...defaultPolicy, attachmentBytes: 100 }
  await run(thrifty)
  one.mail.person.remove(['INBOX'], locatorOf(one, 'm0'))
  await offline(thrifty)
  assert.deepEqual(list(one), ['m0 \\Deleted (stand-in)', 'm1 (stand-in)'])
  assert.deepEqual(list(endpoint), ['m0', 'm1'])
  await run(thrifty)
  assert.deepEqual([list(one), list(endpoint)], [['m1 (stand-in)'], ['m1']])
})

test('what a run brought that was cut can be expunged before the next one, and stays, marked', async () => {
  const { endpoint, one, link, run, offline } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], withPart('m0', 9))
  endpoint.mail.person.deliver(['INBOX'], letter('m1'))
  link.cutAfter({ down: 12_000 })
  await assert.rejects(async () => run())
  assert.ok(list(one).includes('m1'), list(one).join('; '))
  one.mail.person.remove(['INBOX'], locatorOf(one, 'm1'))
  await offline()
  assert.ok(list(one).includes('m1 \\Deleted'), list(one).join('; '))
  await run()
  await run()
  assert.deepEqual([list(one), list(endpoint)], [['m0'], ['m0']])
})
