import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { memorySpool } from '../../world/memory-spool.js'
import { latin, messagesIn, stateOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings } from './sending.js'

const fields = 'From: ann@example.org\r\nTo: bob@example.org\r\nBcc: eve@example.org\r\nSubject: one\r\n'
const text = `${fields}Message-ID: <one@example.org>\r\n\r\nHello.\r\n`
const bytes = (mail: string): Uint8Array => new TextEncoder().encode(mail)

async function makeSender() {
  const star = await makeStar(['a', 'b'], { seed: 7 })
  const { endpoint } = star
  const client = star.devices.a
  endpoint.account = { ...endpoint.account, mailing }
  const spool = memorySpool()
  const server = memoryServer()
  const run = () => star.run(client, { spool })
  const send = (more = {}) =>
    sendDue(endpoint.account, sendSettings(server, more), new AbortController().signal)
  for (const mailbox of ['Drafts', 'Sent']) client.mail.person.createMailbox([mailbox])
  await run()
  const draft = (mail: string) => client.mail.person.deliver(['Drafts'], bytes(mail), ['\\Draft'])
  const file = (mail: string, side: Side = client) =>
    side.mail.person.deliver(['Sent'], bytes(mail), ['\\Seen'])
  const inBoth = (mailbox: string) => [client, endpoint].map((side) => stateOf(side)[mailbox]?.length)
  return { ...star, client, endpoint, spool, server, run, send, draft, file, inBoth }
}

describe('the draft of what was sent', () => {
  for (const [what, drafted] of [
    ['that is handed in as it lies', text],
    [
      'without what is added on the way out, with notes of its program',
      text.replace('From: ann@example.org', 'X-Draft-Info: 1'),
    ],
  ] as const)
    it(`leaves Drafts, ${what}`, async () => {
      const { run, send, spool, draft, inBoth } = await makeSender()
      draft(drafted)
      spool.put(text)
      await run()
      assert.deepEqual(inBoth('Drafts'), [1, 1])
      await send()
      await run()
      assert.deepEqual(
        [inBoth('Drafts'), inBoth('Sent')],
        [
          [0, 0],
          [1, 1],
        ],
      )
    })

  it('leaves Drafts also where it comes ashore after its mail has gone, and its author knows', async () => {
    const { run, send, spool, draft, inBoth } = await makeSender()
    spool.put(text)
    await run()
    await send()
    await run()
    draft(text)
    await run()
    await send()
    await run()
    assert.deepEqual(inBoth('Drafts'), [0, 0])
  })

  it('stays where it is a copy of what is in Sent, which somebody has put there', async () => {
    const { run, send, spool, client, inBoth } = await makeSender()
    spool.put(text)
    await run()
    await send()
    await run()
    const [copy] = messagesIn(client, ['Sent'])
    client.mail.person.copy(['Sent'], copy?.locator ?? '', ['Drafts'])
    await run()
    await send()
    await run()
    assert.deepEqual(inBoth('Drafts'), [1, 1])
  })

  for (const [what, drafted] of [
    ['has another text', text.replace('Hello.', 'Hullo.')],
    ['has more text', text.replace('Hello.', 'Hello. More.')],
    ['is for somebody else too', text.replace('To: bob', 'To: carol@example.org, bob')],
    ['has lost a recipient', text.replace('Bcc: eve@example.org\r\n', '')],
    ['has another subject', text.replace('Subject: one', 'Subject: two')],
    [
      'is in another charset',
      text.replace('\r\n\r\n', '\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n'),
    ],
    ['is another mail', text.replace('<one@', '<two@')],
  ] as const)
    it(`stays where it ${what}`, async () => {
      const { run, send, spool, draft, inBoth } = await makeSender()
      draft(drafted)
      spool.put(text)
      await run()
      await send()
      await run()
      assert.deepEqual(inBoth('Drafts'), [1, 1])
    })

  for (const says of ['uncertain', 'refused', 'later'] as const)
    it(`stays while the server says ${says} to anybody`, async () => {
      const { run, send, spool, server, draft, inBoth } = await makeSender()
      server.says = (recipient) => (recipient.startsWith('bob') ? says : 'accepted')
      draft(text)
      const recipients = ['bob@example.org', 'eve@example.org']
      spool.put(text, { envelope: { from: 'ann@example.org', recipients } })
      await run()
      await send()
      await run()
      assert.deepEqual(inBoth('Drafts'), [1, 1])
    })

  it('stays where the settings say so, and outside Drafts', async () => {
    const { run, send, spool, client, draft, inBoth } = await makeSender()
    draft(text)
    client.mail.person.deliver(['INBOX'], bytes(text))
    spool.put(text)
    await run()
    await send({ drafts: 'keep' })
    await run()
    assert.deepEqual(
      [inBoth('Drafts'), inBoth('INBOX')],
      [
        [1, 1],
        [1, 1],
      ],
    )
    await send()
    await run()
    assert.deepEqual(
      [inBoth('Drafts'), inBoth('INBOX')],
      [
        [0, 0],
        [1, 1],
      ],
    )
  })

  it('stays where a person has made it of the only copy, and goes without one where none is filed', async () => {
    const { run, send, spool, endpoint, inBoth } = await makeSender()
    spool.put(text)
    await run()
    await send()
    const [filed] = endpoint.mail.snapshot().get('Sent') ?? []
    endpoint.mail.person.move(['Sent'], filed?.locator ?? '', ['Drafts'])
    for (let i = 0; i < 3; i++) {
      await run()
      await send()
    }
    assert.deepEqual(
      [inBoth('Drafts'), inBoth('Sent')],
      [
        [1, 1],
        [0, 0],
      ],
    )
    const other = await makeSender()
    other.draft(text)
    other.spool.put(text)
    await other.run()
    await other.send({ sent: 'never' })
    await other.run()
    assert.deepEqual(
      [other.inBoth('Drafts'), other.inBoth('Sent')],
      [
        [0, 0],
        [0, 0],
      ],
    )
  })

  it('can be had back on every side, where Sent has none of the same bytes', async () => {
    const { run, send, spool, client, endpoint, draft } = await makeSender()
    const drafted = text.replace('From:', 'X-Draft-Info: 1\r\nFrom:')
    draft(drafted)
    spool.put(text)
    await run()
    await send()
    await run()
    for (const side of [client, endpoint]) assert.deepEqual(side.mail.aside.map(latin), [drafted])
  })

  it('stays where it is written once more, long after', async () => {
    const { run, send, spool, draft, inBoth } = await makeSender()
    spool.put(text)
    await run()
    await send()
    for (let i = 0; i < 2; i++) await run()
    await send()
    draft(text)
    await run()
    await send()
    await run()
    assert.deepEqual(inBoth('Drafts'), [1, 1])
  })

  it('stays once a person has taken it back', async () => {
    const { run, send, spool, endpoint, draft, inBoth } = await makeSender()
    draft(text)
    spool.put(text)
    await run()
    await send()
    endpoint.mail.person.deliver(['Drafts'], bytes(text), ['\\Draft'])
    await run()
    await send()
    await run()
    assert.deepEqual(inBoth('Drafts'), [1, 1])
  })
})

