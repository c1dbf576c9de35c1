import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import type { SharedHistory } from '../../../src/sync/policy/shared-history.js'
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
