import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listProblems } from '../../../src/replica/problems.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { Slices } from '../../../src/sync/scan/slices.js'
import { countCalls } from '../../world/count-calls.js'
import { letter } from '../../world/letter.js'
import { makePair } from '../../world/star.js'

/** How many calls the first look takes, in slices, at a mailbox with so many messages, none of which can be read. */
async function callsOf(count: number): Promise<number> {
  const { endpoint } = await makePair({ seed: 3 })
  const { account, ailments, mail } = endpoint
  for (let n = 0; n < count; n++)
    ailments.unreadable.add(`INBOX/${mail.person.deliver(['INBOX'], letter(`${n}`))}`)
  const slices = new Slices()
  const calls = await countCalls('/src/store/', async () => {
    while (!(await scanMailStore(account, { most: 512, slices })).isWhole);
  })
  assert.equal((await listProblems(account.replica.db)).length, count)
  return calls
}

test('each slice of a first look notes what it could not read itself, and does not go over what others could not', async () => {
  const [few, many] = [await callsOf(500), await callsOf(2000)]
  // With more slices there are more listings of the mailbox: going over all problems in each of them made it 5.8 times as many.
  assert.ok(many < 5 * few, `${few} calls of the store for 500, ${many} for 2000`)
})
