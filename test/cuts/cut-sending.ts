import assert from 'node:assert/strict'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { sendDue } from '../../src/sync/submission/send-due.js'
import { mailing, memoryServer, memorySpool, sendSettings, statesOf } from '../sync/submission/sending.js'
import { seededRandom } from '../world/random.js'
import { stateOf } from '../world/shown.js'
import { makeStar } from '../world/star.js'
import type { Way } from './session.js'

/** Three mails go up in one session, and a later one tells what became of them. The line breaks anywhere in either. */

export const sendingPhases = ['mail goes up', 'its end is told'] as const
export type SendingPhase = (typeof sendingPhases)[number]

const subjects = ['filed', 'long', 'urgent'] as const

function letter(subject: (typeof subjects)[number]): string {
  const random = seededRandom(subject.length)
  const body = Buffer.from(random.bytes(subject === 'long' ? 900 : 60)).toString('base64')
  return `From: ann@example.org\r\nTo: bob@example.org\r\nBcc: eve@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n\r\n${body}\r\n`
}

async function prepare() {
  const { endpoint, devices, link, run } = await makeStar(['client'], { seed: 11 })
  const { client } = devices
  const mails = (): void => {
    endpoint.account = { ...endpoint.account, mailing }
  }
  mails()
  const spool = memorySpool()
  const server = memoryServer()
  const sync = () => run(client, { spool })
  await sync()
  spool.put(letter('long'))
  spool.put(letter('filed'))
  spool.put(letter('urgent'), {
    urgent: true,
    envelope: { from: 'ann@example.org', recipients: ['bob@example.org', 'eve@example.org'] },
  })
  // One mail program files its own copy.
  client.mail.person.createMailbox(['Sent'])
  client.mail.person.deliver(['Sent'], new TextEncoder().encode(letter('filed')), ['\\Seen'])
  const send = () => sendDue(endpoint.account, sendSettings(server), new AbortController().signal)
  const restart = async (): Promise<void> => {
    await client.restart()
    await endpoint.restart()
    mails()
  }
  return { endpoint, client, link, spool, server, sync, send, restart }
}

/** How many bytes go each way in a phase that isn't cut. */
export async function measureSending(phase: SendingPhase): Promise<Record<Way, number>> {
  const { link, sync, send } = await prepare()
  const before = { ...link.stats }
  await sync()
  const between = { ...link.stats }
  await send()
  await sync()
  const [from, to] = phase === 'mail goes up' ? [before, between] : [between, link.stats]
  return { up: to.up - from.up, down: to.down - from.down }
}

/**
 * Cuts a phase when so many bytes have gone that way. The endpoint hands over what it has by then; both ends restart, and sync once more. Throws
 * AssertionError unless each mail went once, stands in Sent once on both sides, and its author knows.
 */
export async function cutSending(phase: SendingPhase, way: Way, at: number): Promise<void> {
  const what = `${phase}, cut ${way} after byte ${at}`
  const { endpoint, client, link, spool, server, sync, send, restart } = await prepare()
  if (phase === 'its end is told') {
    await sync()
    await send()
  }
  link.cutAfter({ [way]: at })
  await assert.rejects(sync(), (error) => hasCode(error, 'LINK_FAILED'), what)
  await send()
  await restart()
  await sync()
  await send()
  const taken = server.taken.map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1])
  assert.deepEqual(taken.sort(), [...subjects], `${what}: handed over`)
  for (const { text } of server.taken)
    assert.ok(
      subjects.some((subject) => letter(subject).replace('Bcc: eve@example.org\r\n', '') === text),
      `${what}: to the byte`,
    )
  await sync()
  await sync()
  assert.deepEqual(await statesOf(client), ['sent', 'sent', 'sent'], what)
  assert.deepEqual(await spool.list(), [], what)
  for (const side of [client, endpoint])
    assert.deepEqual(
      stateOf(side),
      { INBOX: [], Sent: subjects.map((subject) => `${subject} \\Seen`) },
      `${what}: ${side.name}`,
    )
  await send()
  assert.equal(server.taken.length, subjects.length, what)
}
