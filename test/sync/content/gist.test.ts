import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getContent } from '../../../src/replica/content/contents.js'
import type { ContentRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import { wantParts } from '../../../src/replica/wishes.js'
import { readTexts } from '../../../src/sync/content/message-text.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncOptions } from '../../../src/sync/initiator/sync-options.js'
import type { GistKind } from '../../../src/sync/make-gist.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { gistKind } from '../../../src/sync/policy/rules.js'
import { base64Lines } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const gistOver = (upToBytes: number, what = gistKind): Policy['rules'][number] => ({
  mailboxes: [],
  from: [],
  limits: [{ what, upToBytes }],
})
const slow: Policy = { ...defaultPolicy, rules: [gistOver(1024)] }

/** A page of so many bytes that no codec makes smaller, with a text. */
const page = (words: string, bytes = 20_000, seed = 1): string =>
  `<p>${words}</p>\n<!--\n${base64Lines(seed, (bytes * 3) / 4)}\n-->\n`

const mailOf = (subject: string, body: string): Uint8Array =>
  new TextEncoder().encode(`From: Ann <ann@example.org>\nSubject: ${subject}\nMIME-Version: 1.0\n${body}`)

const pageMail = (subject: string, html = page(`The news of ${subject}.`)): Uint8Array =>
  mailOf(subject, `Content-Type: text/html; charset=utf-8\n\n${html}`)

const alternatives = (plain: string, html: string): Uint8Array =>
  mailOf(
    'both',
    `Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n${plain}\n--b\nContent-Type: text/html\n\n${html}\n--b--\n`,
  )

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 7 })
  const made: string[] = []
  const giveGists = (
    make = async (text: string, _kind: GistKind): Promise<string | undefined> =>
      /<p>(.*)<\/p>/.exec(text)?.[1] ?? '',
  ) => {
    endpoint.account = {
      ...endpoint.account,
      makeGist: (kind, bytes) => {
        const text = new TextDecoder().decode(bytes)
        made.push(text)
        return make(text, kind)
      },
    }
  }
  giveGists()
  const run = (policy: Policy = slow, more: Partial<SyncOptions> = {}) =>
    sync(client.account, { link, policy, ...more })
  const cost = async (policy?: Policy): Promise<number> => {
    const before = link.stats.down
    await run(policy)
    return link.stats.down - before
  }
  return { endpoint, client, link, made, giveGists, run, cost }
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

test('of a page the text comes, stands in its place, and the page itself comes byte for byte when it is wanted', async () => {
  const { endpoint, client, run, cost, made } = await makeWorld()
  const mail = pageMail('harbour')
  endpoint.mail.person.deliver(['INBOX'], mail)
  const down = await cost()
  assert.ok(down < 1000, `${down} bytes came down`)
  const [stand = ''] = shown(client)
  assert.match(stand, /^Subject: harbour$/m)
  assert.match(stand, /^Content-Type: text\/plain; charset=utf-8$/m)
  assert.match(
    stand,
    /\n\nThe news of harbour\.\n\n\[So far as text\. The page itself:\]\n\[text\/html, [\d.]+ kB: not here yet\]\n\[To get it: packetboat fetch [0-9a-f]{12}\/1\]\n/,
  )
  const content = await onlyContent(client)
  const { texts, missing } = await readTexts(client.account, content, 1000)
  assert.deepEqual([texts.map(({ text }) => text), missing], [['The news of harbour.'], [0]])
  assert.ok((await cost()) < 100, 'nothing is left to come')
  await client.account.replica.db.transact(async (tx) => wantParts(tx, content, [0]))
  await run()
  assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
  assert.equal((await onlyContent(client)).gist, undefined)
  assert.equal(made.length, 1)
})

test('a page comes as it is where the policy wants no texts, where it is small, or where a plain text says enough', async () => {
  const plain = alternatives('The news in plain words. '.repeat(30), page('x'))
  for (const [mail, policy] of [
    [pageMail('harbour'), defaultPolicy],
    [pageMail('harbour'), { ...slow, rules: [...slow.rules, gistOver(Number.POSITIVE_INFINITY)] }],
    [pageMail('small', page('x', 700)), slow],
    [pageMail('harbour'), { ...slow, rules: [...slow.rules, gistOver(30_000, 'gist/html')] }],
    [pageMail('harbour'), { ...slow, rules: [gistOver(0, 'gist/text')] }],
    [plain, slow],
  ] as const) {
    const { endpoint, client, run, made } = await makeWorld()
    endpoint.mail.person.deliver(['INBOX'], mail)
    await run(policy)
    assert.deepEqual([shown(client), made.length], [[new TextDecoder().decode(mail)], 0])
  }
})

