import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { decodeSkeleton, encodeSkeleton } from '../../../src/mime/skeleton-codec.js'
import { structureStartBytes } from '../../../src/mime/structure-rest.js'
import { getContent, putContent } from '../../../src/replica/content/contents.js'
import type { ContentRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { declineParts, wantParts } from '../../../src/replica/wishes.js'
import { blobSize } from '../../../src/store/blob.js'
import { partBlob } from '../../../src/sync/content/content-access.js'
import { pieceSizes } from '../../../src/sync/content/piece.js'
import { dryRun } from '../../../src/sync/initiator/dry-run.js'
import type { ExchangeTally } from '../../../src/sync/initiator/exchange-tally.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { smallOnly } from '../../../src/sync/policy/small-policy.js'
import { type WaitingMessage, waitingMessages } from '../../../src/told/waiting-parts.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** What an author can make a person pay, by what a mail has around its parts. */

const random = (seed: number, bytes: number): string =>
  Buffer.from(seededRandom(seed).bytes(Math.ceil(bytes * 0.75)))
    .toString('base64')
    .slice(0, bytes)
const lines = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, i) => random(seed + i, 900)).join('\n')

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const start =
  'From: Ann <ann@example.org>\nTo: bob@example.org\nSubject: you pay\nMessage-ID: <1@example.org>\nReferences: <0@example.org>\n'

/** Some 830 kB of fields that mean nothing and of preambles that nobody sees, around two letters of text. */
function bomb(): Uint8Array {
  const fields = Array.from({ length: 240 }, (_, i) => `X-A${i}: ${random(i, 900)}\n`).join('')
  const levels = Array.from({ length: 10 }, (_, i) => i)
  const opened = levels.map(
    (i) => `Content-Type: multipart/mixed; boundary="b${i}"\n\n${lines(1000 * (i + 1), 68)}\n--b${i}\n`,
  )
  const closed = levels.toReversed().map((i) => `--b${i}--\n`)
  return encode(
    `${start}MIME-Version: 1.0\n${fields}${opened.join('')}Content-Type: text/plain\n\nhi\n${closed.join('')}`,
  )
}

/** A letter with so many bytes of structure, more or less. */
const letter = (structureBytes: number, seed = 7): Uint8Array =>
  encode(
    `${start}${Array.from({ length: Math.ceil((structureBytes - start.length) / 80) }, (_, i) => `X-B${i % 10}: ${random(seed * 1000 + i, 72)}\n`).join('')}\nA letter.\n`,
  )

const thrifty: Policy = {
  ...defaultPolicy,
  attachmentBytes: 0,
  coldBytes: 0,
  rules: [{ mailboxes: [], from: [], limits: [{ what: 'text', upToBytes: 1024 }] }],
}
const withStructure = (upToBytes: number, rule: Partial<Policy['rules'][number]> = {}): Policy => ({
  ...defaultPolicy,
  rules: [{ mailboxes: [], from: [], ...rule, limits: [{ what: 'structure', upToBytes }] }],
})
const everything: Policy = { ...defaultPolicy, attachmentBytes: 1e9, structureBytes: 1e9 }

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 1 })
  const run = (policy: Policy = thrifty) => sync(client.account, { link, policy })
  /** Bytes that come down in a run. */
  const cost = async (policy?: Policy): Promise<number> => {
    const before = link.stats.down
    await run(policy)
    return link.stats.down - before
  }
  return { endpoint, client, link, run, cost }
}

const bytesOf = (side: Side): string[] =>
  [...side.mail.snapshot().values()]
    .flat()
    .map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    .sort()
const isStandIn = (text: string): boolean => /^X-Packetboat-Partial:/m.test(text)

async function waitingOf({ account }: Side, policy: Policy = thrifty): Promise<WaitingMessage[]> {
  const found: WaitingMessage[] = []
  for await (const message of waitingMessages(account.replica.db, policy)) found.push(message)
  return found
}

