import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailboxRows } from '../../../src/reader/view/mailbox-rows.js'
import { wantedParts } from '../../../src/reader/view/wanted-parts.js'
import { openReaderAccount } from '../../../src/reader/worker/open-account.js'
import { createMailbox } from '../../../src/replica/mailboxes.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { counting } from '../../world/counting-store.js'
import { seededRandom } from '../../world/random.js'

const count = 5000

test(`of ${count} mailboxes only the names are read when they are listed again, and nothing where no part is wanted`, async () => {
  const random = seededRandom(3)
  const rows = { read: 0 }
  const surroundings = { now: () => 1_700_000_000_000, randomBytes: (size: number) => random.bytes(size) }
  const { replica } = await openReaderAccount(counting(rows)(new MemoryStore()), surroundings)
  await replica.db.transact(async (tx) => {
    for (let n = 0; n < count; n++)
      await createMailbox(
        { tx, replica, origin: { kind: 'mail-store' } },
        { path: ['Lists', `mailbox number ${n}`] },
      )
  })
  const readOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = rows.read
    await work()
    return rows.read - before
  }
  assert.equal((await mailboxRows(replica, [])).length, count)
  const again = await readOf(() => mailboxRows(replica, []))
  assert.ok(again <= 1.1 * count, `${again} rows for ${count} mailboxes`)
  const rules = { policy: defaultPolicy, estimate: () => ({ seconds: undefined, cost: undefined }) }
  const wanted = await readOf(() => wantedParts(replica, rules, []))
  assert.ok(wanted < 10, `${wanted} rows for parts that nobody wants`)
})