test('a page comes as it is where no text can be made of it, and that is tried once', async () => {
  const none = async () => ''
  for (const make of [
    undefined,
    none,
    async () => ' \n',
    async () => '...\n----\n',
    async (html: string) => html,
  ]) {
    const { endpoint, client, giveGists, run, made } = await makeWorld()
    if (make) giveGists(make)
    else {
      const { makeGist: _, ...without } = endpoint.account
      endpoint.account = without
    }
    const mail = pageMail('harbour', page('x', 1500))
    endpoint.mail.person.deliver(['INBOX'], mail)
    await run()
    assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
    assert.equal(made.length, make ? 1 : 0)
    if (make) assert.equal((await onlyContent(endpoint)).gist?.text, '')
  }
})

test('a page of which the text has come comes by itself over a line on which no texts are wanted', async () => {
  const { endpoint, client, run } = await makeWorld()
  const mail = pageMail('harbour')
  endpoint.mail.person.deliver(['INBOX'], mail)
  await run()
  assert.match(shown(client)[0] ?? '', /not here yet/)
  await run(defaultPolicy)
  assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
})

test('the text of a page comes where the page is too long for the rules, too', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], pageMail('harbour'))
  await run({ ...slow, textBytes: 8000, attachmentBytes: 8000 })
  assert.match(shown(client)[0] ?? '', /^The news of harbour\.$/m)
})

test('a text is shown where an empty alternative stands beside its page, and other parts wait beside it', async () => {
  const { endpoint, client, run } = await makeWorld()
  const mail = mailOf(
    'both',
    `Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n.\n--b\nContent-Type: text/html\n\n${page('The news.')}\n--b--\n\n--m\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n${base64Lines(3, 90_000)}\n--m--\n`,
  )
  endpoint.mail.person.deliver(['INBOX'], mail)
  await run()
  const [stand = ''] = shown(client)
  assert.match(stand, /Content-Type: text\/plain; charset=utf-8\n[\s\S]*?\n\nThe news\.\n/)
  assert.match(stand, /\[image\/png, [\d.]+ kB: not here yet\]/)
  await client.account.replica.db.transact(async (tx) => wantParts(tx, await onlyContent(client), [1, 2]))
  await run()
  assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
})

test('where a plain text only says that there is a page, the text of the page comes too, and is what is read', async () => {
  const { endpoint, client, giveGists, run } = await makeWorld()
  giveGists(async () => 'The news. '.repeat(20).trim())
  const mail = alternatives('See this mail in your browser:\nhttps://example.org/1', page('x'))
  endpoint.mail.person.deliver(['INBOX'], mail)
  const never = { what: 'html', upToBytes: 0 }
  await run({ ...slow, rules: [...slow.rules, { mailboxes: [], from: [], limits: [never] }] })
  const [stand = ''] = shown(client)
  assert.match(
    stand,
    /\n\nSee this mail [\s\S]*?\nContent-Type: text\/plain; charset=utf-8\n[\s\S]*?\n\nThe news\. /,
  )
  const { texts, missing } = await readTexts(client.account, await onlyContent(client), 1000)
  assert.deepEqual([texts.map(({ text }) => text.slice(0, 9)), missing], [['See this ', 'The news.'], [1]])
  await client.account.replica.db.transact(async (tx) => wantParts(tx, await onlyContent(client), [1]))
  await run()
  assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
})

test('of a page beside a short text that says as much, no text comes', async () => {
  const { endpoint, client, giveGists, run } = await makeWorld()
  const words = 'I shall be in the harbour at nine.'
  giveGists(async () => words)
  const mail = alternatives(words, page(words))
  endpoint.mail.person.deliver(['INBOX'], mail)
  await run()
  assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
})

const lines = (start: string, count: number, seed: number): string =>
  base64Lines(seed, count * 57).replace(/^/gm, start)

test('of a long text its beginning comes, without what is quoted at its end', async () => {
  for (const [body, shows] of [
    [lines('', 200, 1), /\n\n.{76}\n[\s\S]{3900,4020}\n\[\.\.\.\]\n\n\[Shortened\. All of it:\]\n/],
    [
      `Yes.\n\nAnn wrote:\n${lines('> ', 80, 2)}\n`,
      /\n\nYes\.\n\nAnn wrote:\n\n\[\.\.\.\]\n\n\[Shortened\. All of it:\]\n/,
    ],
  ] as const) {
    const { endpoint, client, run, made } = await makeWorld()
    const mail = mailOf('long', `Content-Type: text/plain\n\n${body}`)
    endpoint.mail.person.deliver(['INBOX'], mail)
    await run()
    assert.match(shown(client)[0] ?? '', shows)
    await client.account.replica.db.transact(async (tx) => wantParts(tx, await onlyContent(client), [0]))
    await run()
    assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
    assert.equal(made.length, 0)
  }
})

