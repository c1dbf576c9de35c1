import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { seededRandom } from '../../world/random.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** What people do with the file that stands for a message of which a part isn't here: it is done to the message, once, and no stand-in ever goes up. */

const inbox = ['INBOX']
const archive = ['Archive']
const policy = { ...defaultPolicy, smallBytes: 100, attachmentBytes: 500 }
const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
const isStandIn = (text: string): boolean => /^X-Packetboat-Partial:/m.test(text)

const original = new TextEncoder().encode(
  `From: ann@example.org\nTo: bob@example.org\nSubject: chart\nMessage-ID: <chart@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee the chart.\n--b\nContent-Type: image/png; name="chart.png"\nContent-Transfer-Encoding: base64\n\n${Buffer.from(seededRandom(7).bytes(3000)).toString('base64')}\n--b--\n`,
)

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 9 })
  endpoint.mail.person.createMailbox(archive)
  endpoint.mail.person.deliver(inbox, original, ['\\Seen'])
  const run = () => sync(client.account, { link, policy })
  await run()
  const [standIn] = client.mail.snapshot().get('INBOX') ?? []
  assert.ok(standIn && isStandIn(latin(standIn.bytes)))
  const fetchAll = async (): Promise<void> => {
    await client.account.replica.db.transact(async (tx) => {
      for await (const { key } of tables.partial.list(tx)) tables.wanted.put(tx, key[0], 1, true)
    })
    for (let round = 0; round < 3; round++) await run()
  }
  return { endpoint, client, run, standIn, fetchAll }
}

type World = Awaited<ReturnType<typeof makeWorld>>

/** `MAILBOX` once for each message in it, with `?` in front if the message is incomplete. */
const shown = (side: Side): string[] =>
  [...side.mail.snapshot()]
    .flatMap(([mailbox, messages]) =>
      messages.map(({ bytes }) => (Buffer.from(bytes).equals(original) ? mailbox : `?${mailbox}`)),
    )
    .sort()

/** The one that stands in a mailbox now. */
const at = ({ client }: World, mailbox: readonly string[]): string =>
  (client.mail.snapshot().get(mailbox.join('/')) ?? [])[0]?.locator ?? assert.fail(`nothing in ${mailbox}`)

const deeds: readonly {
  readonly what: string
  readonly does: (world: World) => void | Promise<void>
  /** Where the message is afterwards, on both sides. */
  readonly stands: readonly string[]
  /** As with a message that is all here: docs/CONFLICTS.md. */
  readonly conflicts?: readonly string[]
}[] = [
  {
    what: 'moved into a mailbox that is made for it',
    does: (world) => {
      world.client.mail.person.createMailbox(['New'])
      world.client.mail.person.move(inbox, world.standIn.locator, ['New'])
    },
    stands: ['New'],
  },
  {
    what: 'moved, and moved on before anybody heard of it',
    does: (world) => {
      world.client.mail.person.createMailbox(['New'])
      world.client.mail.person.move(inbox, world.standIn.locator, archive)
      world.client.mail.person.move(archive, at(world, archive), ['New'])
    },
    stands: ['New'],
  },
  {
    what: 'moved there and back',
    does: (world) => {
      world.client.mail.person.move(inbox, world.standIn.locator, archive)
      world.client.mail.person.move(archive, at(world, archive), inbox)
    },
    stands: ['INBOX'],
  },
  {
    what: 'moved, and moved back after a sync',
    does: async (world) => {
      world.client.mail.person.move(inbox, world.standIn.locator, archive)
      await world.run()
      world.client.mail.person.move(archive, at(world, archive), inbox)
    },
    stands: ['INBOX'],
  },
  {
    what: 'copied, and the first one deleted',
    does: (world) => {
      world.client.mail.person.copy(inbox, world.standIn.locator, archive)
      world.client.mail.person.remove(inbox, world.standIn.locator)
    },
    stands: ['Archive'],
  },
  {
    what: 'copied twice',
    does: (world) => {
      world.client.mail.person.copy(inbox, world.standIn.locator, archive)
      world.client.mail.person.copy(inbox, world.standIn.locator, inbox)
    },
    stands: ['Archive', 'INBOX', 'INBOX'],
  },
  {
    what: 'put into another mailbox, byte by byte, by a program that knows nothing of it',
    does: (world) => void world.client.mail.person.deliver(archive, world.standIn.bytes),
    stands: ['Archive', 'INBOX'],
  },
  {
    what: 'moved to where somebody at the endpoint moves the message',
    does: (world) => {
      world.client.mail.person.move(inbox, world.standIn.locator, archive)
      const [there] = world.endpoint.mail.snapshot().get('INBOX') ?? []
      world.endpoint.mail.person.move(inbox, there?.locator ?? '', archive)
    },
    stands: ['Archive', 'Archive'],
    conflicts: ['moved-apart'],
  },
  {
    what: 'deleted',
    does: (world) => world.client.mail.person.remove(inbox, world.standIn.locator),
    stands: [],
  },
  {
    what: 'copied, and both deleted before anybody heard of it',
    does: (world) => {
      world.client.mail.person.copy(inbox, world.standIn.locator, archive)
      world.client.mail.person.remove(inbox, world.standIn.locator)
      world.client.mail.person.remove(archive, at(world, archive))
    },
    stands: [],
  },
]

