import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../../src/store/store.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything } from '../../world/star.js'

const inbox = ['INBOX']

/** Counts the rows that are read of a store. */
function counting(rows: { read: number }): (store: Store) => Store {
  return (store) => ({
    get: (key) => {
      rows.read++
      return store.get(key)
    },
    getMany: (keys) => {
      rows.read += keys.length
      return store.getMany(keys)
    },
    async *list(range, options) {
      for await (const row of store.list(range, options)) {
        rows.read++
        yield row
      }
    },
    generation: () => store.generation(),
    commit: (batch) => store.commit(batch),
    close: () => store.close(),
  })
}

/** Rows that both sides read while a device copies a message so many times, and while it removes the copies and another device hears of it. */
async function rowsOf(count: number): Promise<Record<string, number>> {
  const rows = { read: 0 }
  const random = seededRandom(9)
  const options = { random, watchStore: counting(rows) }
  const endpoint = await makeSide('endpoint', { hasUpstream: false, ...options })
  const [one, other] = [
    await makeSide('one', { hasUpstream: true, ...options }),
    await makeSide('other', { hasUpstream: true, ...options }),
  ]
  const link = memoryLink(() => endpoint.account)
  const run = (side: Side) => sync(side.account, { link, policy: everything, allow: ['*'] })
  const spent: Record<string, number> = {}
  const step = async (name: string, side: Side): Promise<void> => {
    const before = rows.read
    await run(side)
    spent[name] = rows.read - before
  }
  const source = endpoint.mail.person.deliver(inbox, letter('x'))
  assert.ok(source)
  await run(one)
  await run(other)
  const [mine] = one.mail.snapshot().get('INBOX') ?? []
  for (let n = 0; n < count; n++) one.mail.person.copy(inbox, mine?.locator ?? '', inbox)
  await step('copied', one)
  await step('copied there', other)
  for (const { locator } of one.mail.snapshot().get('INBOX') ?? []) one.mail.person.remove(inbox, locator)
  await step('removed', one)
  await step('removed there', other)
  assert.equal(endpoint.mail.snapshot().get('INBOX')?.length, 0)
  assert.equal(other.mail.snapshot().get('INBOX')?.length, 0)
  return spent
}

test('three times as many copies of a message take little more than three times as many reads, made or removed', async () => {
  // Fewer than a batch of them are looked at together: a batch has a price of its own.
  const [few, many] = [await rowsOf(60), await rowsOf(180)]
  for (const [name, rows] of Object.entries(many))
    assert.ok(rows < 4.5 * (few[name] ?? 0), `${name}: ${few[name]} rows, and ${rows}`)
})
