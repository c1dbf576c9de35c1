import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { decodeSkeleton } from '../../../src/mime/skeleton-codec.js'
import { indexPart, putContent } from '../../../src/replica/content/contents.js'
import { removeFile } from '../../../src/replica/files.js'
import { tables } from '../../../src/replica/tables.js'
import { wantParts } from '../../../src/replica/wishes.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import type { Store } from '../../../src/store/store.js'
import { PartSources, takeExpectedParts } from '../../../src/sync/content/known-parts.js'
import { namingSkeleton } from '../../../src/sync/content/part-digest.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const everything = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }
const attachment = Buffer.from(seededRandom(5).bytes(60_000))
  .toString('base64')
  .match(/.{1,76}/g)
  ?.join('\n')

const carrying = (subject: string): Uint8Array =>
  new TextEncoder().encode(
    `From: Ann <ann@example.org>\nSubject: ${subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee ${subject}.\n--b\nContent-Type: application/pdf; name=chart.pdf\nContent-Transfer-Encoding: base64\n\n${attachment}\n--b--\n`,
  )

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 1 })
  let before = 0
  return {
    endpoint,
    client,
    link,
    /** One sync, and the bytes that it put on the line. */
    run: async (policy = everything, over: Carrier = link) => {
      const report = await sync(client.account, { link: over, policy })
      const all = link.stats.up + link.stats.down
      const bytes = all - before
      before = all
      return { report, bytes }
    },
  }
}

const bytesOf = (side: Side): string[] =>
  [...side.mail.snapshot().values()]
    .flat()
    .map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    .sort()

test('an attachment that stands in several new messages crosses the line once', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.createMailbox(['Work'])
  for (const subject of ['one', 'two', 'three'])
    endpoint.mail.person.deliver(subject === 'two' ? ['Work'] : ['INBOX'], carrying(subject))
  const { bytes, report } = await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.ok(bytes < 64_000, `${bytes} bytes`)
  // One that asks for the policy, one that brings all.
  assert.ok(report.exchanges <= 2, `${report.exchanges} exchanges`)
})

test('an attachment that stands in very many new messages crosses the line once, wherever it goes first, and all are whole after one sync', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.createMailbox(['Lists'])
  for (const mailbox of ['Lists', 'INBOX'])
    for (let i = 0; i < 45; i++) endpoint.mail.person.deliver([mailbox], carrying(`${mailbox} ${i}`))
  const { bytes, report } = await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.ok(bytes < 90_000, `${bytes} bytes`)
  assert.ok(report.exchanges <= 2, `${report.exchanges} exchanges`)
})

test('an attachment that the device holds already is named, not sent, in either direction', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], carrying('one'))
  await run()
  endpoint.mail.person.deliver(['INBOX'], carrying('two'))
  const down = await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.ok(down.bytes < 1500, `${down.bytes} bytes down`)
  assert.equal(down.report.exchanges, 1)
  client.mail.person.deliver(['INBOX'], carrying('three'))
  const up = await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.ok(up.bytes < 1500, `${up.bytes} bytes up`)
})

test('a part that the endpoint thought to be here and that is gone is asked for by number, in one more exchange', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], carrying('one'))
  await run()
  // The person's disk loses the file in the middle of the exchange that relies on it.
  endpoint.mail.person.deliver(['INBOX'], carrying('two'))
  const lost = [...(client.mail.snapshot().get('INBOX') ?? [])]
  const losing: Carrier = {
    exchange: async (request, signal) => {
      const answer = await link.exchange(request, signal)
      return (async function* () {
        yield* answer
        for (const { locator } of lost.splice(0)) client.mail.person.remove(['INBOX'], locator)
      })()
    },
  }
  const { report } = await run(everything, losing)
  await run()
  await run()
  assert.ok(report.exchanges <= 2)
  assert.deepEqual(
    bytesOf(client).filter((mail) => mail.includes('See two')),
    bytesOf(endpoint).filter((mail) => mail.includes('See two')),
  )
})

