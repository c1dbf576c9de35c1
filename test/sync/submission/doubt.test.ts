import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { cancelSubmission, listSubmissions } from '../../../src/replica/submission/submissions.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import type { SendSettings } from '../../../src/sync/submission/send-settings.js'
import { memorySpool } from '../../world/memory-spool.js'
import { latin } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings, statesOf } from './sending.js'

const filingMs = 600_000
const dayMs = 86_400_000
const latin1 = (text: string) => new TextEncoder().encode(text)
const text = 'From: ann@example.org\r\nSubject: one\r\nMessage-ID: <one@example.org>\r\n\r\nHello.\r\n'

async function makeSender() {
  const { endpoint, devices, run } = await makeStar(['a'], { seed: 18 })
  endpoint.account = { ...endpoint.account, mailing }
  const spool = memorySpool()
  const server = memoryServer()
  const sync = () => run(devices.a, { spool })
  const send = (more: Partial<SendSettings> = {}) =>
    sendDue(endpoint.account, sendSettings(server, more), new AbortController().signal)
  const put = async (recipients = ['bob@example.org']): Promise<void> => {
    spool.put(text, { envelope: { from: 'ann@example.org', recipients } })
    await sync()
  }
  const cancel = async (): Promise<void> => {
    const { replica } = devices.a.account
    await replica.db.transact(async (tx) => {
      for (const submission of await listSubmissions(tx))
        await cancelSubmission({ tx, replica, origin: { kind: 'local' } }, submission)
    })
  }
  await sync()
  return { endpoint, a: devices.a, sync, send, put, cancel, server }
}

/** What stands in the log of a side and isn't settled. */
async function openDoubts({ account }: Side): Promise<string[]> {
  return (await listConflicts(account.replica.db))
    .filter(({ settled }) => settled === undefined)
    .map(({ kind, detail }) => `${kind}: ${detail}`)
}

async function outcomesOf({ account }: Side): Promise<string[]> {
  const all = await listSubmissions(account.replica.db)
  return all.flatMap(({ recipients }) =>
    recipients.map(({ recipient, outcome }) => `${recipient} ${outcome}`),
  )
}