async function contentsOf({ account }: Side): Promise<ContentRecord[]> {
  const { db } = account.replica
  const found: ContentRecord[] = []
  for await (const { key } of tables.content.list(db)) {
    const content = await getContent(db, key[0])
    if (content) found.push(content)
  }
  return found
}

/** The only content here. */
async function contentOf(side: Side): Promise<ContentRecord> {
  const [content] = await contentsOf(side)
  assert.ok(content)
  return content
}

/** What has come of each piece of the only content. */
async function heldOf(side: Side): Promise<number[]> {
  const content = await contentOf(side)
  const count = content.skeleton ? pieceSizes(decodeSkeleton(content.skeleton)).length : 0
  const { db } = side.account.replica
  return Promise.all(Array.from({ length: count }, (_, piece) => blobSize(db, partBlob(content.id, piece))))
}

const want = async (side: Side, piece: number): Promise<void> => {
  const content = await contentOf(side)
  await side.account.replica.db.transact(async (tx) => wantParts(tx, content, [piece]))
}

test('of a mail of 830 kB with two letters of text there come its text and 4 kB of its structure, and no more', async () => {
  const { endpoint, client, link, run, cost } = await makeWorld()
  const bytes = bomb()
  endpoint.mail.person.deliver(['INBOX'], bytes)
  const before = link.stats.down
  let deferred: ExchangeTally['deferred'] | undefined
  await sync(client.account, { link, policy: thrifty, onProgress: (received) => ({ deferred } = received) })
  const down = link.stats.down - before
  assert.deepEqual(deferred, { parts: 1, bytes: bytes.length - 2 - structureStartBytes })
  assert.deepEqual(await heldOf(client), [2, structureStartBytes, 0])
  assert.ok(down < structureStartBytes + 500, `${down} bytes down`)
  // Nothing is owed, and nothing more is asked for: not by usual rules either.
  assert.ok((await cost()) < 100)
  assert.ok((await cost(defaultPolicy)) < 100)

  const [waiting, ...others] = await waitingOf(client)
  assert.equal(others.length, 0)
  const [part] = waiting?.parts ?? []
  assert.deepEqual(
    { ...part, name: undefined, type: undefined },
    {
      name: undefined,
      part: 2,
      tier: undefined,
      cold: false,
      structure: true,
      type: undefined,
      fileName: undefined,
      sizeBytes: bytes.length - 2 - structureStartBytes,
      heldBytes: 0,
      state: 'deferred',
    },
  )
  const [shown = ''] = bytesOf(client)
  assert.ok(isStandIn(shown))
  assert.match(shown, /^From: Ann <ann@example.org>$/m)
  assert.match(shown, /^Message-ID: <1@example.org>$/m)
  assert.match(shown, /^Comments: 827 kB of the header and .*not here yet/m)
  assert.match(shown, /\nhi\n/)

  await want(client, 2)
  await run()
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  assert.deepEqual(await waitingOf(client), [])
})

test('a mail that is nothing but names, types, people and encodings costs some kB of that', async () => {
  const { endpoint, client, run, cost } = await makeWorld()
  await run()
  const people = (who: string): string =>
    Array.from({ length: 20 }, (_, i) => `"${random(i + who.length, 190)}" <${random(i, 200)}@x.org>`).join(
      ',\n ',
    )
  const parts = Array.from(
    { length: 900 },
    (_, i) =>
      `--b\nContent-Type: application/x-${random(i, 80)
        .toLowerCase()
        .replaceAll(
          /[^a-z]/g,
          '',
        )}; charset=x${i}; name="${random(i + 2000, 230)}"\nContent-Transfer-Encoding: quoted-printable\n\n${random(i, 100).replaceAll(/../g, '$&=\n')}\n`,
  )
  endpoint.mail.person.deliver(
    ['INBOX'],
    encode(
      `From: ann@example.org\nTo: ${people('to')}\nCc: ${people('cc+')}\nSubject: ${random(1, 3000)}\nContent-Type: multipart/mixed; boundary=b\n\n${parts.join('')}--b--\n`,
    ),
  )
  const never = { mailboxes: [], from: [], limits: [{ what: 'attachments', upToBytes: 0 }] }
  const nothing = { ...thrifty, rules: [...thrifty.rules, never] }
  const down = await cost(nothing)
  assert.ok(down < 16_000, `${down} bytes down`)
  // All parts, and the rest of what stands around them.
  assert.equal((await waitingOf(client, nothing))[0]?.parts.length, 901)
})

