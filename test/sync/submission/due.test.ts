import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubmitEnvelope } from '../../../src/replica/submission/submission.js'
import {
  getSubmission,
  listPastSubmissions,
  listSubmissions,
  putSubmission,
} from '../../../src/replica/submission/submissions.js'
import { tables } from '../../../src/replica/tables.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { memorySpool } from '../../world/memory-spool.js'
import { messagesIn } from '../../world/shown.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings } from './sending.js'

const envelope: SubmitEnvelope = { from: 'ann@example.org', recipients: ['bob@example.org'] }
const mail = (subject: string, bytes = 0): string =>
  `From: ann@example.org\r\nTo: bob@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n\r\n${'x'.repeat(60)}${'\r\nyyyy'.repeat(bytes / 6)}\r\n`

/** An endpoint with mail ashore that waits for its server. */
async function ashore(fill: (put: ReturnType<typeof memorySpool>['put']) => void) {
  const star = await makeStar(['a'], { seed: 7 })
  const { endpoint } = star
  const client = star.devices.a
  endpoint.account = { ...endpoint.account, mailing }
  await star.run(client)
  const spool = memorySpool()
  fill(spool.put)
  await star.run(client, { spool })
  const server = memoryServer()
  const send = (retired?: AbortSignal) =>
    sendDue(endpoint.account, sendSettings(server), new AbortController().signal, retired)
  return { endpoint, server, send }
}

test('of mail that waits the urgent goes first, then what is smallest', async () => {
  const { server, send } = await ashore((put) => {
    put(mail('long', 6000))
    put(mail('middle', 600))
    put(mail('urgent', 9000), { urgent: true })
    put(mail('short'))
  })
  await send()
  const subjects = server.taken.map(({ text }) => /Subject: (\w+)/.exec(text)?.[1])
  assert.deepEqual(subjects, ['urgent', 'short', 'middle', 'long'])
})

test('when its account is to be let go, the mail under way is the last one: the rest is due at once', async () => {
  const { endpoint, server, send } = await ashore((put) => {
    put(mail('first'))
    put(mail('second', 600))
  })
  const retired = new AbortController()
  const { says } = server
  server.says = (...args) => {
    retired.abort()
    return says(...args)
  }
  const nextMs = await send(retired.signal)
  assert.ok(nextMs !== undefined && nextMs <= endpoint.account.replica.now())
  const states = (await listSubmissions(endpoint.account.replica.db)).map(({ state }) => state)
  assert.deepEqual([server.taken.length, states.sort()], [1, ['ashore', 'sent']])
  server.says = says
  await send()
  assert.equal(server.taken.length, 2)
})

for (const [what, more, reports] of [
  ['who asked for nothing is told', {}, 1],
  ['by the name that the author gave it', { envelopeId: 'ENV-7' }, 1],
  ['who wants to hear nothing is told nothing', { notify: ['never'] }, 0],
  ['the null sender is told nothing', { from: '' }, 0],
  ['who wants to hear of failures is told', { notify: ['failure'] }, 1],
] as const)
  test(`of mail that was refused: ${what}`, async () => {
    const { endpoint, server, send } = await ashore((put) =>
      put(mail('one'), { envelope: { ...envelope, ...more } }),
    )
    server.says = () => 'refused'
    await send()
    assert.deepEqual(
      (await listSubmissions(endpoint.account.replica.db)).map(({ state }) => state),
      ['refused'],
    )
    const told = messagesIn(endpoint, ['INBOX']).map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    assert.equal(told.length, reports)
    const names = told.some((text) => /^Original-Envelope-Id: ENV-7\r?$/im.test(text))
    assert.equal(names, 'envelopeId' in more)
  })

const dayMs = 86_400_000

test('mail that has gone is remembered for thirty days, though its author has heard of it, and is forgotten then', async () => {
  const { endpoint, devices, run } = await makeStar(['a'], { seed: 12 })
  endpoint.account = { ...endpoint.account, mailing }
  const client = devices.a
  const { db } = client.account.replica
  const spool = memorySpool()
  const sync = () => run(client, { spool })
  const send = () => sendDue(endpoint.account, sendSettings(memoryServer()), new AbortController().signal)
  await sync()
  spool.put('From: ann@example.org\nTo: bob@example.org\nSubject: one\n\nHello.\n')
  for (let i = 0; i < 2; i++) {
    await sync()
    await send()
  }
  const [sent] = await listSubmissions(db)
  assert.equal(sent?.state, 'sent')
  assert.ok(sent)
  await db.transact(async (tx) => void putSubmission(tx, { ...sent, heard: true }))
  client.nowMs += 29 * dayMs
  await sync()
  assert.equal((await listPastSubmissions(db)).length, 1)
  assert.ok(await tables.content.has(db, sent.content))
  client.nowMs += 2 * dayMs
  await sync()
  assert.equal(await getSubmission(db, sent.guid), undefined)
})
