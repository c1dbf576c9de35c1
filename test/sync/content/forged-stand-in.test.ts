import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StandInFingerprint } from '../../../src/mime/stand-in/stand-in-fingerprint.js'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side, sha256 } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** Who sends mail can write a marker into it. It counts only where it was made here. */

const policy = { ...defaultPolicy, smallBytes: 100, attachmentBytes: 500 }
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

const noise = Buffer.from(seededRandom(1).bytes(3000)).toString('base64').replace(/.{76}/g, '$&\n')
const original = bytesOf(
  `From: ann@example.org\nSubject: chart\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee the chart.\n--b\nContent-Type: image/png; name="chart.png"\nContent-Transfer-Encoding: base64\n\n${noise}\n--b--\n`,
)

/** A mail with the marker that earlier builds wrote: its sum needs no secret. */
function forge(guid: string, text = 'From: mallory@example.org\nSubject: forged\n\nbody\n'): Uint8Array {
  const fingerprint = new StandInFingerprint(sha256, guid)
  fingerprint.update(bytesOf(text))
  return bytesOf(`X-Packetboat-Partial: v=1; id=${guid}; sum=${fingerprint.digest()}\n${text}`)
}

/** An endpoint with one message whose attachment is deferred, and a client that has its stand-in. */
async function partialWorld() {
  const { endpoint, client, link } = await makePair({ seed: 3 })
  endpoint.mail.person.createMailbox(['Archive'])
  endpoint.mail.person.deliver(['INBOX'], original)
  const run = () => sync(client.account, { link, policy })
  await run()
  return { endpoint, client, run }
}

const texts = (side: Side, mailbox: string): string[] =>
  (side.mail.snapshot().get(mailbox) ?? []).map(({ bytes }) => latin(bytes)).sort()

const only = (side: Side, mailbox: string) => {
  const [message, ...more] = side.mail.snapshot().get(mailbox) ?? []
  assert.ok(message && more.length === 0, `one message in ${mailbox}`)
  return message
}

const guidOf = (standIn: Uint8Array): string => /; id=([0-9a-f]{32});/.exec(latin(standIn))?.[1] ?? ''

test('a forged marker of a message that nobody knows: a client with a new database sends the mail up, and it stays', async () => {
  const { endpoint, client, run } = await partialWorld()
  const forged = forge('a'.repeat(32))
  client.mail.person.deliver(['Archive'], forged)
  await client.loseDatabase()
  for (let round = 0; round < 3; round++) await run()
  assert.deepEqual(texts(endpoint, 'Archive'), [latin(forged)])
  assert.deepEqual(texts(client, 'Archive'), [latin(forged)])
  assert.deepEqual(client.mail.aside, [])
  assert.deepEqual(
    (await listConflicts(client.account.replica.db)).filter(({ kind }) => kind === 'recalled'),
    [],
  )
})

for (const database of ['known', 'lost'] as const)
  test(`a forged marker of a message that is known (the database is ${database}): it stands for nothing, and its own text arrives`, async () => {
    const { endpoint, client, run } = await partialWorld()
    const guid = guidOf(only(client, 'INBOX').bytes)
    const forged = forge(guid)
    client.mail.person.deliver(['Archive'], forged)
    if (database === 'lost') await client.loseDatabase()
    for (let round = 0; round < 3; round++) await run()
    assert.deepEqual(texts(endpoint, 'INBOX'), [latin(original)])
    assert.deepEqual(texts(endpoint, 'Archive'), [latin(forged)])
    assert.deepEqual(texts(client, 'Archive'), [latin(forged)])
  })

test('a marker of ours on other text, by somebody who was sent the stand-in on: a mail of its own', async () => {
  const { endpoint, client, run } = await partialWorld()
  const [marker = ''] = latin(only(client, 'INBOX').bytes).split('\n')
  const forged = bytesOf(`${marker}\nFrom: mallory@example.org\nSubject: forged\n\nbody\n`)
  endpoint.mail.person.deliver(['Archive'], forged)
  await run()
  await run()
  assert.deepEqual(texts(client, 'Archive'), [latin(forged)])
  client.mail.person.deliver(['Archive'], bytesOf(latin(forged).replace('body', 'another body')))
  await run()
  await run()
  assert.equal(texts(endpoint, 'Archive').length, 2)
  assert.deepEqual(texts(endpoint, 'INBOX'), [latin(original)])
})

