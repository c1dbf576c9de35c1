import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { aDate, letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** Text that the shipped dictionary can't help with. */
function story(seed: number, words: number): string {
  const random = seededRandom(seed)
  return Array.from({ length: words }, () => Buffer.from(random.bytes(4)).toString('hex')).join(' ')
}

const mail = (id: string, text: string, answers?: string): Uint8Array =>
  letter(id, {
    to: 'Bob <bob@example.org>',
    id,
    ...(answers !== undefined && { answers }),
    date: aDate,
    text,
  })

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 1 })
  const before = { up: 0, down: 0 }
  return {
    endpoint,
    client,
    link,
    run: async (policy = defaultPolicy, over: Carrier = link) => {
      const report = await sync(client.account, { link: over, policy })
      const cost = { up: link.stats.up - before.up, down: link.stats.down - before.down }
      Object.assign(before, link.stats)
      return { ...report, ...cost }
    },
  }
}

const bytesOf = (side: Side): string[] =>
  [...side.mail.snapshot().values()]
    .flat()
    .map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    .sort()

const quoted = story(3, 300).replace(/^/gm, '> ')

test('an answer costs what is new in it, since both sides hold what it quotes', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mail('parent', story(3, 300)))
  await run()
  endpoint.mail.person.deliver(['INBOX'], mail('answer', `${quoted}\nYes.`, 'parent'))
  const down = await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.equal(down.exchanges, 1)
  assert.ok(down.down < 400, `${down.down} bytes down`)
  client.mail.person.deliver(['INBOX'], mail('mine', `${quoted}\nNo.`, 'parent'))
  const up = await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.equal(up.exchanges, 1)
  assert.ok(up.up < 500, `${up.up} bytes up`)
})

test('a message of which a part is deferred helps with its text', async () => {
  const { endpoint, client, run } = await makeWorld()
  const attachment = Buffer.from(seededRandom(9).bytes(9000)).toString('base64')
  endpoint.mail.person.deliver(
    ['INBOX'],
    new TextEncoder().encode(
      `From: Ann <ann@example.org>\nSubject: parent\nMessage-ID: <parent@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n${story(3, 300)}\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n${attachment}\n--b--\n`,
    ),
  )
  const thrifty = { ...defaultPolicy, attachmentBytes: 100, smallBytes: 100 }
  await run(thrifty)
  endpoint.mail.person.deliver(['INBOX'], mail('answer', `${quoted}\nYes.`, 'parent'))
  const { down, exchanges } = await run(thrifty)
  assert.equal(exchanges, 1)
  assert.ok(down < 400, `${down} bytes down`)
  await run({ ...defaultPolicy, attachmentBytes: 1e6 })
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('when what the endpoint thought to be held has just gone here, the same comes without it, in one more exchange', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mail('parent', story(3, 300)))
  await run()
  endpoint.mail.person.deliver(['INBOX'], mail('answer', `${quoted}\nYes.`, 'parent'))
  const [parent] = client.mail.snapshot().get('INBOX') ?? []
  let gone = false
  const losing: Carrier = {
    exchange: (request, signal) => {
      if (!gone) client.mail.person.remove(['INBOX'], parent?.locator ?? '')
      gone = true
      return link.exchange(request, signal)
    },
  }
  const { exchanges } = await run(defaultPolicy, losing)
  assert.ok(exchanges <= 2, `${exchanges} exchanges`)
  await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.equal(bytesOf(client).length, 1)
})

test('an answer to what has been filed elsewhere at the endpoint meanwhile costs what is new in it', async () => {
  const { endpoint, client, run } = await makeWorld()
  const { person } = endpoint.mail
  person.createMailbox(['Archive'])
  person.deliver(['INBOX'], mail('parent', story(3, 300)))
  await run()
  client.mail.person.deliver(['INBOX'], mail('mine', `${quoted}\nNo.`, 'parent'))
  const [parent] = endpoint.mail.snapshot().get('INBOX') ?? []
  person.move(['INBOX'], parent?.locator ?? '', ['Archive'])
  const { up, exchanges } = await run()
  assert.equal(exchanges, 1)
  assert.ok(up < 500, `${up} bytes up`)
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('when what the client thought to be held is gone from the endpoint, its mail goes up without it', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mail('parent', story(3, 300)))
  await run()
  client.mail.person.deliver(['INBOX'], mail('mine', `${quoted}\nNo.`, 'parent'))
  const [parent] = endpoint.mail.snapshot().get('INBOX') ?? []
  endpoint.mail.person.remove(['INBOX'], parent?.locator ?? '')
  await run()
  await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.equal(bytesOf(endpoint).filter((each) => each.includes('Subject: mine')).length, 1)
})