for (const way of ['up', 'down'] as const)
  test(`a file that an attachment is copied from was written into: mail that goes ${way} with the same gets the right one`, async () => {
    const { endpoint, client, run } = await makeWorld()
    const [sender, receiver] = way === 'up' ? [client, endpoint] : [endpoint, client]
    endpoint.mail.person.deliver(['INBOX'], carrying('one'))
    await run()
    const [found] = receiver.mail.snapshot().get('INBOX') ?? []
    assert.ok(found)
    const { locator, ...stored } = found
    const at = stored.bytes.length - 500
    // As many bytes, and the folder looks as before.
    const bytes = stored.bytes.with(at, stored.bytes[at] === 65 ? 66 : 65)
    receiver.mail.person.putBack(['INBOX'], locator, { ...stored, bytes })
    sender.mail.person.deliver(['INBOX'], carrying('two'))
    for (let round = 0; round < 3; round++) await run()
    for (const side of [sender, receiver])
      assert.equal(
        bytesOf(side).filter((mail) => Buffer.from(carrying('two')).equals(Buffer.from(mail, 'latin1')))
          .length,
        1,
      )
    const quiet = await run()
    assert.ok(quiet.bytes < 400, `${quiet.bytes} bytes though nothing is new`)
  })

test('a deferred part comes for nothing when the same is fetched with another message', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], carrying('one'))
  endpoint.mail.person.deliver(['INBOX'], carrying('two'))
  const thrifty = { ...defaultPolicy, attachmentBytes: 1000 }
  const first = await run(thrifty)
  assert.ok(first.bytes < 3000, `${first.bytes} bytes`)
  const all = await run()
  assert.ok(all.bytes < 63_000, `${all.bytes} bytes`)
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('a part that stands in one message twice crosses the line once, also when the message comes a second time', async () => {
  const { endpoint, client, run } = await makeWorld()
  const event = Buffer.from(seededRandom(6).bytes(6000))
    .toString('base64')
    .match(/.{1,76}/g)
    ?.join('\n')
  const part = (type: string): string =>
    `--b\nContent-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${event}\n`
  endpoint.mail.person.deliver(
    ['INBOX'],
    new TextEncoder().encode(
      `From: Ann <ann@example.org>\nSubject: come\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nCome.\n${part('application/octet-stream')}${part('application/x-event')}--b--\n`,
    ),
  )
  const { bytes } = await run()
  assert.ok(bytes < 7500, `${bytes} bytes`)
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  // All bytes of it are lost here, and it is asked for by the numbers of its parts.
  const { db } = client.account.replica
  for await (const { key, value } of tables.content.list(db))
    await db.transact(async (tx) => {
      putContent(tx, { ...value, whole: false, held: [] })
      tables.expected.put(tx, key[0], true)
      for await (const { key: file, value: place } of tables.file.list(tx)) {
        await removeFile(tx, place.message)
        tables.todo.put(tx, file[0], place.message, true)
      }
    })
  for (const { locator } of client.mail.snapshot().get('INBOX') ?? [])
    client.mail.person.remove(['INBOX'], locator)
  await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

/** For each content of a side by subject: which of its parts have a digest on the line, and which have one in the store. */
async function digestsOf({ account }: Side): Promise<Map<string, { wire: boolean[]; stored: boolean[] }>> {
  const found = new Map<string, { wire: boolean[]; stored: boolean[] }>()
  const { db } = account.replica
  for await (const { value } of tables.content.list(db)) {
    if (!value.skeleton || !value.envelope) continue
    const known = (skeleton: Uint8Array): boolean[] =>
      decodeSkeleton(skeleton).parts.map(({ digest }) => digest !== undefined)
    const { subject = '' } = decodeEnvelope(value.envelope)
    const naming = await namingSkeleton(db, value.id, decodeSkeleton(value.skeleton), 'all')
    found.set(subject, { wire: known(naming), stored: known(value.skeleton) })
  }
  return found
}

test('digests go over the line for parts that stand in another mail too, and are computed where they come for all of some size', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], carrying('alone'))
  await run()
  assert.deepEqual(
    [(await digestsOf(endpoint)).get('alone'), (await digestsOf(client)).get('alone')],
    [
      { wire: [false, false], stored: [true, true] },
      { wire: [false, false], stored: [false, true] },
    ],
  )
  endpoint.mail.person.deliver(['INBOX'], carrying('again'))
  await run()
  assert.deepEqual((await digestsOf(endpoint)).get('again')?.wire, [false, true])
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('an attachment of several mails whose line was cut before it comes once', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  for (const subject of ['one', 'two', 'three']) endpoint.mail.person.deliver(['INBOX'], carrying(subject))
  link.cutAfter({ down: 20_000 })
  await assert.rejects(run())
  endpoint.mail.person.deliver(['INBOX'], carrying('four'))
  const { report } = await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.equal(report.exchanges, 1)
  // What came before the cut, and once all of it.
  assert.ok(link.stats.down < 84_000, `${link.stats.down} bytes down`)
})

