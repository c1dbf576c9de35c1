import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cancelSubmission, listSubmissions } from '../../../src/replica/submission/submissions.js'
import { tables } from '../../../src/replica/tables.js'
import { defaultQuota } from '../../../src/sync/policy/device-quota.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { memorySpool } from '../../world/memory-spool.js'
import { locatorOf, messagesIn, stateOf, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings } from './sending.js'

const text = (subject: string, body = `Hello, ${subject}.`): string =>
  `From: ann@example.org\r\nTo: bob@example.org\r\nBcc: eve@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n\r\n${body}\r\n`
const sent = (subject: string, body?: string): string =>
  text(subject, body).replace('Bcc: eve@example.org\r\n', '')

async function makeSender() {
  const star = await makeStar(['a', 'b'], { seed: 7 })
  const { endpoint } = star
  const client = star.devices.a
  const mails = (): void => {
    endpoint.account = { ...endpoint.account, mailing }
  }
  mails()
  const spool = memorySpool()
  const server = memoryServer()
  const run = () => star.run(client, { spool })
  const send = (more = {}) =>
    sendDue(endpoint.account, sendSettings(server, more), new AbortController().signal)
  const state = async (side: Side = client) => {
    const all = await listSubmissions(side.account.replica.db)
    return all.map(({ state, reason }) => [state, ...(reason === undefined ? [] : [reason])].join(': '))
  }
  await run()
  return { ...star, client, endpoint, mails, spool, server, run, send, state }
}

