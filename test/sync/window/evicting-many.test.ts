import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Guid } from '../../../src/replica/model.js'
import { type Chosen, EvictableMail } from '../../../src/sync/evict/choose-evictable.js'
import { evict } from '../../../src/sync/evict/evict.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { counting } from '../../world/counting-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { everything } from '../../world/star.js'
import { atOnce, dayMs, letter, tenDays } from './evicting.js'

/** A device on whose disk so many messages are outside of its window; every second one that was between them is gone. */
async function makeMany(count: number) {
  const rows = { read: 0 }
  const random = seededRandom(3)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  // Nothing is kept in memory: all that is read is counted.
  const device = await makeSide('device', {
    hasUpstream: true,
    random,
    cacheBytes: 0,
    watchStore: counting(rows),
  })
  const link = memoryLink(() => endpoint.account)
  const run = () => sync(device.account, { link, policy: { ...everything, windows: tenDays } })
  const deliver = (subject: string, daysOld: number, answers?: string): void =>
    void endpoint.mail.person.deliver(
      ['INBOX'],
      letter(subject, answers),
      ['\\Seen'],
      endpoint.nowMs - daysOld * dayMs,
    )
  for (let n = 0; n < 2 * count; n++) deliver(`m${n}`, 400 - n)
  await sync(device.account, { link, policy: everything })
  for (const { locator } of (endpoint.mail.snapshot().get('INBOX') ?? []).filter((_, n) => n % 2))
    endpoint.mail.person.remove(['INBOX'], locator)
  deliver('new', 1)
  await run()
  const mail = new EvictableMail(device.account, atOnce, ['*'])
  const reads = async <T>(work: () => Promise<T>): Promise<{ readonly rows: number; readonly result: T }> => {
    const before = rows.read
    const result = await work()
    return { rows: rows.read - before, result }
  }
  const letGo = (chosen: Chosen) => {
    const vouched = new Map(
      [...chosen.messages].map(([mailbox, messages]) => [
        mailbox,
        [...messages.keys()].map((number) => ({ from: number, to: number + 1 })),
      ]),
    )
    return evict(device.account, { chosen, vouched }, atOnce)
  }
  return { deliver, device, mail, run, reads, letGo }
}

const guidsOf = ({ messages }: Chosen): Guid[] => [...messages.values()].flatMap((each) => [...each.values()])

test('all mail is looked at once for all that leaves in a run, exchange by exchange', async () => {
  const { mail, reads, letGo } = await makeMany(60)
  const first = await reads(() => mail.choose(10))
  assert.equal((await letGo(first.result)).gone, 10)
  const second = await reads(() => mail.choose(10))
  assert.ok(second.rows < first.rows / 2, `${first.rows} rows, and ${second.rows}`)
  const both = [...guidsOf(first.result), ...guidsOf(second.result)]
  assert.equal(new Set(both).size, 20)
})

test('what leaves costs the same whatever stays in its mailbox', async () => {
  const rowsOf = async (count: number): Promise<number> => {
    const { mail, reads, letGo } = await makeMany(count)
    const chosen = await mail.choose(10)
    const { rows, result } = await reads(() => letGo(chosen))
    assert.equal(result.gone, 10)
    return rows
  }
  const [few, many] = [await rowsOf(40), await rowsOf(120)]
  assert.ok(many < 1.5 * few, `${few} rows, and ${many}`)
})

test('what has happened meanwhile is seen before more leaves', async () => {
  const { mail, deliver, run, letGo } = await makeMany(20)
  const first = await mail.choose(5)
  assert.equal(first.count, 5)
  deliver('late', 1, 'm10')
  await run()
  const second = await mail.choose(100)
  assert.equal(second.count, 19)
  assert.equal(second.stays.answered, 1)
  await letGo(second)
  assert.equal((await mail.choose()).count, 0)
})
