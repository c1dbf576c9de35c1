import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const policy = { ...defaultPolicy, attachmentBytes: 1e6 }

const mail = (serial: number, bytes: number): Uint8Array =>
  letter(`chart ${serial}`, {
    to: 'bob@example.org',
    text: `This is number ${serial}.`,
    attachments: [{ seed: serial, bytes }],
  })

/** Two messages on each side that the other lacks, with attachments that nothing shrinks. */
async function world() {
  const { endpoint, client, link } = await makePair({ seed: 11 })
  endpoint.mail.person.deliver(['INBOX'], mail(1, 20_000), [])
  endpoint.mail.person.deliver(['INBOX'], mail(2, 9000), [])
  client.mail.person.deliver(['INBOX'], mail(3, 15_000), [])
  client.mail.person.deliver(['INBOX'], mail(4, 1000), [])
  const moved = () => link.stats.up + link.stats.down
  /** One run with so many bytes; what it took. */
  const run = async (budget: number) => {
    const before = moved()
    const report = await sync(client.account, { link, policy, bytesLeft: () => budget - (moved() - before) })
    return { report, took: moved() - before }
  }
  return { endpoint, client, link, run }
}

const bodies = (side: Side): string[] =>
  (side.mail.snapshot().get('INBOX') ?? []).map(({ bytes }) => new TextDecoder('latin1').decode(bytes)).sort()

for (const budget of [900, 1500, 3000, 10_000, 30_000])
  test(`runs of ${budget} bytes each never take more, and together they bring everything`, async () => {
    const { endpoint, client, run } = await world()
    let runs = 0
    for (;;) {
      const { report, took } = await run(budget)
      assert.ok(took <= budget, `${took} of ${budget} bytes in run ${runs}`)
      if (!report.paused) break
      assert.ok(took > 0, 'a run that goes nowhere')
      assert.ok(++runs < 200, 'it does not come to an end')
    }
    assert.ok(runs > 0, 'the budget was too big to test anything')
    assert.equal(bodies(client).length, 4)
    assert.deepEqual(bodies(client), bodies(endpoint))
  })

test('what is left of a budget brings part of an attachment, which goes on from there', async () => {
  const { client, run } = await world()
  await run(1e6)
  client.mail.person.deliver(['INBOX'], mail(5, 50_000), [])
  let total = 0
  for (let report = { paused: true }; report.paused; ) {
    const result = await run(5000)
    total += result.took
    report = result.report
  }
  assert.ok(total < 50_000 + 12 * 300, `${total} bytes for 50,000`)
})

test('a budget that is spent before it begins connects to nobody', async () => {
  const { link, run } = await world()
  const { report, took } = await run(0)
  assert.deepEqual(
    { paused: report.paused, exchanges: report.exchanges, took },
    { paused: true, exchanges: 0, took: 0 },
  )
  assert.equal(link.exchanges, 0)
})

test('lists and texts come before attachments, however small the budget', async () => {
  const { client, run } = await world()
  const { report } = await run(16_000 + 2 * 2000 + 2 * 300 + 2000)
  assert.equal(report.paused, true)
  const texts = bodies(client)
  assert.equal(texts.filter((text) => /This is number [12]\./.test(text)).length, 2)
})