test('a mail whose parts lie forty levels deep is one part, and what describes it costs next to nothing', async () => {
  const { endpoint, run, cost } = await makeWorld()
  await run()
  const nested = (part: number, levels: number): string =>
    levels === 0
      ? `Content-Type: text/plain\n\n${random(part, 20)}\n`
      : `Content-Type: multipart/x; boundary=b${part}.${levels}\n\n--b${part}.${levels}\n${nested(part, levels - 1)}--b${part}.${levels}--\n`
  const parts = Array.from({ length: 300 }, (_, part) => `--b\n${nested(part, 40)}`)
  endpoint.mail.person.deliver(
    ['INBOX'],
    encode(`${start}Content-Type: multipart/mixed; boundary=b\n\n${parts.join('')}--b--\n`),
  )
  const down = await cost({ ...thrifty, rules: [] })
  assert.ok(down < 2000, `${down} bytes down`)
  const { skeleton } = await contentOf(endpoint)
  assert.equal(skeleton && decodeSkeleton(skeleton).parts.length, 1)
})

test('a sync before which nothing big is to come, a dry run, and a run in which all was refused, cost no more', async () => {
  const { endpoint, client, link, run, cost } = await makeWorld()
  await run()
  endpoint.mail.person.deliver(['INBOX'], bomb())
  const { down } = await dryRun(client.account, { link, policy: thrifty })
  assert.ok(down && down.bytes < structureStartBytes + 500, `${down?.bytes} bytes forecast`)
  const took = await cost(smallOnly(everything))
  assert.ok(took < structureStartBytes + 500 && took >= down.bytes, `${took} bytes down`)
  const content = await contentOf(client)
  await client.account.replica.db.transact(async (tx) => declineParts(tx, content, [2], 'never'))
  assert.ok((await cost(everything)) < 500)
  assert.deepEqual(
    (await waitingOf(client)).flatMap(({ parts }) => parts.map(({ state }) => state)),
    ['never'],
  )
})

test('a long header comes whole up to what the rules say of structures, for the mailbox and the sender too', async () => {
  for (const [policy, whole] of [
    [defaultPolicy, true],
    [{ ...defaultPolicy, structureBytes: 9000 }, false],
    [withStructure(11_000), true],
    [withStructure(8192), false],
    [withStructure(0), false],
    [withStructure(Number.POSITIVE_INFINITY), true],
    [withStructure(0, { mailboxes: ['Junk'] }), true],
    [withStructure(0, { mailboxes: ['INBOX'] }), false],
    [withStructure(0, { from: ['ann@*'] }), false],
    [thrifty, true],
  ] as const) {
    const { endpoint, client, cost } = await makeWorld()
    endpoint.mail.person.deliver(['INBOX'], letter(10_000))
    await cost(policy)
    assert.equal(bytesOf(client).every(isStandIn), !whole, JSON.stringify(policy.rules))
    await cost(everything)
    assert.deepEqual(bytesOf(client), bytesOf(endpoint))
  }
})

