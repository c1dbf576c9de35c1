import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listProblems } from '../../../src/replica/problems.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { countCalls } from '../../world/count-calls.js'
import { letter } from '../../world/letter.js'
import { makePair } from '../../world/star.js'

type Fate = 'closed' | 'gone' | 'unreadable'

/** An endpoint with so many mailboxes, each with a message, and twice as many that stay as they are: how many calls a scan takes after the first have met this fate. */
async function callsOf(count: number, fate: Fate): Promise<number> {
  const { endpoint } = await makePair({ seed: 3 })
  const { ailments, mail } = endpoint
  for (let n = 0; n < count; n++) {
    mail.person.createMailbox([`m${n}`])
    const locator = mail.person.deliver([`m${n}`], letter(`in ${n}`))
    if (fate === 'unreadable') ailments.unreadable.add(`m${n}/${locator}`)
    for (const other of ['stays', 'too']) mail.person.createMailbox([`m${n}-${other}`])
  }
  await scanMailStore(endpoint.account)
  for (let n = 0; n < count; n++) {
    if (fate === 'gone') mail.person.deleteMailbox([`m${n}`])
    if (fate === 'closed') ailments.closed.add(`m${n}`)
  }
  const { mailStore } = endpoint.account
  const listed = async (signal?: AbortSignal) => (await mailStore.mailboxes(signal)).reverse()
  const account = { ...endpoint.account, mailStore: { ...mailStore, mailboxes: listed } }
  const calls = await countCalls('/src/sync/', () => scanMailStore(account))
  assert.equal((await listProblems(account.replica.db)).length, fate === 'gone' ? 0 : count)
  return calls
}

for (const fate of ['closed', 'gone', 'unreadable'] as const)
  test(`the work for mailboxes that are ${fate} grows as their number does, and no faster`, async () => {
    const [few, many] = [await callsOf(60, fate), await callsOf(240, fate)]
    assert.ok(many < 4.5 * few, `${few} calls for 60, ${many} for 240`)
  })
