import assert from 'node:assert/strict'
import { it } from 'node:test'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { counting } from '../../world/counting-store.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { everything } from '../../world/star.js'

const dayMs = 86_400_000

/** Rows that the endpoint reads while it looks for the first time through a mailbox of which a window leaves nearly all outside. */
async function rowsReadOf(messages: number): Promise<number> {
  const rows = { read: 0 }
  const random = seededRandom(3)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random, watchStore: counting(rows) })
  const device = await makeSide('device', { hasUpstream: true, random })
  for (let i = 0; i < messages; i++) {
    const receivedMs = endpoint.nowMs - (messages - i) * dayMs
    endpoint.mail.person.deliver(['INBOX'], letter(`m${i}`), ['\\Seen'], receivedMs)
  }
  const link = memoryLink(() => endpoint.account, { sliceMessages: 1 })
  const policy = { ...everything, windows: [{ mailboxes: [], keep: { days: 5 } }] }
  await sync(device.account, { link, policy })
  let ashore = 0
  for await (const { value } of tables.shore.list(device.account.replica.db)) ashore += value.messages
  assert.ok(ashore === messages - 4 || ashore === messages - 5, `${ashore} of ${messages} are ashore`)
  return rows.read
}

it('of what is ashore only what a slice adds to it is counted, though all of the mailbox is ashore in the end', async () => {
  const rows = await rowsReadOf(800)
  // Each slice lists the files anew, of which there are sixteen: that is most of it.
  assert.ok(rows < 25 * 800, `${rows} rows of 800 messages`)
})