test('whoever wants all attachments has not asked for a long header: it waits until it is fetched, or the rules want it', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], letter(60_000))
  endpoint.mail.person.deliver(['INBOX'], withAttachment())
  await run({ ...defaultPolicy, attachmentBytes: 1e9 })
  assert.equal(bytesOf(client).filter(isStandIn).length, 1)
  assert.deepEqual(
    (await waitingOf(client)).flatMap(({ parts }) => parts.map(({ structure }) => structure)),
    [true],
  )
  await run(withStructure(Number.POSITIVE_INFINITY))
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('what came of the rest before a cut is not sent again, wherever the cut is', async () => {
  const wanting = async () => {
    const pair = await makeWorld()
    pair.endpoint.mail.person.deliver(['INBOX'], letter(60_000))
    await pair.run()
    await want(pair.client, 2)
    return pair
  }
  const whole = await (await wanting()).cost()
  for (let at = 100; at < whole; at += 3700) {
    const { endpoint, client, link, run } = await wanting()
    const before = link.stats.down
    link.cutAfter({ down: at })
    await assert.rejects(run(), { code: 'LINK_FAILED' })
    const [, , held = 0] = await heldOf(client)
    // 4 bytes of base64 take 3, and a frame that is cut has 4 kB.
    assert.ok(held > at - 4500, `${held} bytes are kept of ${at}`)
    await run()
    assert.deepEqual(bytesOf(client), bytesOf(endpoint))
    const took = link.stats.down - before
    assert.ok(took < whole + 3500, `${took} bytes where ${whole} do`)
  }
})

test('a list entry stays as it was while the header that it stands for is cut', async () => {
  const { endpoint, client, run } = await makeWorld()
  const filler = Array.from({ length: 80 }, (_, i) => `X-B${i}: ${random(i, 72)}\n`)
  const subject = `${random(99, 70)} ${random(98, 70)}`
  for (const fields of [filler.slice(0, 40), filler]) {
    const before = fields.join('')
    endpoint.mail.person.deliver(
      ['INBOX'],
      encode(
        `Message-ID: <${before.length}@example.org>\n${before}From: Ann <ann@example.org>\nTo: ${Array.from({ length: 18 }, (_, i) => `p${i} <person${i}@mail.example.org>`).join(',\n ')}\nSubject: ${subject}\nX-Z: ${random(5, 20_000)}\n\nA letter.\n`,
      ),
    )
  }
  await run()
  for (const content of await contentsOf(client)) {
    const { from, to, subject: shown, messageId } = decodeEnvelope(content.envelope ?? new Uint8Array())
    assert.match(messageId ?? '', /^\d+@example.org$/)
    assert.equal(from[0]?.address, 'ann@example.org')
    assert.equal(to.length, 18)
    assert.equal(shown, subject)
  }
  await run(everything)
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('what is uploaded has all of its structure', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  await run()
  client.mail.person.deliver(['INBOX'], letter(60_000))
  link.cutAfter({ up: 30_000 })
  await assert.rejects(run(), { code: 'LINK_FAILED' })
  await run()
  assert.equal(bytesOf(endpoint).length, 1)
  assert.deepEqual(bytesOf(client), bytesOf(endpoint))
})

test('a relay lets its devices have what it has, and fetches no more than they want', async () => {
  const seeded = seededRandom(3)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seeded })
  const relay = await makeSide('relay', { hasUpstream: true, random: seeded })
  const device = await makeSide('device', { hasUpstream: true, random: seeded })
  const [up, down] = [memoryLink(() => endpoint.account), memoryLink(() => relay.account)]
  const round = async (): Promise<void> => {
    await sync(relay.account, { link: up, policy: thrifty })
    await sync(device.account, { link: down, policy: thrifty })
  }
  endpoint.mail.person.deliver(['INBOX'], bomb())
  for (let i = 0; i < 3; i++) await round()
  for (const { stats } of [up, down])
    assert.ok(stats.down < structureStartBytes + 900, `${stats.down} bytes down`)
  assert.deepEqual(await heldOf(device), [2, structureStartBytes, 0])
  await want(device, 2)
  for (let i = 0; i < 3; i++) await sync(device.account, { link: down, policy: thrifty }).then(round)
  assert.deepEqual(bytesOf(device), bytesOf(endpoint))
})

