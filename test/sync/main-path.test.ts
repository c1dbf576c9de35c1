import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getMailbox, listMailboxes } from '../../src/replica/mailboxes.js'
import { pathText } from '../../src/replica/model.js'
import { sync } from '../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { memoryLink } from '../world/memory-link.js'
import { seededRandom } from '../world/random.js'
import { makeSide, type Side } from '../world/side.js'

const text = (body: string): Uint8Array => new TextEncoder().encode(body)
const mail = (subject: string, body = 'Hello.'): Uint8Array =>
  text(
    `From: Ann <ann@example.org>\nTo: bob@example.org\nSubject: ${subject}\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n\n${body}\n`,
  )

const everything = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

async function makePair(): Promise<{
  endpoint: Side
  client: Side
  link: ReturnType<typeof memoryLink>
  sync: () => ReturnType<typeof sync>
}> {
  const random = seededRandom(1)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const client = await makeSide('client', { hasUpstream: true, random })
  const link = memoryLink(() => endpoint.account)
  return { endpoint, client, link, sync: () => sync(client.account, { link, policy: everything }) }
}

function tree(side: Side): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const [name, messages] of side.mail.snapshot())
    found[name] = messages
      .map(({ bytes, flags }) => `${new TextDecoder().decode(bytes)}|${flags.join(',')}`)
      .sort()
  return found
}

test('a first sync brings every message, byte for byte, and a second one costs one small exchange', async () => {
  const { endpoint, client, link, sync } = await makePair()
  endpoint.mail.person.createMailbox(['Lists', 'sailing'])
  for (let i = 0; i < 20; i++)
    endpoint.mail.person.deliver(
      i % 2 ? ['INBOX'] : ['Lists', 'sailing'],
      mail(`number ${i}`),
      i % 3 ? [] : ['\\Seen'],
    )
  await sync()
  assert.deepEqual(tree(client), tree(endpoint))
  const before = { ...link.stats, exchanges: link.exchanges }
  const report = await sync()
  assert.deepEqual(tree(client), tree(endpoint))
  assert.equal(link.exchanges - before.exchanges, 1)
  assert.equal(report.written + report.found, 0)
  const cost = link.stats.up + link.stats.down - before.up - before.down
  assert.ok(cost < 200, `${cost} bytes`)
})

test('what is done on the client goes up, and what is done on the server comes down', async () => {
  const { endpoint, client, sync } = await makePair()
  const { person } = endpoint.mail
  person.createMailbox(['Archive'])
  const names = ['a', 'b', 'c', 'd'].map((subject) => person.deliver(['INBOX'], mail(subject)))
  await sync()
  const here = client.mail.snapshot().get('INBOX') ?? []
  const local = (subject: string): string =>
    here.find(({ bytes }) => new TextDecoder().decode(bytes).includes(`Subject: ${subject}\n`))?.locator ?? ''
  client.mail.person.setFlags(['INBOX'], local('a'), ['\\Seen', '$Work'])
  client.mail.person.move(['INBOX'], local('b'), ['Archive'])
  client.mail.person.deliver(['INBOX'], mail('draft'), ['\\Draft'])
  client.mail.person.createMailbox(['New'])
  client.mail.person.copy(['INBOX'], local('c'), ['New'])
  person.setFlags(['INBOX'], names[2] ?? '', ['\\Flagged'])
  person.remove(['INBOX'], names[3] ?? '')
  await sync()
  await sync()
  assert.deepEqual(tree(client), tree(endpoint))
  assert.equal(tree(endpoint)['INBOX']?.length, 3)
  assert.deepEqual(tree(endpoint)['New']?.length, 1)
  assert.ok(tree(endpoint)['Archive']?.[0]?.includes('Subject: b'))
  assert.ok(tree(endpoint)['INBOX']?.some((message) => message.endsWith('|$Work,\\Seen')))
})

test('a mailbox renamed here is renamed there, and one deleted there goes here', async () => {
  const { endpoint, client, sync } = await makePair()
  endpoint.mail.person.createMailbox(['Old'])
  endpoint.mail.person.createMailbox(['Gone'])
  endpoint.mail.person.deliver(['Old'], mail('x'))
  endpoint.mail.person.deliver(['Gone'], mail('y'))
  await sync()
  client.mail.person.renameMailbox(['Old'], ['Better'])
  endpoint.mail.person.deleteMailbox(['Gone'])
  await sync()
  assert.deepEqual(tree(client), tree(endpoint))
  assert.deepEqual(Object.keys(tree(endpoint)).sort(), ['Better', 'INBOX'])
  const mailboxes = await listMailboxes(client.account.replica.db)
  assert.deepEqual(
    mailboxes.map(({ path }) => pathText(path)),
    ['Better', 'INBOX'],
  )
  assert.equal((await getMailbox(client.account.replica.db, mailboxes[0]?.guid ?? ''))?.messages, 1)
})

test('a move sends no content in either direction', async () => {
  const { endpoint, client, link, sync } = await makePair()
  endpoint.mail.person.createMailbox(['Archive'])
  const noise = Array.from({ length: 400 }, (_, i) => `${(i * 7919) % 1009}${(i * 104729) % 7907}`).join(' ')
  const name = endpoint.mail.person.deliver(['INBOX'], mail('big', noise))
  await sync()
  const before = link.stats.up + link.stats.down
  endpoint.mail.person.move(['INBOX'], name, ['Archive'])
  await sync()
  const here = client.mail.snapshot().get('Archive')?.[0]
  client.mail.person.move(['Archive'], here?.locator ?? '', ['INBOX'])
  await sync()
  assert.deepEqual(tree(client), tree(endpoint))
  assert.equal(tree(endpoint)['INBOX']?.length, 1)
  assert.ok(
    link.stats.up + link.stats.down - before < 600,
    `${link.stats.up + link.stats.down - before} bytes`,
  )
})