test('of what went to many, and of what mostly leads elsewhere, a quarter comes of what comes of a letter', async () => {
  const address = `https://example.org/${'a'.repeat(55)}\n`
  for (const [header, body, least, most] of [
    ['', lines('', 90, 1), 3800, 4096],
    ['List-Id: <crew.example.org>\n', lines('', 90, 1), 900, 1024],
    ['List-Id: <crew.example.org>\nIn-Reply-To: <1@example.org>\n', lines('', 90, 1), 3800, 4096],
    ['', `The news:\n${address.repeat(90)}`, 900, 1024],
    ['', `${lines('', 90, 1)}\n${address.repeat(20)}`, 3800, 4096],
  ] as const) {
    const { endpoint, client, run } = await makeWorld()
    endpoint.mail.person.deliver(['INBOX'], mailOf('long', `${header}Content-Type: text/plain\n\n${body}`))
    await run()
    const { length = 0 } = (await onlyContent(client)).gist?.text ?? {}
    assert.ok(length >= least && length <= most, `${length} bytes came of ${header}`)
  }
})

test('a letter of 5 kB comes whole, and a shorter one', async () => {
  for (const bytes of [4000, 5000]) {
    const { endpoint, client, run } = await makeWorld()
    const mail = mailOf('long', `Content-Type: text/plain\n\n${lines('', bytes / 77, 1)}\n`)
    endpoint.mail.person.deliver(['INBOX'], mail)
    await run()
    assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
  }
})

test('a text comes whole of which the beginning is most, or what is left without what it quotes', async () => {
  for (const body of [
    lines('', 28, 1),
    `${lines('> ', 7, 1)}\nYes.\n${lines('', 15, 2)}`,
    lines('', 28, 3).replaceAll(/.../g, '\u6e2f'),
  ]) {
    const { endpoint, client, run } = await makeWorld()
    const mail = mailOf('long', `Content-Type: text/plain\n\n${body}`)
    endpoint.mail.person.deliver(['INBOX'], mail)
    await run()
    assert.deepEqual(shown(client), [new TextDecoder().decode(mail)])
  }
})

