import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { letter } from '../../world/letter.js'
import { messagesIn } from '../../world/shown.js'
import { makeLeading } from './leading.js'

const inbox = ['INBOX']
const dayMs = 86_400_000

async function pairedWith(...letters: readonly (readonly [bytes: Uint8Array, daysAgo?: number])[]) {
  const leading = await makeLeading()
  const { endpoint } = leading
  for (const [bytes, daysAgo = 0] of letters)
    endpoint.mail.person.deliver(inbox, bytes, ['\\Seen'], endpoint.nowMs - daysAgo * dayMs)
  await leading.port.pair('good')
  return leading
}

test('a conflict is listed with its two sides, and settled once', async () => {
  const { endpoint, port, messages } = await pairedWith([letter('dear')])
  const { person } = endpoint.mail
  for (const path of [['Here'], ['There']]) person.createMailbox(path)
  await port.sync()
  const [message] = await messages(inbox)
  const here = (await port.mailboxes()).find(({ path }) => path[0] === 'Here')
  await port.move([message?.guid ?? ''], here?.guid ?? '')
  person.move(inbox, messagesIn(endpoint, inbox)[0]?.locator ?? '', ['There'])
  await port.sync()
  const { conflicts, problems, untold } = await port.matters()
  assert.deepEqual([problems, untold], [[], 0])
  assert.deepEqual(
    conflicts.map(({ kind, here, there }) => [kind, here, there]),
    [['moved-apart', { subject: 'dear', mailbox: 'Here' }, { subject: 'dear', mailbox: 'There' }]],
  )
  const [{ number, choices } = { number: 0, choices: [] }] = conflicts
  assert.deepEqual(choices, ['here', 'there', 'both'])
  await assert.rejects(port.settle(99, 'both'), (error) => hasCode(error, 'NOT_FOUND'))
  await port.settle(number, 'there')
  assert.deepEqual((await port.matters()).conflicts, [])
  assert.deepEqual([(await messages(['Here'])).length, (await messages(['There'])).length], [0, 1])
  await port.retry()
})

test('a price makes money of bytes: of a part that is not here, and of a budget', async () => {
  const attachments = [{ bytes: 300_000, name: 'chart.png' }]
  const leading = await pairedWith([letter('chart', { attachments })])
  const { port } = leading
  await assert.rejects(port.sync({ cost: { amount: 1, currency: 'EUR' } }), (error) =>
    hasCode(error, 'USAGE'),
  )
  for (const terms of [{ price: 'much' }, { keepDays: 0 }, { keepDays: 1.5 }, { keepDays: Number.NaN }])
    await assert.rejects(port.setTerms(terms), (error) => hasCode(error, 'USAGE'), JSON.stringify(terms))
  await port.setTerms({ price: '4 EUR/MB' })
  const dollars = { amount: 1, currency: 'USD' }
  await assert.rejects(port.sync({ cost: dollars }), (error) => hasCode(error, 'USAGE'))
  await port.sync()
  const [message] = await leading.messages(inbox)
  const { parts } = await port.message(message?.guid ?? '')
  assert.deepEqual(parts[1]?.cost, { amount: 1.2, currency: 'EUR' })
  await port.want(message?.guid ?? '', [1])
  assert.deepEqual((await port.wanted())[0]?.part.cost, { amount: 1.2, currency: 'EUR' })
  const { paused } = await port.sync({ cost: { amount: 0.1, currency: 'EUR' } })
  assert.equal(paused, true)
  const { down } = leading.link.stats
  assert.ok(down < 30_000, `${down} bytes for 0.10 EUR at 4 EUR/MB`)
  await leading.kill()
  assert.deepEqual(await leading.port.terms(), { price: '4 EUR/MB' }, 'it is remembered')
})

test('what a window leaves ashore is counted, looked for there, and taken', async () => {
  const leading = await pairedWith([letter('old wind'), 100], [letter('old sail'), 90], [letter('new wind')])
  const { port } = leading
  await port.setTerms({ keepDays: 30 })
  await port.sync()
  assert.deepEqual((await leading.messages(inbox)).length, 1)
  const { mailboxes } = await port.ashore()
  assert.deepEqual(
    mailboxes.map(({ path, messages }) => [path.join('/'), messages]),
    [['INBOX', 2]],
  )
  await assert.rejects(port.ask(' '), (error) => hasCode(error, 'USAGE'))
  await assert.rejects(port.take('wind', [0]), (error) => hasCode(error, 'NOT_FOUND'))
  await port.ask(' wind ')
  assert.equal((await port.ashore()).questions[0]?.state, 'waits')
  await port.sync()
  const question = async () => (await port.ashore()).questions.find(({ words }) => words === 'wind')
  const found = await question()
  assert.deepEqual([found?.state, found?.total], ['answered', 1])
  assert.deepEqual(
    found?.hits.map(({ subject, mailbox, is, message }) => [subject, mailbox, is, message]),
    [['old wind', 'INBOX', 'ashore', undefined]],
  )
  await port.take('wind', [0, 7, -1])
  assert.equal((await question())?.hits[0]?.is, 'comes')
  await port.sync()
  const hit = (await question())?.hits[0]
  assert.equal(hit?.is, 'here')
  assert.equal((await port.message(hit?.message ?? '')).subject, 'old wind')
  assert.equal((await port.ashore()).mailboxes[0]?.messages, 1)
})
