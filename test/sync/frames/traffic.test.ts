import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { pathText } from '../../../src/replica/model.js'
import type { ExchangeTally } from '../../../src/sync/initiator/exchange-tally.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makePair } from '../../world/star.js'

const mail = (subject: string, text: string): Uint8Array => letter(subject, { to: 'bob@example.org', text })

test('what crossed the line is told by mailbox, and comes to no more than what did', async () => {
  const { endpoint, client, link } = await makePair({ seed: 4 })
  const random = seededRandom(4)
  const noise = (size: number): string => Buffer.from(random.bytes(size)).toString('hex')
  for (const [name, bytes] of [
    ['Small', 300],
    ['Big', 3000],
  ] as const) {
    endpoint.mail.person.createMailbox([name])
    for (let i = 0; i < 4; i++)
      endpoint.mail.person.deliver([name], mail(`${name} number ${i}`, noise(bytes)))
  }
  const run = async () => {
    const seen = new Set<ExchangeTally>()
    const before = { ...link.stats }
    await sync(client.account, {
      link,
      policy: defaultPolicy,
      onProgress: (received) => seen.add(received),
    })
    const names = new Map(
      (await listMailboxes(client.account.replica.db)).map(({ guid, path }) => [guid, pathText(path)]),
    )
    const told = [...seen].flatMap(({ traffic }) =>
      [...traffic].map(([guid, of]) => ({ name: names.get(guid) ?? '', ...of })),
    )
    return {
      told,
      moved: { up: link.stats.up - before.up, down: link.stats.down - before.down },
      of: (name: string) => told.find((each) => each.name === name) ?? { messages: 0, down: 0, up: 0 },
    }
  }
  const first = await run()
  assert.deepEqual([first.of('Small').messages, first.of('Big').messages], [4, 4])
  assert.ok(first.of('Big').down > 4 * first.of('Small').down, JSON.stringify(first.told))
  const down = first.told.reduce((sum, each) => sum + each.down, 0)
  assert.ok(down > 0.9 * first.moved.down && down <= first.moved.down, `${down} of ${first.moved.down}`)
  assert.equal(first.of('Big').up, 0)

  client.mail.person.deliver(['Small'], mail('up', noise(2000)))
  const second = await run()
  const up = second.of('Small').up
  assert.ok(up > 2000 && up <= second.moved.up, `${up} of ${second.moved.up}`)
  assert.equal(second.of('Big').up, 0)
  const third = await run()
  assert.deepEqual(third.told, [])
})
