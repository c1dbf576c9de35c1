import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Envelope } from '../../../src/mime/headers/envelope.js'
import { encodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { putContent } from '../../../src/replica/contents.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import {
  mayServe,
  mayServeContent,
  SaidParts,
  type SharedHistory,
} from '../../../src/sync/policy/shared-history.js'
import { open } from '../../replica/records/open.js'
import { id } from '../../replica/world.js'
import { seededRandom } from '../../world/random.js'
import { makePair } from '../../world/star.js'

const file = (seed: number): string =>
  Buffer.from(seededRandom(seed).bytes(9000)).toString('base64').replace(/.{76}/g, '$&\n')

/** A secret that no dictionary knows, always as long. */
const secret = (seed: number): string => Buffer.from(seededRandom(seed).bytes(12)).toString('hex')

interface Mail {
  readonly from: string
  readonly id: string
  readonly text: string
  readonly attachment?: string
  readonly answers?: string
}

function mail({ from, id, text, attachment, answers }: Mail): Uint8Array {
  const reply = answers === undefined ? '' : `In-Reply-To: <${answers}@mail.example>\n`
  const head = `From: ${from}\nTo: me@example.org\nSubject: news\nMessage-ID: <${id}@mail.example>\n${reply}Date: Mon, 02 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n`
  const body = attachment
    ? `Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n${text}\n--b\nContent-Type: application/pdf; name=f.pdf\nContent-Transfer-Encoding: base64\n\n${attachment}\n--b--\n`
    : `\n${text}\n`
  return new TextEncoder().encode(head + body)
}

const bank = 'Bank <noreply@bank.example>'
const stranger = 'Mallory <m@evil.example>'
const code = (seed: number): string => `Hello, your code for today is ${secret(seed)}. Tell nobody.`

interface Asked {
  readonly held: Mail
  readonly coming: readonly Mail[]
  readonly mix?: boolean
  /** Written on the device, so that it goes up. */
  readonly up?: boolean
}

/** Bytes of the run that brings the second mails, where both sides hold the first. */
async function cost(sharedHistory: SharedHistory, { held, coming, mix = false, up = false }: Asked) {
  const { endpoint, client, link } = await makePair({ seed: 1 })
  const run = (mix = false) =>
    sync(client.account, { link, policy: { ...defaultPolicy, sharedHistory }, mix })
  endpoint.mail.person.deliver(['INBOX'], mail(held))
  await run()
  await run()
  const before = { ...link.stats }
  for (const each of coming) (up ? client : endpoint).mail.person.deliver(['INBOX'], mail(each))
  const { exchanges } = await run(mix)
  assert.equal(exchanges, 1)
  const snapshot = (side: typeof client): string[] =>
    (side.mail.snapshot().get('INBOX') ?? []).map(({ bytes }) => Buffer.from(bytes).toString('latin1')).sort()
  assert.deepEqual(snapshot(client), snapshot(endpoint))
  return { up: link.stats.up - before.up, down: link.stats.down - before.down }
}

const guess: Mail = { from: stranger, id: 'q', text: code(2) }
const heldCode = (seed: number): Mail => ({ from: bank, id: 'code', text: code(seed) })

test("a stranger's guess at text that is held costs the same, right or wrong, unless all is shared", async () => {
  const later: Mail = { from: bank, id: 'later', text: 'Our hours have changed.' }
  for (const coming of [[guess], [guess, later]]) {
    const right = { held: heldCode(2), coming }
    const wrong = { held: heldCode(3), coming }
    for (const shared of ['correspondent', 'off'] as const)
      assert.deepEqual(await cost(shared, right), await cost(shared, wrong), shared)
    assert.ok((await cost('all', right)).down < (await cost('all', wrong)).down - 5)
  }
})

test('so does it with codec 2', async () => {
  const [right, wrong] = [2, 3].map((seed) => ({ held: heldCode(seed), coming: [guess], mix: true }))
  assert.ok(right && wrong)
  assert.deepEqual(await cost('correspondent', right), await cost('correspondent', wrong))
})

test('a file that a stranger mails costs the same whether it is held or not, unless all is shared', async () => {
  const coming = [{ from: stranger, id: 'q', text: 'hi', attachment: file(2) }]
  const held = { held: { from: bank, id: 'a', text: 'yours', attachment: file(2) }, coming }
  const other = { held: { from: bank, id: 'a', text: 'yours', attachment: file(3) }, coming }
  for (const shared of ['correspondent', 'off'] as const)
    assert.deepEqual(await cost(shared, held), await cost(shared, other), shared)
  assert.ok((await cost('all', held)).down < (await cost('all', other)).down - 8000)
})

