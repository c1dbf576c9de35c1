import assert from 'node:assert/strict'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { sendDue } from '../../src/sync/submission/send-due.js'
import { forward } from '../sync/submission/forwarded.js'
import { mailing, memoryServer, sendSettings, statesOf } from '../sync/submission/sending.js'
import { letter } from '../world/letter.js'
import { memorySpool } from '../world/memory-spool.js'
import { seededRandom } from '../world/random.js'
import { findMessage, latin, stateOf } from '../world/shown.js'
import type { Side } from '../world/side.js'
import { makeStar } from '../world/star.js'
import type { Way } from './session.js'

/**
 * Mail goes up in one session, one of it with a message in it that isn't here, and a later session tells what became of all. The line breaks anywhere
 * in either.
 */

export const sendingPhases = ['mail goes up', 'its end is told'] as const
export type SendingPhase = (typeof sendingPhases)[number]

const subjects = ['filed', 'forward', 'long', 'urgent'] as const

const plan = letter('plan', {
  to: 'ann@example.org',
  id: 'plan',
  attachments: [{ bytes: 3000, name: 'plan.pdf', type: 'application/pdf' }],
})

/** A mail as it is handed in; `forwarded` is what there is of the message that one of them forwards. */
function mailOf(subject: (typeof subjects)[number], forwarded: string): string {
  const fields = [
    'From: ann@example.org',
    'To: bob@example.org',
    'Bcc: eve@example.org',
    `Subject: ${subject}`,
    `Message-ID: <${subject}@example.org>`,
  ]
  if (subject === 'forward') return forward(forwarded, 'mixed', fields.map((field) => `${field}\n`).join(''))
  const random = seededRandom(subject.length)
  const body = Buffer.from(random.bytes(subject === 'long' ? 900 : 60)).toString('base64')
  return [...fields, '', body, ''].join('\r\n')
}

/** As a mail program does that files what it sends. */
function fileInSent(client: Side, subject: (typeof subjects)[number]): void {
  client.mail.person.deliver(['Sent'], new TextEncoder().encode(mailOf(subject, '')), ['\\Seen'])
}

async function prepare() {
  const { endpoint, devices, link, run } = await makeStar(['client'], { seed: 11 })
  const { client } = devices
  const mails = (): void => {
    endpoint.account = { ...endpoint.account, mailing }
  }
  mails()
  endpoint.mail.person.deliver(['INBOX'], plan)
  const spool = memorySpool()
  const server = memoryServer()
  const policy = { ...defaultPolicy, smallBytes: 500, attachmentBytes: 1000 }
  const sync = () => run(client, { spool, policy })
  for (let i = 0; i < 2; i++) await sync()
  const standIn = latin(findMessage(client, 'plan').bytes)
  for (const subject of ['long', 'filed', 'forward'] as const) spool.put(mailOf(subject, standIn))
  spool.put(mailOf('urgent', ''), {
    urgent: true,
    envelope: { from: 'ann@example.org', recipients: ['bob@example.org', 'eve@example.org'] },
  })
  // One mail program files its own copy.
  client.mail.person.createMailbox(['Sent'])
  fileInSent(client, 'filed')
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
  const world = await prepare()
  const { link, sync, send, restart } = world
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
  await assertSent(world, what)
}

/**
 * One side dies at this write of both phases, before or after it, and goes on from its disks. The copy of one mail is filed on both sides. Gives false
 * where there are no so many writes. Throws AssertionError as `cutSending` does, but for mail that went twice because the endpoint died with it under way.
 */
export async function killSending(dying: 'client' | 'endpoint', step: number): Promise<boolean> {
  const what = `the ${dying} died at write ${step}`
  const world = await prepare()
  const { client, endpoint, sync, send, restart } = world
  const fileUrgent = async () => fileInSent(client, 'urgent')
  world[dying].crashAt(step)
  let died = false
  for (const act of [sync, send, fileUrgent, sync])
    await act().catch(async (error: unknown) => {
      assert.match(`${error}`, /crashed|is dead/, what)
      died = true
      await restart()
    })
  world[dying].crashAt(undefined)
  for (let i = 0; i < 3; i++) {
    await sync()
    endpoint.nowMs += doubtMs
    await send()
  }
  await assertSent(world, what, died && dying === 'endpoint' ? 2 : 1)
  return died
}

/** Longer than the endpoint waits until it looks for mail in doubt. */
const doubtMs = 20 * 60_000

async function assertSent(
  { client, endpoint, server, spool, sync, send }: Awaited<ReturnType<typeof prepare>>,
  what: string,
  mostTimes = 1,
): Promise<void> {
  const taken = server.taken.map(({ text }) => /^Subject: (.*?)\r?$/m.exec(text)?.[1] ?? '')
  assert.deepEqual([...new Set(taken)].sort(), [...subjects], `${what}: handed over`)
  for (const subject of subjects)
    assert.ok(taken.filter((each) => each === subject).length <= mostTimes, `${what}: ${taken}`)
  for (const { text } of server.taken)
    assert.ok(
      subjects.some((subject) => mailOf(subject, latin(plan)).replace(/^Bcc: .*\r?\n/m, '') === text),
      `${what}: to the byte`,
    )
  await sync()
  await sync()
  assert.deepEqual(
    await statesOf(client),
    subjects.map(() => 'sent'),
    what,
  )
  assert.deepEqual(await spool.list(), [], what)
  for (const side of [client, endpoint]) {
    // What came by name has its text there, and its attachment ashore.
    const lines = subjects.map(
      (subject) => `${subject} \\Seen${subject === 'forward' && side === client ? ' (stand-in)' : ''}`,
    )
    const state = stateOf(side)
    assert.deepEqual(state['Sent'], lines, `${what}: ${side.name}`)
    assert.equal(state['INBOX']?.length, 1, `${what}: ${side.name}`)
  }
  const before = server.taken.length
  await send()
  assert.equal(server.taken.length, before, what)
}
