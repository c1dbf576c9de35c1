import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getMailbox, listMailboxes } from '../../src/replica/mailboxes.js'
import { pathText } from '../../src/replica/model.js'
import { letter } from '../world/letter.js'
import { treeOf } from '../world/shown.js'
import { everything, makePair } from '../world/star.js'

const openPair = () => makePair({ seed: 1, policy: everything })

test('a first sync brings every message, byte for byte, and a second one costs one small exchange', async () => {
  const { endpoint, client, link, run } = await openPair()
  endpoint.mail.person.createMailbox(['Lists', 'sailing'])
  for (let i = 0; i < 20; i++)
    endpoint.mail.person.deliver(
      i % 2 ? ['INBOX'] : ['Lists', 'sailing'],
      letter(`number ${i}`),
      i % 3 ? [] : ['\\Seen'],
    )
  await run()
  assert.deepEqual(treeOf(client), treeOf(endpoint))
  const before = { ...link.stats, exchanges: link.exchanges }
  const report = await run()
  assert.deepEqual(treeOf(client), treeOf(endpoint))
  assert.equal(link.exchanges - before.exchanges, 1)
  assert.equal(report.written + report.found, 0)
  const cost = link.stats.up + link.stats.down - before.up - before.down
  assert.ok(cost < 200, `${cost} bytes`)
})

test('what is done on the client goes up, and what is done on the server comes down', async () => {
  const { endpoint, client, run } = await openPair()
  const { person } = endpoint.mail
  person.createMailbox(['Archive'])
  const names = ['a', 'b', 'c', 'd'].map((subject) => person.deliver(['INBOX'], letter(subject)))
  await run()
  const here = client.mail.snapshot().get('INBOX') ?? []
  const local = (subject: string): string =>
    here.find(({ bytes }) => new TextDecoder().decode(bytes).includes(`Subject: ${subject}\n`))?.locator ?? ''
  client.mail.person.setFlags(['INBOX'], local('a'), ['\\Seen', '$Work'])
  client.mail.person.move(['INBOX'], local('b'), ['Archive'])
  client.mail.person.deliver(['INBOX'], letter('draft'), ['\\Draft'])
  client.mail.person.createMailbox(['New'])
  client.mail.person.copy(['INBOX'], local('c'), ['New'])
  person.setFlags(['INBOX'], names[2] ?? '', ['\\Flagged'])
  person.remove(['INBOX'], names[3] ?? '')
  await run()
  await run()
  assert.deepEqual(treeOf(client), treeOf(endpoint))
  assert.equal(treeOf(endpoint)['INBOX']?.length, 3)
  assert.deepEqual(treeOf(endpoint)['New']?.length, 1)
  assert.ok(treeOf(endpoint)['Archive']?.[0]?.includes('Subject: b'))
  assert.ok(treeOf(endpoint)['INBOX']?.some((message) => message.endsWith('|$Work,\\Seen')))
})

test('a mailbox renamed here is renamed there, and one deleted there goes here', async () => {
  const { endpoint, client, run } = await openPair()
  endpoint.mail.person.createMailbox(['Old'])
  endpoint.mail.person.createMailbox(['Gone'])
  endpoint.mail.person.deliver(['Old'], letter('x'))
  endpoint.mail.person.deliver(['Gone'], letter('y'))
  await run()
  client.mail.person.renameMailbox(['Old'], ['Better'])
  endpoint.mail.person.deleteMailbox(['Gone'])
  await run()
  assert.deepEqual(treeOf(client), treeOf(endpoint))
  assert.deepEqual(Object.keys(treeOf(endpoint)).sort(), ['Better', 'INBOX'])
  const mailboxes = await listMailboxes(client.account.replica.db)
  assert.deepEqual(
    mailboxes.map(({ path }) => pathText(path)),
    ['Better', 'INBOX'],
  )
  assert.equal((await getMailbox(client.account.replica.db, mailboxes[0]?.guid ?? ''))?.messages, 1)
})

test('a move sends no content in either direction', async () => {
  const { endpoint, client, link, run } = await openPair()
  endpoint.mail.person.createMailbox(['Archive'])
  const noise = Array.from({ length: 400 }, (_, i) => `${(i * 7919) % 1009}${(i * 104729) % 7907}`).join(' ')
  const name = endpoint.mail.person.deliver(['INBOX'], letter('big', { text: noise }))
  await run()
  const before = link.stats.up + link.stats.down
  endpoint.mail.person.move(['INBOX'], name, ['Archive'])
  await run()
  const here = client.mail.snapshot().get('Archive')?.[0]
  client.mail.person.move(['Archive'], here?.locator ?? '', ['INBOX'])
  await run()
  assert.deepEqual(treeOf(client), treeOf(endpoint))
  assert.equal(treeOf(endpoint)['INBOX']?.length, 1)
  assert.ok(
    link.stats.up + link.stats.down - before < 600,
    `${link.stats.up + link.stats.down - before} bytes`,
  )
})
