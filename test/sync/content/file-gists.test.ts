import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource } from '../../../src/bytes/source.js'
import { readPart } from '../../../src/mime/read-part.js'
import { splitMessage } from '../../../src/mime/split.js'
import { findCarried } from '../../../src/mime/stand-in/carried.js'
import { getContent } from '../../../src/replica/content/contents.js'
import type { ContentRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { wantParts } from '../../../src/replica/wishes.js'
import type { Arriving } from '../../../src/sync/content/part-digest.js'
import { receiveGist } from '../../../src/sync/content/receive-piece.js'
import { Shapes } from '../../../src/sync/content/shapes.js'
import { standInMarking } from '../../../src/sync/content/stand-in-key.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { GistKind } from '../../../src/sync/make-gist.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { gistKind } from '../../../src/sync/policy/rules.js'
import { base64Lines } from '../../world/letter.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const limits = [
  { what: 'attachments', upToBytes: 0 },
  { what: gistKind, upToBytes: 4096 },
]
const slow: Policy = { ...defaultPolicy, rules: [{ mailboxes: [], from: [], limits }] }

const file = (type: string, name: string, bytes: number, seed = 1): string =>
  `--b\nContent-Type: ${type}; name="${name}"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n\n${base64Lines(seed, bytes)}\n`

const mailOf = (...files: readonly string[]): Uint8Array =>
  new TextEncoder().encode(
    `From: Ann <ann@example.org>\nSubject: files\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere they are.\n${files.join('')}--b--\n`,
  )

async function makeWorld(make: (kind: GistKind) => Promise<string | undefined>) {
  const { endpoint, client, link } = await makePair({ seed: 7 })
  const made: GistKind[] = []
  endpoint.account = {
    ...endpoint.account,
    makeGist: (kind) => {
      made.push(kind)
      return make(kind)
    },
  }
  const run = (policy: Policy = slow) => sync(client.account, { link, policy })
  return { endpoint, client, link, made, run }
}

const shown = (side: Side): string[] =>
  (side.mail.snapshot().get('INBOX') ?? []).map(({ bytes }) => new TextDecoder().decode(bytes))

async function onlyContent({ account }: Side): Promise<ContentRecord> {
  for await (const { key } of tables.content.list(account.replica.db)) {
    const content = await getContent(account.replica.db, key[0])
    if (content) return content
  }
  throw new Error('nothing is known')
}

const says = async (): Promise<string> => 'Harbour dues, 12 pages\nOf all ships that call here.'

test('of a file that waits a few words come, stand in its place, and go when it comes', async () => {
  const { endpoint, client, made, run } = await makeWorld(says)
  const mail = mailOf(file('application/pdf', 'dues.pdf', 90_000))
  endpoint.mail.person.deliver(['INBOX'], mail)
  await run()
  const [stand = ''] = shown(client)
  const unfolded = stand.replaceAll('\n ', ' ')
  assert.match(
    unfolded,
    /^Content-Description: dues\.pdf, application\/pdf, 90\.0 kB, not here yet: Harbour dues, 12 pages$/m,
  )
  assert.match(
    stand,
    /\n\nHarbour dues, 12 pages\nOf all ships that call here\.\n\n\[So far in words\. The file itself:\]\n\[dues\.pdf, application\/pdf, 90\.0 kB: not here yet\]\n/,
  )
  // A person who forwards the small file sends the file itself.
  const carried = await findCarried(
    memorySource(new TextEncoder().encode(stand.replace(/^X-Packetboat-Partial.*\n/, ''))),
    await standInMarking(client.account),
    9,
  )
  assert.deepEqual(
    carried.map(({ part }) => part),
    [1],
  )
  await client.account.replica.db.transact(async (tx) => wantParts(tx, await onlyContent(client), [1]))
  await run()
  assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
  assert.equal((await onlyContent(client)).fileGists, undefined)
  assert.deepEqual(made, ['pdf'])
})

