import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wantedParts } from '../../src/reader/view/wanted-parts.js'
import { getMessage } from '../../src/replica/messages.js'
import { tables } from '../../src/replica/tables.js'
import { sayWishes } from '../../src/replica/wishes.js'
import { sync } from '../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { counting } from '../world/counting-store.js'
import { letter } from '../world/letter.js'
import { memoryLink } from '../world/memory-link.js'
import { seededRandom } from '../world/random.js'
import { makeSide } from '../world/side.js'

const messages = 60

test('what is wanted is listed without a look at all that waits, which a page asks for after each change', async () => {
  const rows = { read: 0 }
  const random = seededRandom(23)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const client = await makeSide('client', {
    ...{ hasUpstream: true, random, cacheBytes: 0 },
    watchStore: counting(rows),
  })
  for (let n = 0; n < messages; n++)
    endpoint.mail.person.deliver(
      ['INBOX'],
      letter(`chart ${n}`, { attachments: [{ bytes: 70_000, name: 'chart.png' }] }),
    )
  await sync(client.account, { link: memoryLink(() => endpoint.account), policy: defaultPolicy })
  const { replica } = client.account
  let waiting = 0
  for await (const _ of tables.partial.list(replica.db)) waiting++
  assert.equal(waiting, messages)
  const rules = { policy: defaultPolicy, estimate: () => ({ seconds: undefined, cost: undefined }) }
  for await (const { key } of tables.message.list(replica.db)) {
    const { content } = (await getMessage(replica.db, key[0])) ?? { content: '' }
    await sayWishes(replica.db, [{ content, parts: [1], word: 'now' }])
    break
  }
  rows.read = 0
  const wanted = await wantedParts(replica, rules, [])
  assert.deepEqual(
    wanted.map(({ part }) => part.name),
    ['chart.png'],
  )
  assert.ok(rows.read < messages, `${rows.read} rows were read for one part of ${messages} that wait`)
})