/** The content as it was recorded before a long structure had a rest. */
async function recordAsBefore(side: Side): Promise<void> {
  const content = await contentOf(side)
  assert.ok(content.skeleton)
  const { restBytes, ...skeleton } = decodeSkeleton(content.skeleton)
  assert.ok(restBytes)
  await side.account.replica.db.transact(async (tx) => {
    putContent(tx, { ...content, skeleton: encodeSkeleton(skeleton) })
  })
}

const withAttachment = (): Uint8Array =>
  encode(
    `${start}${Array.from({ length: 120 }, (_, i) => `X-B${i}: ${random(i, 90)}\n`).join('')}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nA letter.\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n${random(5, 12_000)}\n--b--\n`,
  )

test('records from before a long structure had a rest go on: at the endpoint, on the device, on both', async () => {
  for (const before of [true, false]) {
    const { endpoint, client, link, run } = await makeWorld()
    endpoint.mail.person.deliver(['INBOX'], withAttachment())
    // The endpoint knows of the mail, and the device doesn't yet.
    await run({ ...thrifty, select: ['!*'] })
    const recorded = await contentOf(endpoint)
    await recordAsBefore(endpoint)
    if (before) link.cutAfter({ down: 9000 })
    await run().catch(() => undefined)
    const held = await heldOf(client)
    if (before) assert.ok((held[2] ?? 0) > structureStartBytes && (held[2] ?? 0) < 12_000, `${held}`)
    else assert.deepEqual(held, [9, 0, pieceSizes(decodeSkeleton((await contentOf(client)).skeleton!))[2]!])
    // Its database is made anew, or only the device is as it was.
    await endpoint.account.replica.db.transact(async (tx) => {
      putContent(tx, recorded)
    })
    await run()
    await run()
    await run(everything)
    assert.deepEqual(bytesOf(client), bytesOf(endpoint), `${before}`)
  }
})

test('whatever is around the parts of a mail, no more than the rules say comes, and all of it when it is wanted', async () => {
  const size = fc.integer({ min: 0, max: 30_000 })
  await fc.assert(
    fc.asyncProperty(
      fc.record({ header: size, preamble: size, epilogue: size, inner: size, cold: size }),
      fc.constantFrom(0, 4096, 8192, 16_384, 40_000),
      fc.nat(),
      async ({ header, preamble, epilogue, inner, cold }, limit, seed) => {
        const fill = (bytes: number, salt: number): string =>
          random(seed + salt, bytes).replaceAll(/.{70}/g, '$&\n ')
        const { endpoint, client, run, cost } = await makeWorld()
        endpoint.mail.person.deliver(
          ['INBOX'],
          encode(
            `${start}DKIM-Signature: ${fill(cold, 1)}\nX-A: ${fill(header, 2)}\nContent-Type: multipart/mixed; boundary=b\n\n${fill(preamble, 3)}\n--b\nX-I: ${fill(inner, 4)}\n\nhi\n--b--\n${fill(epilogue, 5)}\n`,
          ),
        )
        const policy = { ...thrifty, structureBytes: limit }
        const down = await cost(policy)
        const content = await contentOf(client)
        const { cold: apart, restBytes = 0 } = content.whole
          ? { cold: undefined }
          : decodeSkeleton(content.skeleton!)
        const most = Math.max(limit, structureStartBytes)
        assert.ok(down < most + 700, `${down} bytes down of ${most}`)
        const left = (await waitingOf(client, policy)).flatMap(({ parts }) => parts)
        assert.equal(
          left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
          (apart?.sizeBytes ?? 0) + (left.some(({ structure }) => structure) ? restBytes : 0),
        )
        await run({ ...everything, coldBytes: 1e9 })
        assert.deepEqual(bytesOf(client), bytesOf(endpoint))
      },
    ),
    { numRuns: 40, seed: Number(process.env['PACKETBOAT_SEED'] ?? 1) },
  )
})