describe('mail of which nobody knows whether it went', () => {
  it('is filed as sent once, although it goes once more after the endpoint lost its database', async () => {
    const { endpoint, sync, send, put, server } = await makeSender()
    await put()
    // So that the copy that is filed proves nothing.
    const { nowMs } = endpoint
    endpoint.nowMs = 1e12
    await send({ sent: 'always' })
    endpoint.nowMs = nowMs
    await endpoint.loseDatabase()
    endpoint.account = { ...endpoint.account, mailing }
    await sync()
    await send({ sent: 'always' })
    endpoint.nowMs += filingMs
    await send({ sent: 'always' })
    assert.equal(server.taken.length, 2)
    assert.equal(endpoint.mail.snapshot().get('Sent')?.length, 1)
  })

  for (const where of ['the device', 'the mail server'] as const)
    it(`is filed as sent beside a draft of it that was changed since and moved to Sent at ${where}`, async () => {
      const { endpoint, a, sync, send, put, server } = await makeSender()
      server.says = () => 'uncertain'
      await put()
      await send()
      const { person } = (where === 'the device' ? a : endpoint).mail
      person.createMailbox(['Sent'])
      person.deliver(['Sent'], latin1(text.replace('Hello', 'Hello all')), ['\\Draft'], endpoint.nowMs)
      await sync()
      server.says = () => 'accepted'
      endpoint.nowMs += filingMs
      await send()
      assert.equal(server.taken.length, 2)
      const sent = endpoint.mail
        .snapshot()
        .get('Sent')
        ?.map(({ bytes }) => latin(bytes))
      assert.deepEqual(sent?.sort(), [text, text.replace('Hello', 'Hello all')].sort())
    })

  const stamped = `Received: from ann by mail.example.org; Sun, 1 Nov 2026 10:00:00 +0000\r\n${text}`
  for (const [what, copy, goes] of [
    ['as it was handed in', text, true],
    ['with a note of its own', text.replace('\r\n\r\n', '\r\nStatus: RO\r\n\r\n'), true],
    ['as a mail server passed it on', stamped, false],
  ] as const)
    it(`${goes ? 'goes' : "doesn't go"} where the endpoint lost its database before, and a copy lies in Sent ${what}`, async () => {
      const { endpoint, a, sync, send, put, server } = await makeSender()
      const { person } = (goes ? a : endpoint).mail
      person.createMailbox(['Sent'])
      person.deliver(['Sent'], latin1(copy), ['\\Seen'], endpoint.nowMs)
      await put()
      await sync()
      assert.deepEqual([endpoint.mail.snapshot().get('Sent')?.length, server.taken.length], [1, 0])
      await endpoint.loseDatabase()
      endpoint.account = { ...endpoint.account, mailing }
      await sync()
      await send()
      assert.equal(server.taken.length, goes ? 1 : 0)
      assert.deepEqual(await statesOf(endpoint), ['sent'])
      await sync()
      assert.equal(endpoint.mail.snapshot().get('Sent')?.length, 1)
    })

  it('goes once more where the copy in Sent is older than the mail, by the order in which they came', async () => {
    const { endpoint, a, sync, send, put, server } = await makeSender()
    server.says = () => 'uncertain'
    const { person } = a.mail
    person.createMailbox(['Sent'])
    person.deliver(['Sent'], latin1(text), ['\\Seen'], endpoint.nowMs)
    await sync()
    await endpoint.loseDatabase()
    endpoint.account = { ...endpoint.account, mailing }
    await sync()
    await put()
    await send()
    endpoint.nowMs += filingMs
    await send()
    assert.equal(server.taken.length, 2)
  })

  it('goes once more, and never a third time unasked', async () => {
    const { endpoint, a, sync, send, put, server } = await makeSender()
    server.says = () => 'uncertain'
    await put()
    await send()
    endpoint.nowMs += filingMs
    assert.equal(await send(), undefined)
    assert.equal(server.taken.length, 2)
    endpoint.nowMs += dayMs
    assert.equal(await send(), undefined)
    await sync()
    assert.equal(server.taken.length, 2)
    for (const side of [a, endpoint]) {
      assert.deepEqual(await statesOf(side), ['uncertain'], side.name)
      assert.deepEqual(await openDoubts(side), ['in-doubt: uncertain here'], side.name)
    }
  })

  it('is said to have gone twice, perhaps, where it was sent once more, also to a device that heard of no doubt', async () => {
    const { endpoint, a, sync, send, put, server } = await makeSender()
    server.says = () => 'uncertain'
    await put()
    await send()
    server.says = () => 'accepted'
    endpoint.nowMs += filingMs
    await send()
    await sync()
    for (const side of [a, endpoint]) {
      assert.deepEqual(await statesOf(side), ['sent'], side.name)
      assert.deepEqual(await outcomesOf(side), ['bob@example.org repeated'], side.name)
      assert.deepEqual(await openDoubts(side), ['in-doubt: sent once more to 1 recipient'], side.name)
    }
  })

  it('is no conflict any more when a copy shows that it went', async () => {
    const { endpoint, a, sync, send, put, server } = await makeSender()
    server.says = () => 'uncertain'
    await put()
    await send()
    await sync()
    assert.deepEqual(await openDoubts(a), ['in-doubt: uncertain here'])
    endpoint.mail.person.createMailbox(['Sent'])
    endpoint.mail.person.deliver(['Sent'], new TextEncoder().encode(text), ['\\Seen'], endpoint.nowMs)
    await sync()
    endpoint.nowMs += filingMs
    await send()
    await sync()
    for (const side of [a, endpoint])
      assert.deepEqual([await statesOf(side), await openDoubts(side)], [['sent'], []], side.name)
  })

  it('waits for a person, and for nothing else, where the settings say so', async () => {
    const { endpoint, a, sync, send, put, server } = await makeSender()
    server.says = () => 'uncertain'
    await put()
    await send({ uncertain: 'ask' })
    endpoint.nowMs += filingMs
    assert.equal(await send({ uncertain: 'ask' }), undefined)
    await sync()
    assert.equal(server.taken.length, 1)
    assert.deepEqual([await statesOf(a), (await openDoubts(a)).length], [['uncertain'], 1])
  })

  for (const uncertain of ['resend', 'ask'] as const)
    it(`can be taken back, so that it doesn't go once more (${uncertain})`, async () => {
      const { endpoint, a, sync, send, put, cancel, server } = await makeSender()
      server.says = () => 'uncertain'
      await put()
      await send({ uncertain })
      if (uncertain === 'ask') {
        endpoint.nowMs += filingMs
        await send({ uncertain })
      }
      await sync()
      await cancel()
      await sync()
      endpoint.nowMs += filingMs
      assert.equal(await send({ uncertain }), undefined)
      await sync()
      await sync()
      assert.equal(server.taken.length, 1)
      assert.deepEqual([await statesOf(a), await statesOf(endpoint)], [['cancelled'], ['cancelled']])
      const [submission] = await listSubmissions(a.account.replica.db)
      assert.match(submission?.reason ?? '', /may have/)
      assert.equal((await openDoubts(a)).length, 1)
    })

  it('is known for each recipient, through a try that failed too', async () => {
    const { endpoint, a, sync, send, put, server } = await makeSender()
    const nextTryMs = () => 60_000
    server.says = (recipient) => (recipient.startsWith('bob') ? 'uncertain' : 'later')
    await put(['bob@example.org', 'cy@example.org'])
    await send({ nextTryMs })
    server.says = () => 'later'
    endpoint.nowMs += filingMs
    await send({ nextTryMs })
    server.says = () => 'accepted'
    endpoint.nowMs += filingMs
    await send({ nextTryMs })
    await sync()
    assert.deepEqual(await outcomesOf(a), ['bob@example.org repeated'])
    assert.deepEqual(await outcomesOf(endpoint), ['bob@example.org repeated', 'cy@example.org accepted'])
  })

  it("doesn't keep those waiting of whom there is no doubt", async () => {
    const { endpoint, send, put, server } = await makeSender()
    const settings = { nextTryMs: () => 60_000, uncertain: 'ask' } as const
    server.says = (recipient) => (recipient.startsWith('bob') ? 'uncertain' : 'later')
    await put(['bob@example.org', 'cy@example.org'])
    await send(settings)
    server.says = () => 'accepted'
    endpoint.nowMs += filingMs
    assert.equal(await send(settings), undefined)
    assert.deepEqual(await outcomesOf(endpoint), ['bob@example.org uncertain', 'cy@example.org accepted'])
  })

  it("is none where the endpoint was killed before the message's first byte went", async () => {
    const { endpoint, a, sync, send, put, server } = await makeSender()
    const killed = new Error('killed')
    await put()
    await assert.rejects(
      send({ submitter: { ...server, submit: async () => Promise.reject(killed) } }),
      killed,
    )
    await send()
    await sync()
    assert.equal(server.taken.length, 1)
    assert.deepEqual([await statesOf(a), await outcomesOf(a), await openDoubts(a)], [['sent'], [], []])
    await put()
    const dying = async (...[, mail]: Parameters<typeof server.submit>) => {
      for await (const _ of mail.read()) break
      throw killed
    }
    await assert.rejects(send({ submitter: { ...server, submit: dying } }), killed)
    await send()
    assert.deepEqual(await statesOf(endpoint), ['sent', 'uncertain'])
    assert.equal(server.taken.length, 1)
  })
})