describe('the copy that a mail program files after its mail has gone', () => {
  for (const [what, copy] of [
    ['with the same bytes', text],
    [
      'with a note and a Bcc more',
      text.replace('Bcc: eve@', 'Status: RO\r\nBcc: carol@example.org\r\nBcc: eve@'),
    ],
  ] as const)
    it(`is the only one, ${what}`, async () => {
      const { run, send, spool, client, file, inBoth } = await makeSender()
      spool.put(text)
      await run()
      await send()
      file(copy)
      await run()
      await send()
      await run()
      assert.deepEqual(inBoth('Sent'), [1, 1])
      assert.equal(latin(messagesIn(client, ['Sent'])[0]?.bytes ?? new Uint8Array()), copy)
    })

  it('is the only one also where it comes after its author has heard', async () => {
    const { run, send, spool, file, inBoth } = await makeSender()
    spool.put(text)
    await run()
    await send()
    await run()
    file(text)
    await run()
    await send()
    await run()
    assert.deepEqual(inBoth('Sent'), [1, 1])
  })

  for (const [what, copy] of [
    ['has another text', text.replace('Hello.', 'Hullo.')],
    ['lacks a Bcc', text.replace('Bcc: eve@example.org\r\n', '')],
  ] as const)
    it(`lies beside the other where it ${what}`, async () => {
      const { run, send, spool, file, inBoth } = await makeSender()
      spool.put(text)
      await run()
      await send()
      file(copy)
      await run()
      await send()
      await run()
      assert.deepEqual(inBoth('Sent'), [2, 2])
    })

  it('lies beside one with which a person has done something, and where the settings want both', async () => {
    const { run, send, spool, endpoint, file, inBoth } = await makeSender()
    spool.put(text)
    await run()
    await send({ sent: 'always' })
    file(text)
    await run()
    await send({ sent: 'always' })
    await run()
    assert.deepEqual(inBoth('Sent'), [2, 2])
    const [ours] = messagesIn(endpoint, ['Sent'])
    assert.ok(ours)
    endpoint.mail.person.setFlags(['Sent'], ours.locator, ['\\Seen', '\\Flagged'])
    await run()
    await send()
    await run()
    assert.deepEqual(inBoth('Sent'), [2, 2])
  })

  it('stays with the other where the mail server shows both as one', async () => {
    const { run, send, spool, endpoint, file, inBoth } = await makeSender()
    spool.put(text)
    await run()
    await send()
    const { mailStore } = endpoint.account
    const [ours] = messagesIn(endpoint, ['Sent'])
    assert.ok(ours)
    const { locator } = ours
    // As Gmail answers an APPEND of what it has.
    const put: typeof mailStore.put = async () => ({ locator })
    endpoint.account = { ...endpoint.account, mailStore: { ...mailStore, put } }
    file(text.replace('Bcc:', 'Status: RO\r\nBcc:'))
    await run()
    await send()
    assert.equal(inBoth('Sent')[1], 1)
  })

  it('takes no place before it stands there itself', async () => {
    const { run, send, spool, endpoint, file, inBoth } = await makeSender()
    spool.put(text)
    await run()
    await send()
    endpoint.ailments.full.add('Sent')
    file(text.replace('Bcc:', 'Status: RO\r\nBcc:'))
    await run()
    await send()
    assert.equal(inBoth('Sent')[1], 1)
  })
})