test('a part that was cut when its mail was the only one with it comes in the next exchange, whatever has come meanwhile', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], carrying('one'))
  link.cutAfter({ down: 20_000 })
  await assert.rejects(run())
  endpoint.mail.person.deliver(['INBOX'], carrying('two'))
  const { report } = await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.equal(report.exchanges, 1)
})

test('a skeleton names 64 parts at most, since it comes whatever anybody wants of them; the others are sent', async () => {
  const { endpoint, client, run } = await makeWorld()
  const many = (subject: string): Uint8Array =>
    new TextEncoder().encode(
      `From: Ann <ann@example.org>\nSubject: ${subject}\nContent-Type: multipart/mixed; boundary=b\n\n${Array.from({ length: 100 }, (_, i) => `--b\nContent-Type: image/png\n\n${Buffer.from(seededRandom(i).bytes(600)).toString('base64')}\n`).join('')}--b--\n`,
    )
  endpoint.mail.person.deliver(['INBOX'], many('one'))
  await run()
  endpoint.mail.person.deliver(['INBOX'], many('two'))
  await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  const { db } = endpoint.account.replica
  for await (const { value } of tables.content.list(db)) {
    assert.ok(value.skeleton)
    const naming = await namingSkeleton(db, value.id, decodeSkeleton(value.skeleton), 'all')
    assert.equal(decodeSkeleton(naming).parts.filter(({ digest }) => digest !== undefined).length, 64)
  }
})

test('an attachment of several messages that are new here goes up once', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  await run()
  const before = link.stats.up
  for (const subject of ['one', 'number two', 'the third'])
    client.mail.person.deliver(['INBOX'], carrying(subject))
  await run()
  assert.deepEqual(bytesOf(endpoint), bytesOf(client))
  assert.equal(bytesOf(endpoint).length, 3)
  assert.ok(link.stats.up - before < 64_000, `${link.stats.up - before} bytes up`)
})

test('one that stands twice in a message that is new here goes up once', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  await run()
  const before = link.stats.up
  const part = `--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n${attachment}\n`
  const both = `From: ann@example.org\nSubject: both\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${part}${part}--b--\n`
  client.mail.person.deliver(['INBOX'], new TextEncoder().encode(both))
  await run()
  assert.deepEqual(bytesOf(endpoint), bytesOf(client))
  assert.ok(link.stats.up - before < 63_000, `${link.stats.up - before} bytes up`)
})

for (const cut of [300, 20_000, 60_700, 61_200])
  test(`it goes up once where the line is cut after ${cut} bytes, and where more of them are written meanwhile`, async () => {
    const { endpoint, client, link, run } = await makeWorld()
    await run()
    const before = link.stats.up
    for (const subject of ['one', 'number two']) client.mail.person.deliver(['INBOX'], carrying(subject))
    link.cutAfter({ up: cut })
    await run().catch(() => undefined)
    link.cutAfter({})
    client.mail.person.deliver(['INBOX'], carrying('the third'))
    await run()
    assert.deepEqual(bytesOf(endpoint), bytesOf(client))
    assert.equal(bytesOf(endpoint).length, 3)
    assert.ok(link.stats.up - before < 66_000, `${link.stats.up - before} bytes up`)
  })

