import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { seededRandom } from '../../world/random.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
const policy = { ...defaultPolicy, smallBytes: 100, attachmentBytes: 500 }

function mailWithAttachment(serial: number): Uint8Array {
  const base64 = Buffer.from(seededRandom(serial).bytes(3000))
    .toString('base64')
    .match(/.{1,76}/g)
    ?.join('\n')
  return new TextEncoder().encode(
    `From: ann@example.org\nTo: bob@example.org\nSubject: chart ${serial}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee the chart.\n--b\nContent-Type: image/png; name="chart.png"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="chart.png"\n\n${base64}\n--b--\n`,
  )
}

/** An endpoint with one message whose attachment is deferred, and a client that has its stand-in. */
async function partialWorld() {
  const { endpoint, client, link } = await makePair({ seed: 3 })
  const original = mailWithAttachment(1)
  endpoint.mail.person.createMailbox(['Archive'])
  endpoint.mail.person.deliver(['INBOX'], original, ['\\Seen'])
  const run = () => sync(client.account, { link, policy })
  await run()
  return { endpoint, client, link, original, run }
}

const messages = (side: Side, mailbox: string) => side.mail.snapshot().get(mailbox) ?? []
const only = (side: Side, mailbox: string) => {
  const all = messages(side, mailbox)
  assert.equal(all.length, 1, `one message in ${mailbox}`)
  return all[0]!
}

async function fetchAll(client: Side): Promise<void> {
  const { db } = client.account.replica
  await db.transact(async (tx) => {
    for await (const { key } of tables.partial.list(tx)) tables.wanted.put(tx, key[0], 1, true)
  })
}

test('a deferred part leaves a stand-in that names it, says how to get it, and shows the text', async () => {
  const { client } = await partialWorld()
  const shown = latin(only(client, 'INBOX').bytes)
  assert.match(shown, /^X-Packetboat-Partial:/m)
  assert.match(shown, /chart\.png/)
  assert.match(shown, /image\/png/)
  assert.match(shown, /packetboat fetch [0-9a-f]{12}/)
  assert.match(shown, /See the chart\./)
  assert.doesNotMatch(shown, /^[A-Za-z0-9+/]{76}$/m)
})

test('the whole message replaces its stand-in under a new name, with the flags that were set meanwhile', async () => {
  const { endpoint, client, original, run } = await partialWorld()
  const before = only(client, 'INBOX')
  client.mail.person.setFlags(['INBOX'], before.locator, ['\\Flagged', '\\Seen', 'chart'])
  await fetchAll(client)
  await run()
  const after = only(client, 'INBOX')
  assert.deepEqual(after.bytes, original)
  assert.deepEqual(after.flags, ['\\Flagged', '\\Seen', 'chart'])
  assert.notEqual(after.locator, before.locator)
  assert.deepEqual(only(endpoint, 'INBOX').flags, ['\\Flagged', '\\Seen', 'chart'])
})

for (const keepName of [false, true])
  test(`a stand-in that is moved ${keepName ? 'under its name' : 'under a new name'} moves the whole message upstream`, async () => {
    const { endpoint, client, original, run } = await partialWorld()
    client.mail.person.move(['INBOX'], only(client, 'INBOX').locator, ['Archive'], { keepName })
    await run()
    assert.equal(messages(endpoint, 'INBOX').length, 0)
    assert.deepEqual(only(endpoint, 'Archive').bytes, original)
    await fetchAll(client)
    await run()
    assert.deepEqual(only(client, 'Archive').bytes, original)
  })

test('a stand-in that is copied becomes a copy of the whole message upstream', async () => {
  const { endpoint, client, original, run } = await partialWorld()
  client.mail.person.copy(['INBOX'], only(client, 'INBOX').locator, ['Archive'])
  await run()
  assert.deepEqual(only(endpoint, 'INBOX').bytes, original)
  assert.deepEqual(only(endpoint, 'Archive').bytes, original)
})

test('a stand-in that a program saves again with its own header lines and line ends is still known', async () => {
  const { endpoint, client, original, run } = await partialWorld()
  const { locator, bytes } = only(client, 'INBOX')
  const saved = latin(bytes).replace('\n', '\nStatus: RO\nX-UID: 17\n').replaceAll('\n', '\r\n')
  client.mail.person.deliver(['Archive'], new Uint8Array(Buffer.from(saved, 'latin1')))
  client.mail.person.remove(['INBOX'], locator)
  await run()
  assert.equal(messages(endpoint, 'INBOX').length, 0)
  assert.deepEqual(only(endpoint, 'Archive').bytes, original)
})

test('a stand-in that was edited goes up as a new message beside the whole one', async () => {
  const { endpoint, client, original, run } = await partialWorld()
  const { locator, bytes } = only(client, 'INBOX')
  const edited = new Uint8Array(
    Buffer.from(latin(bytes).replace('See the chart.', 'See my chart!'), 'latin1'),
  )
  client.mail.person.deliver(['INBOX'], edited, ['\\Draft'])
  client.mail.person.remove(['INBOX'], locator)
  await run()
  const there = messages(endpoint, 'INBOX')
  assert.equal(there.length, 2)
  assert.ok(there.some((message) => Buffer.from(message.bytes).equals(original)))
  const fresh = there.find((message) => latin(message.bytes).includes('See my chart!'))
  assert.match(
    latin(fresh?.bytes ?? new Uint8Array()),
    /chart\.png/,
    'the missing part is said to be missing',
  )
  assert.equal(messages(client, 'INBOX').length, 2)
  const [conflict] = await listConflicts(client.account.replica.db)
  assert.equal(conflict?.kind, 'stand-in-edited')
})

