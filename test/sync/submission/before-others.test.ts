import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listSubmissions, putSubmission } from '../../../src/replica/submission/submissions.js'
import { tables } from '../../../src/replica/tables.js'
import type { Carrier } from '../../../src/sync/link.js'
import { requestLimits } from '../../../src/sync/policy/limits.js'
import { guid } from '../../world/first-words.js'
import { letter } from '../../world/letter.js'
import { memorySpool } from '../../world/memory-spool.js'
import { latin, messagesIn, stateOf } from '../../world/shown.js'
import { makePair } from '../../world/star.js'
import { mailing, statesOf } from './sending.js'

/** Mail to be sent beside other content that goes up. */

const mail = (subject: string, bytes = 0): string =>
  latin(letter(subject, { from: 'ann@example.org', attachments: bytes === 0 ? [] : [{ seed: 3, bytes }] }))

const draft = (bytes: number): Uint8Array =>
  letter('draft', { from: 'ann@example.org', attachments: [{ seed: 5, bytes }] })

async function makeSender() {
  const pair = await makePair({ seed: 31 })
  const { endpoint, run } = pair
  endpoint.account = { ...endpoint.account, mailing }
  await run()
  return { ...pair, spool: memorySpool() }
}

/** The same line; `look` is called before each piece of a request goes. */
function watched(link: Carrier, look: () => Promise<void>): Carrier {
  async function* pieces(request: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    if (request instanceof Uint8Array) yield request
    else
      for await (const piece of request) {
        await look()
        yield piece
      }
  }
  return { exchange: (request, signal) => link.exchange(pieces(request), signal) }
}

for (const urgent of [true, false])
  test(`${urgent ? 'urgent mail overtakes' : 'other mail stays behind'} an upload that is half sent, of which nothing goes twice`, async () => {
    const { endpoint, client, link, run, spool } = await makeSender()
    client.mail.person.deliver(['INBOX'], draft(200_000))
    const begun = link.stats.up
    const up = (): number => link.stats.up - begun
    let isIn = false
    const cameAt: number[] = []
    const cameAshore = (): void => void cameAt.push(up())
    endpoint.account = { ...endpoint.account, mailing: { ...mailing, cameAshore } }
    const handsIn = watched(link, async () => {
      // So that it is looked for again.
      client.nowMs += 500
      if (isIn || up() < 50_000) return
      isIn = true
      spool.put(mail('late'), { urgent })
      link.cutAfter({ up: 60_000 })
    })
    await assert.rejects(run({ spool, link: handsIn }), { code: 'LINK_FAILED' })
    assert.deepEqual(await statesOf(endpoint), urgent ? ['ashore'] : [])
    assert.equal(cameAt.length, urgent ? 1 : 0)
    await run({ spool })
    assert.equal(cameAt.length, 1)
    assert.ok(up() < 215_000, `${up()} bytes`)
    assert.deepEqual(await statesOf(endpoint), ['ashore'])
    assert.deepEqual(
      messagesIn(endpoint).map(({ bytes }) => latin(bytes)),
      [latin(draft(200_000))],
    )
  })

test('a budget goes to mail that is to be sent before it goes to anything smaller', async () => {
  const { endpoint, client, link, run, spool } = await makeSender()
  client.mail.person.deliver(['INBOX'], draft(2000))
  spool.put(mail('large', 5000))
  const begun = link.stats.up + link.stats.down
  const left = (): number => 7000 - (link.stats.up + link.stats.down - begun)
  const report = await run({ spool, bytesLeft: left })
  assert.ok(left() >= 0)
  assert.equal(report.paused, true)
  assert.deepEqual([await statesOf(endpoint), stateOf(endpoint)], [['ashore'], { INBOX: [] }])
  await run({ spool })
  assert.deepEqual(stateOf(endpoint), { INBOX: ['draft'] })
})

test('what is too much at once waits at the device, which says so, and goes up when some has been sent', async () => {
  const { endpoint, client, run, spool } = await makeSender()
  const { db } = endpoint.account.replica
  spool.put(mail('first'))
  await run({ spool })
  const [first] = await listSubmissions(db)
  assert.ok(first)
  const others = Array.from({ length: requestLimits.mails - 1 }, (_, i) => guid(100_000 + i))
  await db.transact(async (tx) => {
    for (const other of others) putSubmission(tx, { ...first, guid: other })
  })
  spool.put(mail('second'))
  const { refusal } = await run({ spool })
  assert.equal(refusal?.code, 'QUOTA')
  assert.equal((await listSubmissions(db)).length, requestLimits.mails)
  assert.deepEqual(await statesOf(client), ['ashore', 'queued'])
  await db.transact(async (tx) => {
    for (const other of others) tables.submission.delete(tx, other)
  })
  await run({ spool })
  assert.deepEqual(await statesOf(client), ['ashore', 'ashore'])
})