test('it goes up once in an upload of several exchanges, each within a budget', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  await run()
  const before = link.stats.up
  for (const subject of ['one', 'number two']) client.mail.person.deliver(['INBOX'], carrying(subject))
  for (let i = 0; i < 12; i++) {
    const end = link.stats.up + link.stats.down + 15_000
    const bytesLeft = (): number => end - link.stats.up - link.stats.down
    const { paused } = await sync(client.account, { link, policy: everything, bytesLeft })
    if (!paused) break
  }
  assert.deepEqual(bytesOf(endpoint), bytesOf(client))
  assert.equal(bytesOf(endpoint).length, 2)
  assert.ok(link.stats.up - before < 68_000, `${link.stats.up - before} bytes up`)
})

test('a part of which somebody wants every copy comes once and for all of them, where a message has it twice too', async () => {
  const big = `Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n${attachment}\n`
  const head = 'From: ann@example.org\nMIME-Version: 1.0\nSubject: '
  const single = `${head}single\n${big}`
  const both = `${head}both\nContent-Type: multipart/mixed; boundary=b\n\n--b\n${big}--b\n${big}--b--\n`
  for (const mails of [
    [single, both],
    [both, single],
  ]) {
    const { endpoint, client, link, run } = await makeWorld()
    for (const mail of mails) endpoint.mail.person.deliver(['INBOX'], new TextEncoder().encode(mail))
    const thrifty = { ...defaultPolicy, smallBytes: 100, attachmentBytes: 100 }
    await run(thrifty)
    const before = link.stats.down
    const { db } = client.account.replica
    for await (const { value } of tables.content.list(db))
      await db.transact(async (tx) => void wantParts(tx, value, [0, 1]))
    await run(thrifty)
    assert.deepEqual(bytesOf(client), bytesOf(endpoint))
    assert.ok(link.stats.down - before < 62_000, `${link.stats.down - before} bytes down`)
  }
})

test('contents of which nothing is lacking any more are no longer expected, many in one transaction', async () => {
  let commits = 0
  const counting = (store: Store): Store => ({
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    list: (range, options) => store.list(range, options),
    commit: (batch) => {
      commits++
      return store.commit(batch)
    },
    generation: () => store.generation(),
    close: () => store.close(),
  })
  const { account } = await makeSide('client', {
    hasUpstream: true,
    random: seededRandom(1),
    watchStore: counting,
  })
  const { db } = account.replica
  await db.transact(async (tx) => {
    for (let i = 0; i < 100; i++) {
      const id = `content-${i}`
      putContent(tx, { id, sizeBytes: 0, held: [], whole: i % 2 === 0, progress: 0, upstreamHas: true })
      tables.expected.put(tx, id, true)
    }
  })
  commits = 0
  await takeExpectedParts(account, everything)
  assert.equal(await tables.expected.count(db), 50)
  assert.ok(commits <= 4, `${commits} commits`)
})

test('of very many places of a part each is looked at once, and not all of them for one message', async () => {
  const db = openDatabase(new MemoryStore())
  const digest = 'd'.repeat(64)
  const nameOf = (i: number): string => String(i).padStart(32, '0')
  await db.transact(async (tx) => {
    for (let i = 0; i < 10_050; i++) indexPart(tx, digest, { content: nameOf(i), part: 0 })
  })
  const sources = new PartSources()
  const look = async (): Promise<string[]> => {
    const places: string[] = []
    for await (const { content } of sources.places(db, digest)) places.push(content)
    return places
  }
  assert.equal((await look()).length, 10_000)
  sources.note(digest, { content: nameOf(7), part: 0 })
  assert.deepEqual(await look(), [nameOf(7), ...Array.from({ length: 50 }, (_, i) => nameOf(10_000 + i))])
  assert.deepEqual(await look(), [nameOf(7)])
  sources.drop(digest, { content: nameOf(7), part: 0 })
  for (let i = 0; i < 150; i++) sources.note(digest, { content: nameOf(i), part: 0 })
  assert.equal((await look()).length, 100)
})