test('two mails of one answer with the same file bring it once for each correspondent, or for each mail', async () => {
  const held = { from: bank, id: 'a', text: 'yours' }
  const of = (from: string, id: string): Mail => ({ from, id, text: id, attachment: file(2) })
  const strangers = [of(bank, 'x'), of(stranger, 'y')]
  const own = [of(bank, 'x'), of(bank, 'y')]
  const once = (bytes: { readonly down: number }): boolean => bytes.down < 12_000
  assert.equal(once(await cost('all', { held, coming: strangers })), true)
  assert.equal(once(await cost('correspondent', { held, coming: strangers })), false)
  assert.equal(once(await cost('correspondent', { held, coming: own })), true)
  assert.equal(once(await cost('off', { held, coming: own })), false)
})

test('mail of the same sender, and what answers it, is helped by what is held; with "off" nothing is, either way', async () => {
  const held = { from: bank, id: 'a', text: code(2), attachment: file(2) }
  const again: Mail = { from: bank, id: 'b', text: code(2), attachment: file(2) }
  const answer: Mail = {
    from: 'Me <me@example.org>',
    id: 'c',
    answers: 'a',
    text: code(2),
    attachment: file(2),
  }
  for (const [coming, up] of [
    [again, false],
    [answer, true],
  ] as const) {
    const bytes = async (shared: SharedHistory): Promise<number> => {
      const spent = await cost(shared, { held, coming: [coming], up })
      return up ? spent.up : spent.down
    }
    const [all, correspondent, off] = [await bytes('all'), await bytes('correspondent'), await bytes('off')]
    assert.ok(all < 900, `${all} bytes`)
    assert.ok(correspondent < 900, `${correspondent} bytes`)
    assert.ok(off > 9000, `${off} bytes`)
  }
})

const envelope = (from: readonly string[], more: Partial<Envelope> = {}): Envelope => ({
  from: from.map((address) => ({ address })),
  to: [],
  cc: [],
  ...more,
})
const [ann, bob] = ['ann@example.org', 'bob@example.org']

for (const [what, coming, held, serves] of [
  ['of the same sender', envelope([ann]), envelope([ann]), true],
  ['whatever the case', envelope(['Ann@Example.org']), envelope([ann]), true],
  ['of another sender', envelope([ann]), envelope([bob]), false],
  ['of the same two senders', envelope([ann, bob]), envelope([bob, ann]), true],
  ['of one of two senders', envelope([ann, bob]), envelope([ann]), false],
  ['of nobody, either way', envelope([]), envelope([]), false],
  ['that it answers', envelope([ann], { inReplyTo: 'x' }), envelope([bob], { messageId: 'x' }), true],
  [
    'that it refers to',
    envelope([ann], { inReplyTo: 'z', references: ['w', 'x'] }),
    envelope([bob], { messageId: 'x' }),
    true,
  ],
  [
    'that it does not answer',
    envelope([ann], { inReplyTo: 'y' }),
    envelope([bob], { messageId: 'x' }),
    false,
  ],
  ['without an id, which it does not answer', envelope([ann]), envelope([bob]), false],
] as const)
  test(`mail ${what} may save bytes of one that comes, or not`, async () => {
    assert.equal(mayServe('correspondent', coming, held), serves)
    assert.equal(mayServe('all', coming, held), true)
    assert.equal(mayServe('off', coming, held), false)
    const { replica, change } = await open()
    await change(async ({ tx }) => {
      const record = { sizeBytes: 1, held: [], whole: false, progress: 0, upstreamHas: false }
      putContent(tx, { ...record, id: id('coming'), envelope: encodeEnvelope(coming) })
      putContent(tx, { ...record, id: id('held'), envelope: encodeEnvelope(held) })
      putContent(tx, { ...record, id: id('unread') })
    })
    const may = (shared: SharedHistory, by: string, of = 'coming') =>
      mayServeContent(replica.db, shared, id(of), id(by))
    assert.equal(await may('correspondent', 'held'), serves)
    assert.equal(await may('off', 'held'), false)
    for (const unknown of ['unread', 'nowhere']) {
      assert.equal(await may('correspondent', unknown), false)
      assert.equal(await may('correspondent', 'held', unknown), false)
      assert.equal(await may('all', unknown), true)
    }
    for (const shared of ['all', 'correspondent', 'off'] as const)
      assert.equal(await may(shared, 'unread', 'unread'), true)
  })

test('a part that an answer has brought is remembered in 20 contents', async () => {
  const { replica } = await open()
  const own = (last: number) => {
    const said = new SaidParts(replica.db, 'off')
    for (let n = 0; n <= last; n++) for (let times = 0; times < 2; times++) said.add('digest', id(`c${n}`))
    return said.serves('digest', id(`c${last}`))
  }
  // With "off" a content serves itself alone, if it is remembered.
  assert.equal(await own(0), true)
  assert.equal(await own(19), true)
  assert.equal(await own(20), false)
  const said = new SaidParts(replica.db, 'all')
  assert.equal(await said.serves('digest', id('a')), false)
  said.add('digest', id('b'))
  assert.equal(await said.serves('digest', id('a')), true)
  assert.equal(await said.serves('another', id('a')), false)
})