for (const { what, does, stands, conflicts = [] } of deeds)
  for (const whole of [false, true])
    test(`a stand-in is ${what}${whole ? ', while the rest of its message is on its way' : ''}: so is the message`, async () => {
      const world = await makeWorld()
      if (whole)
        await world.client.account.replica.db.transact(async (tx) => {
          for await (const { key } of tables.partial.list(tx)) tables.wanted.put(tx, key[0], 1, true)
        })
      await does(world)
      for (let round = 0; round < 2; round++) await world.run()
      assert.deepEqual(shown(world.endpoint), stands)
      await world.fetchAll()
      assert.deepEqual(shown(world.client), stands)
      assert.deepEqual(shown(world.endpoint), stands)
      const told = await listConflicts(world.client.account.replica.db)
      assert.deepEqual(
        told.map(({ kind }) => kind),
        conflicts,
      )
    })

test('a stand-in that a person deletes: the endpoint sets the whole message aside, and it comes back whole', async () => {
  const { endpoint, client, run, standIn, fetchAll } = await makeWorld()
  client.mail.person.remove(inbox, standIn.locator)
  await run()
  assert.deepEqual(shown(endpoint), [])
  const [aside, ...others] = endpoint.mail.aside
  assert.ok(aside)
  assert.equal(others.length, 0)
  assert.deepEqual(Buffer.from(aside), Buffer.from(original))
  // What a restore does: the bytes are delivered anew.
  endpoint.mail.person.deliver(inbox, aside)
  await run()
  await fetchAll()
  assert.deepEqual(shown(client), ['INBOX'])
  assert.deepEqual(shown(endpoint), ['INBOX'])
})

test('a stand-in that is put back from a copy of the disk after its message was deleted brings no stand-in up', async () => {
  const { endpoint, client, run, standIn } = await makeWorld()
  client.mail.person.remove(inbox, standIn.locator)
  for (let round = 0; round < 2; round++) await run()
  client.mail.person.deliver(archive, standIn.bytes)
  for (let round = 0; round < 3; round++) await run()
  for (const side of [endpoint, client])
    for (const messages of side.mail.snapshot().values())
      for (const { bytes } of messages) assert.match(latin(bytes), /See the chart\./)
  for (const messages of endpoint.mail.snapshot().values())
    assert.ok(messages.every(({ bytes }) => !isStandIn(latin(bytes))))
})

for (const into of [inbox, archive])
  test(`a stand-in whose place a person gives to the whole message, out of a backup, in ${into[0]}: it is all here, and nothing of it is fetched`, async () => {
    const { endpoint, client, run, standIn } = await makeWorld()
    client.mail.person.deliver(into, original, standIn.flags)
    client.mail.person.remove(inbox, standIn.locator)
    for (let round = 0; round < 2; round++) await run()
    for (const side of [client, endpoint]) assert.deepEqual(shown(side), into)
    const { db } = client.account.replica
    assert.equal(await countRows(tables.partial.list(db)), 0, 'it is known to be here')
    for await (const { value } of tables.content.list(db)) assert.ok(value.whole)
  })

async function countRows(rows: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of rows) count++
  return count
}
