import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listProblems } from '../../../src/replica/problems.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { counting } from '../../world/counting-store.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything } from '../../world/star.js'

/** Many things that can't be read, and that can be again: a look and a sync take what their number takes, and no more. */

type What = 'messages' | 'mailboxes'

/** Sick ones of a side: so many messages of INBOX, or mailboxes with a message each. */
function sicken(side: Side, what: What, count: number): void {
  for (let n = 0; n < count; n++) {
    if (what === 'mailboxes') side.mail.person.createMailbox([`m${n}`])
    const [mailbox, subject] = what === 'mailboxes' ? [`m${n}`, 'in it'] : ['INBOX', 'there']
    const locator = side.mail.person.deliver([mailbox], letter(`${subject} ${n}`))
    if (what === 'mailboxes') side.ailments.closed.add(mailbox)
    else side.ailments.unreadable.add(`INBOX/${locator}`)
  }
}

async function makeTwo() {
  const random = seededRandom(4)
  const work = { read: 0, commits: 0 }
  const make = async (name: string, hasUpstream: boolean): Promise<Side> => {
    const side = await makeSide(name, { hasUpstream, random, watchStore: counting(work), cacheBytes: 0 })
    side.watchCommits = () => {
      work.commits++
    }
    return side
  }
  return { endpoint: await make('endpoint', false), device: await make('device', true), work }
}

/** What both sides read and commit while something is ill, and in the syncs after it was cured. */
async function workFor(which: 'endpoint' | 'device', what: What, count: number) {
  const { endpoint, device, work } = await makeTwo()
  const link = memoryLink(() => endpoint.account)
  const run = () => sync(device.account, { link, policy: everything })
  const side = which === 'endpoint' ? endpoint : device
  sicken(side, what, count)
  await run()
  await run()
  assert.equal((await listProblems(side.account.replica.db, 'read')).length, count)
  const ill = { ...work }
  side.ailments.cure()
  await run()
  await run()
  for (const each of [endpoint, device])
    assert.deepEqual(await listProblems(each.account.replica.db), [], `nothing is left at ${each.name}`)
  return [ill.read, ill.commits, work.read - ill.read, work.commits - ill.commits]
}

for (const which of ['endpoint', 'device'] as const)
  for (const what of ['messages', 'mailboxes'] as const)
    test(`many ${what} of the ${which} that can't be read, and then can, cost by their number`, async () => {
      const [few, many] = [await workFor(which, what, 50), await workFor(which, what, 200)]
      const times = many.map((each, at) => each / (few[at] ?? 1))
      assert.ok(
        times.every((each) => each < 5),
        `four times as many took ${times.map((each) => each.toFixed(1)).join(', ')} times as much (${few}; ${many})`,
      )
    })

/** What both sides read in a sync that tries so many messages again, in vain. */
async function readInVain(count: number): Promise<number> {
  const { endpoint, device, work } = await makeTwo()
  const link = memoryLink(() => endpoint.account)
  const run = () => sync(device.account, { link, policy: everything })
  sicken(endpoint, 'messages', count)
  await scanMailStore(endpoint.account)
  await run()
  const before = work.read
  await run()
  assert.equal((await listProblems(endpoint.account.replica.db, 'read')).length, count)
  return work.read - before
}

test('many messages that are tried again in vain are all tried in one look', async () => {
  const [few, many] = [await readInVain(300), await readInVain(1200)]
  assert.ok(many < 5 * few, `${few} rows for 300, ${many} for 1200`)
})

test('messages that cannot be read are taken over many at a time, as others are', async () => {
  const { endpoint, work } = await makeTwo()
  sicken(endpoint, 'messages', 200)
  await scanMailStore(endpoint.account)
  assert.equal((await listProblems(endpoint.account.replica.db)).length, 200)
  assert.ok(work.commits < 20, `${work.commits} commits`)
})
