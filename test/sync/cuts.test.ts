import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { sync } from '../../src/sync/exchange.js'
import { defaultPolicy } from '../../src/sync/policy.js'
import { memoryLink } from './memory-link.js'
import { seededRandom } from './random.js'
import { makeSide, type Side } from './side.js'

const policy = { ...defaultPolicy, attachmentBytes: 1e9 }
const encoder = new TextEncoder()

/** Mail with text that compresses as text does, and attachments that don't compress at all. */
function message(serial: number, attachmentBytes: number): Uint8Array {
  const random = seededRandom(serial)
  const words =
    'the ship left harbour early and we had a fair wind until noon when rain came over from the west'.split(
      ' ',
    )
  const prose = Array.from({ length: 150 }, () => random.pick(words)).join(' ')
  const head = `From: crew${serial}@example.org\nTo: shore@example.org\nSubject: log ${serial}\nDate: Mon, 02 Nov 2026 10:00:00 +0000\nMessage-ID: <${serial}@example.org>\n`
  if (attachmentBytes === 0) return encoder.encode(`${head}\n${prose}\n`)
  const base64 = Buffer.from(random.bytes(attachmentBytes))
    .toString('base64')
    .match(/.{1,76}/g)
    ?.join('\n')
  return encoder.encode(
    `${head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n${prose}\n--b\nContent-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\n${base64}\n--b--\n`,
  )
}

/** One scripted exchange with work in both directions: 12 messages to fetch, 4 to send, flags, an expunge. */
async function scene(): Promise<{ endpoint: Side; client: Side; link: ReturnType<typeof memoryLink> }> {
  const random = seededRandom(7)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const client = await makeSide('client', { hasUpstream: true, random })
  const link = memoryLink(() => endpoint.account, { chunkBytes: 200 })
  for (let i = 0; i < 3; i++) endpoint.mail.person.deliver(['INBOX'], message(i, 0))
  await sync(client.account, { link, policy })
  const [first, second] = client.mail.snapshot().get('INBOX') ?? []
  client.mail.person.setFlags(['INBOX'], first?.locator ?? '', ['\\Seen'])
  client.mail.person.remove(['INBOX'], second?.locator ?? '')
  for (let i = 10; i < 22; i++) endpoint.mail.person.deliver(['INBOX'], message(i, i % 4 === 0 ? 6000 : 0))
  for (let i = 30; i < 34; i++) client.mail.person.deliver(['INBOX'], message(i, i === 33 ? 9000 : 0))
  link.bytes.up = 0
  link.bytes.down = 0
  return { endpoint, client, link }
}

const tree = (side: Side): string[] =>
  [...side.mail.snapshot()]
    .flatMap(([name, all]) =>
      all.map(({ bytes, flags }) => `${name} ${Buffer.from(bytes).toString('base64')} ${flags.join()}`),
    )
    .sort()

for (const way of ['up', 'down'] as const) {
  test(`a cut at every 1,000th byte ${way}, then a plain run: equal, nothing lost, under 2 kB sent again`, async () => {
    const clean = await scene()
    await sync(clean.client.account, { link: clean.link, policy })
    const cleanBytes = { ...clean.link.bytes }
    assert.deepEqual(tree(clean.client), tree(clean.endpoint))
    const surplus: number[] = []
    for (let at = 1; at < cleanBytes[way]; at += 1000) {
      const { endpoint, client, link } = await scene()
      link.cutAfter({ [way]: at })
      await assert.rejects(sync(client.account, { link, policy }), (error) => hasCode(error, 'LINK_FAILED'))
      await client.restart()
      await endpoint.restart()
      await sync(client.account, { link, policy })
      assert.deepEqual(tree(client), tree(endpoint), `cut at byte ${at}`)
      assert.equal(tree(client).length, 18, `no duplicate and no loss after a cut at byte ${at}`)
      surplus.push(link.bytes.up + link.bytes.down - cleanBytes.up - cleanBytes.down)
    }
    const mean = Math.round(surplus.reduce((sum, each) => sum + each, 0) / surplus.length)
    console.log(
      `${way}: clean ${cleanBytes.up} up, ${cleanBytes.down} down; ${surplus.length} cuts, sent again on average ${mean} B, at most ${Math.max(...surplus)} B`,
    )
    assert.ok(Math.max(...surplus) < 2000)
  })
}
