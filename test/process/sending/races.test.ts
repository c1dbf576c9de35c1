import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { letter } from '../../world/letter.js'
import { describeRun, lastEvent } from '../../world/process/program.js'
import { seededRandom } from '../../world/random.js'
import { latin } from '../../world/shown.js'
import { until } from '../../world/until.js'
import { letterTo, makeSender, outboxRows, type Sender } from './sender.js'

/** Two that do something about one mail at the same time, as processes. */

const seed = Number(process.env['PACKETBOAT_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const rounds = process.env['PACKETBOAT_MORE'] ? 40 : 4

async function nameOf(sender: Sender, subject: string): Promise<string> {
  const row = (await outboxRows(sender)).find((each) => each.subject === subject)
  assert.ok(row, subject)
  return row.name
}

/** Until nothing is on its way any more. */
const settle = (sender: Sender): Promise<void> =>
  until(async () => {
    await sender.sync()
    return (await outboxRows(sender)).every(({ state }) =>
      /^(?:sent|refused|failed|cancelled|held)$/.test(state),
    )
  })

const subjectsTaken = ({ smtp }: Sender): string[] =>
  smtp.taken.map(({ bytes }) => /^Subject: (.*)\r$/m.exec(Buffer.from(bytes).toString())?.[1] ?? '').sort()

/** Incompressible, of some size on the line. */
const largeMail = (subject: string, bytes: number): string =>
  latin(letter(subject, { from: 'ann@example.org', id: subject, attachments: [{ seed: 4, bytes }] }))

for (const [what, responseCode, state] of [
  ['takes the mail', undefined, 'sent'],
  ['wants to be tried again', 450, 'cancelled'],
] as const)
  test(`a mail that is cancelled while the server ${what} is ${state}, here and there`, async (t) => {
    let answer: () => void = () => undefined
    let asked = 0
    const sender = await makeSender(t, {
      onRcptTo: (_, __, done) => {
        asked++
        answer = () => done(responseCode && Object.assign(new Error('later'), { responseCode }))
      },
    })
    await sender.sync()
    assert.equal(await sender.sendmail(['bob@example.net'], letterTo('bob@example.net', 'one')), 0)
    await sender.sync()
    await until(async () => asked === 1)
    const cancelled = lastEvent(await sender.run(['outbox', 'cancel', await nameOf(sender, 'one')]))
    assert.equal(cancelled.event, 'cancelling')
    await sender.sync()
    assert.deepEqual(await sender.outbox(), ['handing one'])
    answer()
    await settle(sender)
    assert.deepEqual(await sender.outbox(), [`${state} one`])
    assert.deepEqual([asked, sender.smtp.taken.length], [1, responseCode ? 0 : 1])
    if (!responseCode) assert.equal(sender.person.list(['Sent']).length, 1)
  })

test(`of a cancel and a hand-over at the same time one wins, and both sides know which (seed ${seed})`, async (t) => {
  const random = seededRandom(seed)
  const sender = await makeSender(t, {
    // Long enough for a cancel to come ashore meanwhile.
    onConnect: (_, done) => void setTimeout(random.next() * 2000).then(() => done()),
  })
  await sender.sync()
  for (let i = 0; i < rounds; i++) {
    assert.equal(await sender.sendmail(['bob@example.net'], letterTo('bob@example.net', `mail-${i}`)), 0)
    const name = await nameOf(sender, `mail-${i}`)
    const sync = sender.startSync()
    await setTimeout(random.next() * 600)
    const { code } = await sender.run(['outbox', 'cancel', name])
    // 4: the sync had it. 2: it was over already.
    assert.ok(code === 0 || code === 2 || code === 4, `exit code ${code}`)
    await sync.ended
    if (code !== 4) continue
    await sender.run(['outbox', 'cancel', name])
    await sender.sync()
  }
  await settle(sender)
  // What was taken back here leaves nothing behind.
  const sent = (await outboxRows(sender))
    .filter(({ state }) => state === 'sent')
    .map(({ subject }) => subject)
  assert.deepEqual(subjectsTaken(sender), sent.sort())
  if (sent.length > 0) assert.equal(sender.person.list(['Sent']).length, sent.length)
  console.log(`${rounds} cancelled, ${sent.length} too late`)
})

test('what a sync has taken can be neither held nor changed while it runs, and what it has not taken can', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  assert.equal(await sender.sendmail(['bob@example.net'], largeMail('one', 400_000)), 0)
  // More than ten minutes for it, and it is killed before.
  const running = sender.startSync(['--limit-rate', '4 kbit/s'])
  const name = await nameOf(sender, 'one')
  await until(async () => readdirSync(join(sender.data, 'outbox')).includes(`${name}.taken`))
  const outbox = async (args: readonly string[], code: number): Promise<void> => {
    const result = await sender.run(['outbox', ...args], { env: { VISUAL: 'true' } })
    assert.equal(result.code, code, describeRun(args, result))
  }
  for (const verb of ['hold', 'edit']) await outbox([verb, name], 4)
  await outbox(['release', name], 0)
  for (const subject of ['two', 'three'])
    assert.equal(await sender.sendmail(['bob@example.net'], letterTo('bob@example.net', subject)), 0)
  for (const subject of ['two', 'three']) await outbox(['hold', await nameOf(sender, subject)], 0)
  await outbox(['release', await nameOf(sender, 'three')], 0)
  await running.kill('SIGKILL')
  await settle(sender)
  assert.deepEqual((await sender.outbox()).sort(), ['held two', 'sent one', 'sent three'])
  assert.deepEqual(subjectsTaken(sender), ['one', 'three'])
})

test('a budget that ends within a mail goes to no other mail, and what it paid for is not paid again', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  sender.person.deliver(['INBOX'], letter('small'))
  const mail = largeMail('one', 60_000)
  assert.equal(await sender.sendmail(['bob@example.net'], mail), 0)
  const upSoFar = async (): Promise<number> =>
    (lastEvent(await sender.run(['usage'])) as unknown as { total: { up: number } }).total.up
  const ups = [await upSoFar()]
  for (let i = 0; i < 2; i++) {
    await sender.sync(['--max-bytes', '25k'], { code: 11 })
    ups.push(await upSoFar())
    assert.deepEqual(await sender.outbox(), ['queued one'])
    assert.deepEqual(sender.server.person.list(['INBOX']), [])
    assert.equal(sender.smtp.taken.length, 0)
  }
  await sender.sync()
  ups.push(await upSoFar())
  await settle(sender)
  assert.equal(sender.smtp.taken.length, 1)
  assert.equal(sender.server.person.list(['INBOX']).length, 1)
  const [before = 0, ...after] = ups
  const [first = 0, second = 0, all = 0] = after.map((up) => up - before)
  assert.ok(first > 15_000 && second > 30_000 && all < 64_000, `${first}, ${second}, ${all} bytes up`)
})

test('urgent mail overtakes an upload that is half sent', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  sender.person.deliver(['INBOX'], letter('large', { attachments: [{ seed: 3, bytes: 10_000_000 }] }))
  // Almost ten minutes for it, and it is killed before.
  const running = sender.startSync(['--limit-rate', '150 kbit/s'])
  await running.event('progress')
  assert.equal(await sender.sendmail(['--urgent', 'bob@example.net'], letterTo('bob@example.net', 'help')), 0)
  await until(async () => sender.smtp.taken.length === 1)
  assert.deepEqual(sender.server.person.list(['INBOX']), [])
  await running.kill('SIGKILL')
})