test('stand-ins are known after their database is lost, wherever they were moved to meanwhile', async () => {
  const { endpoint, client, run } = await partialWorld()
  client.mail.person.move(['INBOX'], only(client, 'INBOX').locator, ['Archive'])
  await client.loseDatabase()
  for (let round = 0; round < 3; round++) await run()
  const all = [...texts(endpoint, 'INBOX'), ...texts(endpoint, 'Archive')]
  assert.deepEqual(new Set(all), new Set([latin(original)]), 'nothing but the message itself is there')
})

test('a mail store without a place for the secret: the database keeps it', async () => {
  const { endpoint, client, run } = await partialWorld()
  const { keepSecret: _, ...without } = client.account.mailStore
  client.account = { ...client.account, mailStore: without }
  client.mail.person.move(['INBOX'], only(client, 'INBOX').locator, ['Archive'])
  await run()
  assert.deepEqual(texts(endpoint, 'INBOX'), [])
  assert.deepEqual(texts(endpoint, 'Archive'), [latin(original)])
})

test('a secret that is lost beside the mail is put back from the database', async () => {
  const { client, run } = await partialWorld()
  const kept = await tables.standInKey.get(client.account.replica.db)
  assert.ok(kept)
  let beside: Uint8Array | undefined
  const keepSecret = async (secret: Uint8Array) => {
    beside ??= secret
    return beside
  }
  client.account = { ...client.account, mailStore: { ...client.account.mailStore, keepSecret } }
  client.mail.person.copy(['INBOX'], only(client, 'INBOX').locator, ['Archive'])
  await run()
  assert.deepEqual(beside, kept)
})

test('a stand-in of an earlier build is known where it was written, and nowhere else', async () => {
  const { endpoint, client, run } = await partialWorld()
  const { locator, bytes } = only(client, 'INBOX')
  const old = bytesOf(
    latin(bytes)
      .replace('Partial: v=2', 'Partial: v=1')
      .replace(/; tag=[0-9a-f]*/, ''),
  )
  const guid = guidOf(old)
  // As the earlier build wrote it, and as some programs rename it.
  await client.mail.put(
    ['INBOX'],
    { guid, flags: [], internalDateMs: 1000 },
    (async function* () {
      yield old
    })(),
    { locator, flags: [] },
  )
  await run()
  assert.deepEqual(texts(endpoint, 'INBOX'), [latin(original)])
  client.mail.person.copy(['INBOX'], only(client, 'INBOX').locator, ['Archive'])
  await run()
  assert.deepEqual(texts(endpoint, 'INBOX'), [latin(original)])
  assert.equal(texts(endpoint, 'Archive').length, 1)
})

test('a relay knows the stand-ins that it wrote, also with a new database, and takes none of a device for its own', async () => {
  const random = seededRandom(9)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const relay = await makeSide('relay', { hasUpstream: true, random })
  const device = await makeSide('device', { hasUpstream: true, random })
  const shore = memoryLink(() => endpoint.account)
  const board = memoryLink(() => relay.account)
  endpoint.mail.person.createMailbox(['Archive'])
  endpoint.mail.person.deliver(['INBOX'], original)
  const round = async () => {
    await sync(relay.account, { link: shore, policy })
    await sync(device.account, { link: board, policy })
  }
  for (let n = 0; n < 2; n++) await round()
  const ofDevice = only(device, 'INBOX').bytes
  assert.notEqual(latin(ofDevice).split('\n')[0], latin(only(relay, 'INBOX').bytes).split('\n')[0])
  await relay.loseDatabase()
  for (let n = 0; n < 3; n++) await round()
  assert.deepEqual(texts(endpoint, 'INBOX'), [latin(original)])
  assert.equal(texts(device, 'INBOX').length, 1)
  // Carried over by hand from one disk to the other: what is in it, and no more.
  relay.mail.person.deliver(['Archive'], ofDevice)
  for (let n = 0; n < 2; n++) await round()
  assert.deepEqual(texts(endpoint, 'Archive'), [latin(ofDevice)])
  assert.deepEqual(texts(endpoint, 'INBOX'), [latin(original)])
})