test('no line of a text ends a part or begins another message, and nothing in it is obeyed', async () => {
  const { endpoint, client, giveGists, run } = await makeWorld()
  giveGists(async () => `--b--\nFrom x\n>From y\n\u001b[31mred\u202e\u0000\r\n${'long'.repeat(2000)}`)
  endpoint.mail.person.deliver(['INBOX'], pageMail('harbour', page('x', 40_000)))
  await run()
  const [stand = ''] = shown(client)
  assert.match(stand, /\n --b--\n From x\n >From y\n\[31mred\n/)
  assert.match(stand, /\n\[\.\.\.\]\n/)
  assert.ok(stand.length < 5500 && stand.split('\n').every((line) => line.length <= 300))
})

test('another version of a page that is missing too does not hide its text', async () => {
  const { endpoint, client, run } = await makeWorld()
  const mail = mailOf(
    'versions',
    `Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n${page('The news.')}\n--b\nContent-Type: text/x-amp-html\n\n${page('The game.', 90_000)}\n--b--\n`,
  )
  endpoint.mail.person.deliver(['INBOX'], mail)
  await run({ ...slow, attachmentBytes: 8000 })
  const types = [...(shown(client)[0] ?? '').matchAll(/^Content-Type: ([^;\n]+)/gm)].map(([, type]) => type)
  assert.deepEqual(types, ['multipart/alternative', 'text/plain', 'application/x-packetboat-missing'])
})

test('pages of which no text comes in time hold up an answer three times, and no more', async () => {
  const { endpoint, client, made, giveGists, run } = await makeWorld()
  giveGists(async () => {
    endpoint.nowMs += 5000
    return ''
  })
  for (let i = 0; i < 6; i++) endpoint.mail.person.deliver(['INBOX'], pageMail(`${i}`, page('x', 5000, i)))
  await run()
  assert.equal(made.length, 3)
  assert.equal(shown(client).filter((each) => each.includes('not here yet')).length, 0)
})

test('texts that come late hold up an answer for a minute, and no longer', async () => {
  const { endpoint, client, made, giveGists, run } = await makeWorld()
  giveGists(async () => {
    endpoint.nowMs += 20_000
    return 'The news.'
  })
  for (let i = 0; i < 5; i++) endpoint.mail.person.deliver(['INBOX'], pageMail(`${i}`, page('x', 5000, i)))
  await run()
  assert.equal(made.length, 3)
  assert.equal(shown(client).filter((each) => each.includes('not here yet')).length, 3)
})

test('that no text could be made is kept until the program makes them in another way', async () => {
  const { endpoint, client, giveGists, run, made } = await makeWorld()
  giveGists(async () => '')
  endpoint.mail.person.deliver(['INBOX'], pageMail('harbour'))
  await run()
  const { gist, ...content } = await onlyContent(endpoint)
  assert.deepEqual(gist, { part: 0, text: '', maker: 2 })
  // As an earlier version left it, and as a device asks that is new here.
  await endpoint.account.replica.db.transact(async (tx) =>
    tables.content.put(tx, content.id, { ...content, gist: { part: 0, text: '' } }),
  )
  giveGists()
  const fresh = await makeSide('fresh', { hasUpstream: true, random: seededRandom(5) })
  await sync(fresh.account, { link: memoryLink(() => endpoint.account), policy: slow })
  assert.match(shown(fresh)[0] ?? '', /\n\nThe news of harbour\.\n/)
  assert.deepEqual([made.length, shown(client).length], [2, 1])
})

test('where no process can be started, the page comes as it is and nothing is kept of that', async () => {
  const { endpoint, giveGists, run } = await makeWorld()
  giveGists(async () => undefined)
  endpoint.mail.person.deliver(['INBOX'], pageMail('harbour'))
  await run()
  assert.equal((await onlyContent(endpoint)).gist, undefined)
})

test('what a text takes on the line is counted to its mailbox', async () => {
  const { endpoint, giveGists, run } = await makeWorld()
  giveGists(async () => base64Lines(5, 1200))
  endpoint.mail.person.deliver(['INBOX'], pageMail('harbour'))
  let down = 0
  await run(slow, { onProgress: ({ traffic }) => (down = [...traffic.values()][0]?.down ?? 0) })
  assert.ok(down > 1300, `${down} bytes were counted`)
})

for (const [what, policy] of [
  ['comes by itself', slow],
  ['is too long for the rules', { ...slow, textBytes: 8000, attachmentBytes: 8000 }],
] as const)
  test(`wherever the line breaks, the next run brings the text of a page that ${what}`, async () => {
    const lay = async () => {
      const world = await makeWorld()
      // Of each page another, and the same one after a cut.
      world.giveGists(async (html) => `The news. ${base64Lines(html.charCodeAt(3), 2500)}`)
      for (let i = 0; i < 6; i++)
        world.endpoint.mail.person.deliver(['INBOX'], pageMail(`${i}`, page(`${i}`, 12_000, i)))
      return world
    }
    // How often randomness was drawn before the key of the stand-ins was made doesn't matter here.
    const untagged = (side: Side) => shown(side).map((each) => each.replace(/tag=\w+/, ''))
    const clean = await lay()
    const bytes = await clean.cost(policy)
    const wanted = untagged(clean.client)
    assert.equal(wanted.filter((each) => each.includes('\nThe news. ')).length, 6)
    for (let at = 0; at < bytes; at += 397) {
      const { client, link, run } = await lay()
      link.cutAfter({ down: at })
      await assert.rejects(run(policy))
      await client.restart()
      await run(policy)
      assert.deepEqual(untagged(client), wanted, `cut after byte ${at}`)
      assert.ok(link.stats.down < bytes + 3072, `cut after byte ${at}: ${link.stats.down} bytes came down`)
    }
  })

test('a relay hands on the text of a page that it has not got, and fetches the page for a device that wants it', async () => {
  const { endpoint, made, link: up } = await makeWorld()
  const random = seededRandom(12)
  const relay = await makeSide('relay', { hasUpstream: true, random })
  const device = await makeSide('device', { hasUpstream: true, random })
  const down = memoryLink(() => relay.account)
  const ferry = async (policy: Policy = slow) => {
    for (const [{ account }, link] of [
      [relay, up],
      [device, down],
    ] as const)
      await sync(account, { link, policy })
  }
  const mail = pageMail('harbour')
  endpoint.mail.person.deliver(['INBOX'], mail)
  await ferry()
  assert.match(shown(device)[0] ?? '', /\n\nThe news of harbour\.\n/)
  assert.ok(up.stats.down + down.stats.down < 2000)
  await device.account.replica.db.transact(async (tx) => wantParts(tx, await onlyContent(device), [0]))
  for (let i = 0; i < 3; i++) await ferry()
  assert.deepEqual(shown(device), [new TextDecoder().decode(mail)])
  assert.equal(made.length, 1)
})