describe('sending', () => {
  it('takes mail from the spool to a server, files it once, and tells its author', async () => {
    const { run, send, spool, server, state, client, endpoint } = await makeSender()
    spool.put(text('one'))
    await run()
    assert.deepEqual(await state(), ['ashore'])
    assert.deepEqual(await spool.list(), [])
    await send()
    assert.deepEqual(
      server.taken.map((each) => each.text),
      [sent('one')],
    )
    await run()
    assert.deepEqual(await state(), ['sent: accepted here'])
    for (const side of [client, endpoint])
      assert.deepEqual(stateOf(side), { INBOX: [], Sent: ['one \\Seen'] })
    assert.equal(Buffer.from(messagesIn(client, ['Sent'])[0]?.bytes ?? []).toString(), text('one'))
    await run()
    await send()
    assert.equal(server.taken.length, 1)
    assert.deepEqual(await state(endpoint), ['sent: accepted here'])
  })

  it('costs what is new in it, once: the copy that is filed is told by name', async () => {
    const { run, send, spool, cost } = await makeSender()
    const body = Array.from({ length: 120 }, (_, i) => (i * 7919 * 104_729).toString(36)).join('')
    spool.put(text('one', body))
    const up = await cost(run)
    await send()
    const after = await cost(run)
    assert.ok(up.up > body.length / 2 && up.up < text('one', body).length, `${up.up}`)
    assert.ok(after.down < 250, `${after.down}`)
  })

  it('files nothing beside the copy that the mail program has filed', async () => {
    const { run, send, spool, server, client, endpoint, cost } = await makeSender()
    const body = Array.from({ length: 300 }, (_, i) => (i * 7919 * 104_729).toString(36)).join('')
    spool.put(text('one', body))
    client.mail.person.createMailbox(['Sent'])
    client.mail.person.deliver(['Sent'], new TextEncoder().encode(text('one', body)), ['\\Seen'])
    const { up } = await cost(run)
    assert.ok(up < body.length * 1.05, `${up}`)
    await send()
    await run()
    assert.equal(server.taken.length, 1)
    for (const side of [client, endpoint])
      assert.deepEqual(stateOf(side), { INBOX: [], Sent: ['one \\Seen'] })
  })

  for (const [what, hide] of [
    ['is removed', (side: Side) => side.mail.person.remove(['Sent'], locatorOf(side, 'one', ['Sent']))],
    ["can't be read", (side: Side) => void side.ailments.closed.add('Sent')],
  ] as const)
    it(`goes where the copy that came up before it ${what} before it is handed over`, async () => {
      const { run, send, spool, server, state, client, endpoint } = await makeSender()
      client.mail.person.createMailbox(['Sent'])
      client.mail.person.deliver(['Sent'], new TextEncoder().encode(text('one')), ['\\Seen'])
      await run()
      spool.put(text('one'))
      await run()
      assert.deepEqual(await state(), ['ashore'])
      hide(endpoint)
      await send()
      assert.deepEqual(
        server.taken.map((each) => each.text),
        [sent('one')],
      )
    })

  it('keeps what other mail has for it too, within what its device may store in a day', async () => {
    const { run, send, spool, server, client, endpoint } = await makeSender()
    const { account } = endpoint
    const bytesOf = async (): Promise<number[]> => {
      const bytes: number[] = []
      for await (const { value } of tables.quota.list(account.replica.db)) bytes.push(value.bytes)
      return bytes
    }
    client.mail.person.createMailbox(['Sent'])
    client.mail.person.deliver(['Sent'], new TextEncoder().encode(text('one')), ['\\Seen'])
    await run()
    const [before = 0] = await bytesOf()
    spool.put(text('one'))
    endpoint.account = { ...account, quota: { ...defaultQuota, bytes: before } }
    for (let i = 0; i < 2; i++) await run()
    await send()
    assert.deepEqual([server.taken.length, await bytesOf()], [0, [before]])
    endpoint.account = { ...account, quota: { ...defaultQuota, bytes: before + 1 } }
    await run()
    await send()
    assert.deepEqual([server.taken.length, await bytesOf()], [1, [before + text('one').length]])
  })

  for (const when of ['before it is handed in', 'while it goes'])
    it(`sends what was handed in, whatever a program writes into its draft ${when}`, async () => {
      const { run, send, spool, server, client, endpoint } = await makeSender()
      const { person } = client.mail
      person.createMailbox(['Drafts'])
      person.deliver(['Drafts'], Buffer.from(text('one')), ['\\Draft'])
      await run()
      const [draft] = messagesIn(endpoint, ['Drafts'])
      assert.ok(draft)
      const { locator, ...rest } = draft
      const write = (): void => {
        endpoint.ailments.beforeRead = undefined
        endpoint.mail.person.putBack(['Drafts'], locator, {
          ...rest,
          bytes: Buffer.from(text('one', 'Hallo, one.')),
        })
      }
      if (when === 'before it is handed in') write()
      spool.put(text('one'))
      await run()
      await run()
      let reads = 0
      if (when === 'while it goes')
        endpoint.ailments.beforeRead = () => {
          if (++reads === 2) write()
        }
      await send()
      assert.deepEqual(
        server.taken.map((each) => each.text),
        [sent('one')],
      )
    })

  it("reports those who refused, in INBOX, and tries again those who can't yet", async () => {
    const { run, send, spool, server, state, client, endpoint } = await makeSender()
    server.says = (recipient) =>
      recipient.startsWith('no') ? 'refused' : recipient.startsWith('later') ? 'later' : 'accepted'
    const recipients = ['bob@example.org', 'no@example.org', 'later@example.org']
    spool.put(text('one'), { envelope: { from: 'ann@example.org', recipients } })
    await run()
    const next = (await send()) ?? 0
    assert.ok(Math.abs(next - endpoint.nowMs - 60_000) < 1000, `${next}`)
    await run()
    assert.deepEqual(await state(), ['waits: later here'])
    assert.deepEqual(stateOf(client), { INBOX: [], Sent: ['one \\Seen'] })
    endpoint.nowMs += 60_000
    server.says = () => 'accepted'
    assert.equal(await send(), undefined)
    await run()
    assert.deepEqual(await state(), ['sent: accepted here'])
    assert.deepEqual(
      server.taken.map(({ envelope }) => envelope.recipients),
      [['bob@example.org'], ['later@example.org']],
    )
    assert.deepEqual(stateOf(client), { INBOX: ['Not delivered'], Sent: ['one \\Seen'] })
    assert.match(
      Buffer.from(messagesIn(client)[0]?.bytes ?? []).toString(),
      /no@example\.org\n? *\r\n +refused here/,
    )
  })

  it('looks for what nobody knows of, and sends it again when it is nowhere', async () => {
    const { run, send, spool, server, state, endpoint } = await makeSender()
    server.says = () => 'uncertain'
    spool.put(text('one'))
    await run()
    const next = (await send()) ?? 0
    assert.ok(Math.abs(next - endpoint.nowMs - 600_000) < 1000, `${next}`)
    await run()
    assert.deepEqual(await state(), ['uncertain: uncertain here'])
    server.says = () => 'accepted'
    await send()
    assert.equal(server.taken.length, 1)
    endpoint.nowMs += 600_000
    await send()
    assert.equal(server.taken.length, 2)
  })

  it('takes a copy that the server has filed for proof', async () => {
    const { run, send, spool, server, endpoint } = await makeSender()
    server.says = () => 'uncertain'
    spool.put(text('one'))
    await run()
    await send()
    endpoint.mail.person.createMailbox(['Sent'])
    endpoint.mail.person.deliver(['Sent'], new TextEncoder().encode(sent('one')), ['\\Seen'], endpoint.nowMs)
    endpoint.nowMs += 600_000
    await run()
    await send()
    assert.equal(server.taken.length, 1)
    assert.deepEqual(stateOf(endpoint)['Sent'], ['one \\Seen'])
  })

  it('takes back what has not gone, and says when it is too late', async () => {
    const { run, send, spool, server, state, client } = await makeSender()
    const cancel = async (): Promise<void> => {
      const { replica } = client.account
      await replica.db.transact(async (tx) => {
        for (const submission of await listSubmissions(tx))
          await cancelSubmission({ tx, replica, origin: { kind: 'local' } }, submission)
      })
    }
    spool.put(text('one'))
    await run()
    await cancel()
    await run()
    await send()
    assert.deepEqual(server.taken, [])
    await run()
    assert.deepEqual(await state(), ['cancelled'])
    spool.put(text('two'))
    await run()
    await send()
    await cancel()
    await run()
    assert.equal(server.taken.length, 1)
    assert.deepEqual((await state()).sort(), ['cancelled', 'sent: accepted here'])
  })

  it('sends once what both sides forget one after the other', async () => {
    const { run, send, spool, server, mails, client, endpoint } = await makeSender()
    spool.put(text('one'))
    await run()
    await client.loseDatabase()
    await run()
    await run()
    await send()
    await run()
    assert.equal(server.taken.length, 1)
    spool.put(text('two'))
    await run()
    await endpoint.loseDatabase()
    mails()
    await run()
    await run()
    await send()
    await run()
    assert.deepEqual(server.taken.map((each) => subjectOf(Buffer.from(each.text))).sort(), ['one', 'two'])
    assert.deepEqual(stateOf(client)['Sent'], ['one \\Seen', 'two \\Seen'])
    assert.deepEqual(stateOf(endpoint)['Sent'], ['one \\Seen', 'two \\Seen'])
  })

  it('waits here while the endpoint sends no mail', async () => {
    const { run, send, spool, server, mails, endpoint } = await makeSender()
    const { mailing: _, ...without } = endpoint.account
    endpoint.account = without
    await run()
    spool.put(text('one'))
    await run()
    assert.equal((await spool.list()).length, 1)
    mails()
    await run()
    await run()
    await send()
    assert.equal(server.taken.length, 1)
  })

  it('says nothing of mail that it has taken in to an endpoint that sends none any more', async () => {
    const { run, spool, link, client, endpoint } = await makeSender()
    spool.put(text('one'))
    link.cutAfter({ up: 10 })
    await assert.rejects(run())
    const { mailing: _, ...without } = endpoint.account
    endpoint.account = without
    await run()
    await run()
    const [submission] = await listSubmissions(client.account.replica.db)
    assert.deepEqual([submission?.state, submission?.told], ['queued', undefined])
  })

  it('hands over urgent mail first, then what is small', async () => {
    const { run, send, spool, server } = await makeSender()
    spool.put(text('big', 'x'.repeat(3000)))
    spool.put(text('small'))
    spool.put(text('urgent', 'y'.repeat(5000)), { urgent: true })
    await run()
    await send()
    assert.deepEqual(
      server.taken.map((each) => subjectOf(Buffer.from(each.text))),
      ['urgent', 'small', 'big'],
    )
  })

  it('tells of more than one answer holds in several', async () => {
    const { run, send, spool, server, state, client } = await makeSender()
    const count = 40
    server.says = () => 'refused'
    const recipients = Array.from({ length: 30 }, (_, i) => `${'x'.repeat(200)}${i}@example.org`)
    for (let i = 0; i < count; i++)
      spool.put(text(`m${i}`), { envelope: { from: 'ann@example.org', recipients } })
    await run()
    await send()
    for (let i = 0; i < 8; i++) await run()
    assert.deepEqual(
      await state(),
      Array.from({ length: count }, () => 'refused: refused here'),
    )
    assert.equal(messagesIn(client).length, count)
  })
})