test('a stand-in that is copied while what it stands for goes from the endpoint with its bytes: what is here of it goes up as mail', async () => {
  const { endpoint, client, run } = await partialWorld()
  client.mail.person.copy(['INBOX'], only(client, 'INBOX').locator, ['Archive'])
  endpoint.mail.person.remove(['INBOX'], only(endpoint, 'INBOX').locator)
  await run()
  await run()
  assert.equal(messages(endpoint, 'INBOX').length, 0)
  assert.match(latin(only(endpoint, 'Archive').bytes), /See the chart\./)
  assert.match(latin(only(client, 'Archive').bytes), /See the chart\./)
})

test('an edited stand-in that a client without its database finds goes up as mail, and the unedited one does not', async () => {
  const { endpoint, client, run } = await partialWorld()
  const { bytes } = only(client, 'INBOX')
  const edited = Buffer.from(latin(bytes).replace('See the chart.', 'See my chart!'), 'latin1')
  client.mail.person.deliver(['INBOX'], new Uint8Array(edited))
  await client.loseDatabase()
  await run()
  await run()
  const texts = messages(endpoint, 'INBOX').map((message) => /See .*[.!]/.exec(latin(message.bytes))?.[0])
  assert.deepEqual(texts.sort(), ['See my chart!', 'See the chart.'])
  assert.equal(messages(client, 'INBOX').length, 2)
})

test('a marker in mail from outside is harmless', async () => {
  const { endpoint, client, run } = await partialWorld()
  const forged = new TextEncoder().encode(
    `X-Packetboat-Partial: v=1; id=${'0'.repeat(32)}; sum=${'0'.repeat(16)}\nSubject: forged\n\nbody\n`,
  )
  endpoint.mail.person.deliver(['Archive'], forged)
  await run()
  assert.deepEqual(only(client, 'Archive').bytes, forged)
})

test('a part fetched in pieces over a line that breaks arrives byte for byte', async () => {
  const { endpoint, client, link, original, run } = await partialWorld()
  await fetchAll(client)
  for (let cut = 0; cut < 20; cut++) {
    link.cutAfter({ down: 400 })
    try {
      await run()
      break
    } catch {
      await client.restart()
      await endpoint.restart()
    }
  }
  link.cutAfter({})
  await run()
  assert.deepEqual(only(client, 'INBOX').bytes, original)
})

/** A letter with a text that a slow line needs long for. */
function threaded(id: string, more: string, size = 40): Uint8Array {
  const body = Buffer.from(seededRandom(id.length).bytes(size)).toString('base64')
  return new TextEncoder().encode(
    `From: Ann <ann@example.org>\nTo: bob@example.org\nSubject: on ${id}\nMessage-ID: <${id}@example.org>\n${more}\n${body}\n`,
  )
}

const fieldOf = (bytes: Uint8Array, name: string): string =>
  new RegExp(`^${name}: (.*)$`, 'm').exec(latin(bytes))?.[1] ?? ''

test('stand-ins of listed messages hang under each other, and under what is here whole', async () => {
  const { endpoint, client, link } = await makePair({ seed: 5 })
  const run = () => sync(client.account, { link, policy: { ...policy, textBytes: 1e6 } })
  const { person } = endpoint.mail
  person.deliver(['INBOX'], threaded('first', ''))
  await run()
  assert.deepEqual(only(client, 'INBOX').bytes, threaded('first', ''))
  person.deliver(['INBOX'], threaded('second', 'In-Reply-To: <first@example.org>\n'))
  person.deliver(
    ['INBOX'],
    threaded('third', 'References: <first@example.org> <second@example.org>\n', 50_000),
  )
  person.deliver(['INBOX'], threaded('other', 'In-Reply-To: <unknown@example.org>\n'))
  link.cutAfter({ down: 5000 })
  await assert.rejects(run())
  const shown = new Map(messages(client, 'INBOX').map(({ bytes }) => [fieldOf(bytes, 'Subject'), bytes]))
  const header = (subject: string, name: string) => fieldOf(shown.get(subject) ?? new Uint8Array(), name)
  assert.equal(shown.size, 4)
  assert.match(header('on second', 'Message-ID'), /^<[0-9a-f]{32}@stand-in\.invalid>$/)
  assert.equal(header('on second', 'In-Reply-To'), '<first@example.org>')
  assert.equal(header('on third', 'In-Reply-To'), header('on second', 'Message-ID'))
  assert.equal(header('on third', 'References'), header('on second', 'Message-ID'))
  assert.notEqual(header('on third', 'Message-ID'), header('on second', 'Message-ID'))
  assert.equal(header('on other', 'In-Reply-To'), '')
  await run()
  const bytes = (side: Side) => messages(side, 'INBOX').map((message) => latin(message.bytes))
  assert.deepEqual(bytes(client).sort(), bytes(endpoint).sort())
})

test('all mailboxes are listed before the first text', async () => {
  const { endpoint, client, link } = await makePair({ seed: 6 })
  endpoint.mail.person.createMailbox(['Archive'])
  endpoint.mail.person.deliver(['INBOX'], threaded('long', '', 50_000))
  endpoint.mail.person.deliver(['Archive'], threaded('archived', '', 50_000))
  link.cutAfter({ down: 5000 })
  await assert.rejects(sync(client.account, { link, policy }))
  assert.equal(fieldOf(only(client, 'INBOX').bytes, 'Subject'), 'on long')
  assert.equal(fieldOf(only(client, 'Archive').bytes, 'Subject'), 'on archived')
})
