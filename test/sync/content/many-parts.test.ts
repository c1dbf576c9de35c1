import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getContent } from '../../../src/replica/content/contents.js'
import { tables } from '../../../src/replica/tables.js'
import { wantParts } from '../../../src/replica/wishes.js'
import type { Store } from '../../../src/store/store.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

/** What an author can make both sides do with the number of a mail's parts: each part may cost something, and none of them for each other one. */

/** A mail of so many parts of so many bytes, all different. */
function mailOf(parts: number, bytesEach: number, type: string): Uint8Array {
  const random = seededRandom(parts)
  const text = Array.from({ length: parts }, () => {
    const body = Buffer.from(random.bytes(Math.ceil(bytesEach / 2))).toString('hex')
    return `--b\nContent-Type: ${type}\n\n${body.slice(0, bytesEach)}\n`
  })
  return new TextEncoder().encode(
    `From: m@evil.example\nSubject: you pay\nMessage-ID: <${parts}@evil.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n${text.join('')}--b--\n`,
  )
}

const few = 60
const many = 600

/** How often each side asks its store for a record, and the mail store for a file. */
async function makePair(policy: Policy = defaultPolicy) {
  const random = seededRandom(1)
  const asked = { endpoint: 0, client: 0, opened: 0 }
  const counting = (side: 'endpoint' | 'client') => (store: Store) =>
    new Proxy(store, {
      get: (target, name) => {
        if (name === 'get') asked[side]++
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  const endpoint = await makeSide('endpoint', {
    hasUpstream: false,
    random,
    watchStore: counting('endpoint'),
  })
  const client = await makeSide('client', { hasUpstream: true, random, watchStore: counting('client') })
  const { open } = endpoint.mail
  endpoint.mail.open = (...args) => {
    asked.opened++
    return open(...args)
  }
  const link = memoryLink(() => endpoint.account)
  const run = () => sync(client.account, { link, policy })
  await run()
  await run()
  /** What a run costs after a mail has come to one of the sides. */
  const cost = async (side: Side, mail: Uint8Array) => {
    side.mail.person.deliver(['INBOX'], mail)
    return costOf(run)
  }
  const costOf = async (act: () => Promise<unknown>) => {
    const before = { ...asked, cpu: process.cpuUsage().user }
    await act()
    return {
      endpoint: asked.endpoint - before.endpoint,
      client: asked.client - before.client,
      opened: asked.opened - before.opened,
      cpu: process.cpuUsage().user - before.cpu,
    }
  }
  return { endpoint, client, run, cost, costOf }
}

/** Ten times as many parts may take ten times as much, and what is the same for all mail; with the square it would be a hundred times. */
const linear = 1.5 * (many / few)

/** Records that a part may take anyhow: of few of them most are in memory already. */
const recordsOfPart = 3

for (const [what, bytes, type] of [
  ['parts of no bytes', 0, 'text/plain'],
  ['parts that are known by their digests', 600, 'application/x-evil'],
] as const)
  for (const way of ['down', 'up'] as const)
    test(`${what}: ten times as many take ten times as much of both sides, on their way ${way}`, async () => {
      const pair = await makePair()
      const from = way === 'down' ? pair.endpoint : pair.client
      // Whatever is compiled once.
      await pair.cost(from, mailOf(few + 1, bytes, type))
      const little = await pair.cost(from, mailOf(few, bytes, type))
      const much = await pair.cost(from, mailOf(many, bytes, type))
      const to = way === 'down' ? pair.client : pair.endpoint
      assert.equal([...to.mail.snapshot().values()].flat().length, 3)
      for (const side of ['endpoint', 'client'] as const)
        assert.ok(
          much[side] <= linear * Math.max(little[side], recordsOfPart * few),
          `${side}: ${little[side]} records, then ${much[side]}`,
        )
      // Processor time of this process, which others on the machine don't change much: the square would take a hundred times as much.
      assert.ok(much.cpu <= 4 * linear * little.cpu, `${little.cpu} µs, then ${much.cpu} µs`)
    })

test('a message is opened once for all parts of it that somebody wants', async () => {
  const { endpoint, client, run, cost, costOf } = await makePair({
    ...defaultPolicy,
    smallBytes: 0,
    attachmentBytes: 0,
  })
  await cost(endpoint, mailOf(few, 600, 'application/x-evil'))
  const { db } = client.account.replica
  let id = ''
  for await (const { key } of tables.partial.list(db)) id = key[0]
  const content = await getContent(db, id)
  assert.ok(content && !content.whole)
  await db.transact(async (tx) => void wantParts(tx, content, [...Array(few).keys()]))
  const { opened } = await costOf(run)
  assert.ok((await getContent(db, id))?.whole)
  assert.ok(opened <= 3, `opened ${opened} times`)
})