test('the small file is known again in whatever encoding a mail program carries it on', async () => {
  const { endpoint, client, run } = await makeWorld(async () => 'сборы'.repeat(200))
  endpoint.mail.person.deliver(['INBOX'], mailOf(file('application/pdf', `${'д'.repeat(200)}.pdf`, 90_000)))
  await run()
  const [stand = ''] = shown(client)
  const [, body = ''] = /\nX-Packetboat-Missing:[\s\S]*?\n\n([\s\S]*?)\n--b--/.exec(stand) ?? []
  const encoded = Buffer.from(body)
    .toString('latin1')
    .replace(/[=\x80-\xff]/g, (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/(.{60,70})(?<!=.?)(?=.)/g, '$1=\r\n')
    .replace(/(?<!\r)\n/g, '\r\n')
  const written = `Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${encoded}\r\n--c--\r\n`
  const carried = await findCarried(
    memorySource(new TextEncoder().encode(written)),
    await standInMarking(client.account),
    9,
  )
  assert.equal(carried.length, 1)
})

test('kinds are told by media types, and by names where the sender knew none; others say nothing', async () => {
  const { endpoint, client, made, run } = await makeWorld(says)
  endpoint.mail.person.deliver(
    ['INBOX'],
    mailOf(
      file('application/octet-stream', 'a.PDF', 9000, 1),
      file('application/vnd.oasis.opendocument.text', 'b', 9000, 2),
      file('application/x-zip-compressed', 'c.zip', 9000, 3),
      file('image/png', 'd.pdf', 9000, 4),
      file('application/pdf', 'small.pdf', 3000, 5),
      file('audio/mpeg', 'e', 9000, 6),
      file('application/octet-stream', 'f.WAV', 9000, 7),
    ),
  )
  await run()
  assert.deepEqual(made, ['pdf', 'office', 'archives', 'audio', 'audio'])
  assert.deepEqual(Object.keys((await onlyContent(client)).fileGists ?? {}), ['1', '2', '3', '6', '7'])
})

test('no more than eight files of a message say something, each no more than a kilobyte', async () => {
  const { endpoint, client, made, run } = await makeWorld(async () => 'word '.repeat(2000))
  const files = Array.from({ length: 12 }, (_, i) => file('application/pdf', `${i}.pdf`, 9000, i))
  endpoint.mail.person.deliver(['INBOX'], mailOf(...files))
  await run()
  assert.equal(made.length, 8)
  const gists = Object.values((await onlyContent(client)).fileGists ?? {})
  assert.ok(gists.length === 8 && gists.every(({ text }) => text.length <= 1000))
})

test('a file of which nothing can be said is tried once, and one that comes by itself, or that nobody wants words of, never', async () => {
  const { endpoint, client, made, run } = await makeWorld(async () => '')
  const mail = mailOf(file('application/pdf', 'dues.pdf', 9000))
  endpoint.mail.person.deliver(['INBOX'], mail)
  await run()
  assert.deepEqual((await onlyContent(endpoint)).fileGists, { 1: { text: '', maker: 2 } })
  assert.match(shown(client)[0] ?? '', /\n\n\[dues\.pdf, application\/pdf, 9\.0 kB: not here yet\]/)
  for (const policy of [
    defaultPolicy,
    { ...slow, rules: [{ mailboxes: [], from: [], limits: limits.slice(0, 1) }] },
    {
      ...slow,
      rules: [
        ...slow.rules,
        { mailboxes: [], from: [], limits: [{ what: 'gist/pdf', upToBytes: Number.POSITIVE_INFINITY }] },
      ],
    },
  ]) {
    const other = await makeWorld(says)
    other.endpoint.mail.person.deliver(['INBOX'], mail)
    await other.run(policy)
    assert.deepEqual(other.made, [])
  }
  assert.deepEqual(made, ['pdf'])
})

test('whoever sends more of them is not heeded, and one of what has none is refused', async () => {
  const { endpoint, client, run } = await makeWorld(async () => '')
  const files = Array.from({ length: 12 }, (_, i) => file('application/pdf', `${i}.pdf`, 9000, i))
  endpoint.mail.person.deliver(['INBOX'], mailOf(...files, file('video/mp4', 'a.mp4', 9000, 20)))
  await run()
  const arriving = { createHash: client.account.createHash, shapes: new Shapes() } as unknown as Arriving
  const { db } = client.account.replica
  for (let part = 1; part <= 12; part++) {
    const content = await onlyContent(client)
    await db.transact((tx) => receiveGist(tx, arriving, content, part, 'word '.repeat(999)))
  }
  const content = await onlyContent(client)
  const gists = Object.values(content.fileGists ?? {})
  assert.ok(gists.length === 8 && gists.every(({ text }) => text.length <= 1000))
  await assert.rejects(
    db.transact((tx) => receiveGist(tx, arriving, content, 13, 'word')),
    /a gist of what is video\/mp4/,
  )
})

const small = Buffer.concat([
  Buffer.from('RIFF\u0000\u0001\u0000\u0000WEBPVP8 '),
  Buffer.from(base64Lines(9, 900)),
]).toString('base64')

test('of a picture a small one stands beside the file that stands for it, where the policy names pictures', async () => {
  const { endpoint, client, made, run } = await makeWorld(async () => small)
  const mail = mailOf(file('image/jpeg', 'harbour.jpg', 9000))
  endpoint.mail.person.deliver(['INBOX'], mail)
  await run()
  assert.deepEqual([made, shown(client)[0]?.includes('image/webp')], [[], false])
  const pictures = { mailboxes: [], from: [], limits: [{ what: 'gist/images', upToBytes: 4096 }] }
  const other = await makeWorld(async () => small)
  other.endpoint.mail.person.deliver(['INBOX'], mail)
  await other.run({ ...slow, rules: [...slow.rules, pictures] })
  const [stand = ''] = shown(other.client)
  const { account } = other.client
  const bytes = new TextEncoder().encode(stand)
  const source = memorySource(bytes)
  const skeleton = await splitMessage(source, { createHash: account.createHash })
  assert.deepEqual(
    skeleton.parts.map(({ type, name }) => [type, name]),
    [
      ['text/plain', undefined],
      ['image/webp', 'harbour.jpg - small.webp'],
      ['application/x-packetboat-missing', 'harbour.jpg - not here yet.txt'],
    ],
  )
  const picture = await readPart(source, skeleton, 1, 0, skeleton.parts[1]?.size ?? 0)
  assert.equal(Buffer.from(picture).toString('base64'), small)
  // In a mail of a person's own that carries the file along, it stands for the picture still.
  const forwarded = memorySource(new TextEncoder().encode(stand.replace(/^X-Packetboat-Partial:.*\n/, '')))
  const carried = await findCarried(forwarded, await standInMarking(account), 9)
  assert.deepEqual(
    carried.map(({ part }) => part),
    [1],
  )
  await account.replica.db.transact(async (tx) => wantParts(tx, await onlyContent(other.client), [1]))
  await other.run()
  assert.deepEqual(shown(other.client), [new TextDecoder().decode(mail)])
})

test('what is sent as a small picture and is none is not shown', async () => {
  const { endpoint, client, run } = await makeWorld(async () => 'UklGRgABAABXRUJQ\n\n--b')
  const pictures = { mailboxes: [], from: [], limits: [{ what: 'gist/images', upToBytes: 4096 }] }
  endpoint.mail.person.deliver(['INBOX'], mailOf(file('image/jpeg', 'harbour.jpg', 9000)))
  await run({ ...slow, rules: [...slow.rules, pictures] })
  assert.deepEqual((await onlyContent(endpoint)).fileGists, { 1: { text: '', maker: 2 } })
  assert.match(shown(client)[0] ?? '', /\n\n\[harbour\.jpg, image\/jpeg, 9\.0 kB: not here yet\]/)
})

test('a small picture does not hide a text of which the picture is another version', async () => {
  const { endpoint, client, run } = await makeWorld(async () => small)
  const pictures = { mailboxes: [], from: [], limits: [{ what: 'gist/images', upToBytes: 4096 }] }
  const mail = new TextDecoder()
    .decode(mailOf(file('image/jpeg', 'harbour.jpg', 9000)))
    .replace('multipart/mixed', 'multipart/alternative')
  endpoint.mail.person.deliver(['INBOX'], new TextEncoder().encode(mail))
  await run({ ...slow, rules: [...slow.rules, pictures] })
  const types = [...(shown(client)[0] ?? '').matchAll(/^Content-Type: ([^;\n]+)/gm)].map(([, type]) => type)
  assert.deepEqual(types, ['multipart/alternative', 'text/plain', 'application/x-packetboat-missing'])
})
