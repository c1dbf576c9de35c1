import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concat } from '../../../src/bytes/concat.js'
import type { MailboxPath } from '../../../src/replica/model.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { askQuestion, isOpen, listAsked, takeHits } from '../../../src/sync/search/asked-questions.js'
import { unbundle } from '../../../src/wire/bundle.js'
import { createFrameDecoder } from '../../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { requestKinds } from '../../../src/wire/request-frames.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import { everything, makePair } from '../../world/star.js'

/** What a device asks its upstream for of what it hasn't got. */

const dayMs = 86_400_000
const windows = [{ mailboxes: [], keep: { days: 90 } }]

async function makeAsker() {
  const pair = await makePair({ seed: 7 })
  const { endpoint, client } = pair
  const { db } = client.account.replica
  const deliver = (
    subject: string,
    daysOld: number,
    path: MailboxPath = ['INBOX'],
    text = 'Hello.',
  ): string =>
    endpoint.mail.person.deliver(
      path,
      new TextEncoder().encode(
        `From: Ann <ann@example.org>\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n\r\n${text}\r\n`,
      ),
      ['\\Seen'],
      endpoint.nowMs - daysOld * dayMs,
    )
  for (const path of [['Work'], ['Junk']]) endpoint.mail.person.createMailbox(path)
  const policy = { ...everything, windows, select: ['*', '!Junk'] }
  const ask = (text: string, { most = 20, again = false } = {}) =>
    askQuestion(db, { text, most, askedMs: 1 }, { again })
  const last = async () => (await listAsked(db)).at(-1)
  return {
    ...pair,
    db,
    deliver,
    ask,
    last,
    run: (more = {}) => pair.run({ policy, ...more }),
    hits: async () => (await last())?.answer?.hits,
    subjects: async () => (await last())?.answer?.hits?.entries.map(({ subject }) => subject),
    here: (path?: MailboxPath) =>
      messagesIn(client, path)
        .map(({ bytes }) => subjectOf(bytes))
        .sort(),
  }
}

describe('a question of what is ashore', () => {
  it('waits for the next sync, which brings how much there is, and the newest of it', async () => {
    const { deliver, run, ask, last, hits, subjects } = await makeAsker()
    for (const daysOld of [1, 400, 300, 200, 100]) deliver(`dues ${daysOld}`, daysOld)
    deliver('dues of work', 150, ['Work'])
    deliver('dues of junk', 1, ['Junk'])
    deliver('else', 150)
    await run()
    const asked = await ask('from:ann dues', { most: 3 })
    assert.equal(asked.answer, undefined)
    assert.deepEqual(await ask('from:ann dues', { most: 2 }), asked, 'the same question is one')
    await run()
    // What is here isn't told of; what isn't chosen is.
    assert.deepEqual(await subjects(), ['dues of junk', 'dues 100', 'dues of work'])
    const found = await hits()
    assert.equal(found?.total, 6)
    assert.ok((found?.totalBytes ?? 0) > 6 * 80)
    assert.equal(isOpen((await last())!), false)
  })

  it('costs nothing once it is answered', async () => {
    const { deliver, run, ask, cost } = await makeAsker()
    deliver('old', 400)
    await run()
    await run()
    const quiet = await cost(run)
    await ask('subject:old')
    const answered = await cost(run)
    assert.ok(answered.up - quiet.up < 60, `${answered.up - quiet.up} bytes up`)
    assert.deepEqual(await cost(run), quiet)
    await ask('subject:old')
    assert.deepEqual(await cost(run), quiet)
    await ask('subject:old', { again: true })
    assert.ok((await cost(run)).up > quiet.up)
  })

  it('brings in what is taken, to the last byte, and leaves it there when it is older still', async () => {
    const { deliver, run, ask, hits, db, here, endpoint, client } = await makeAsker()
    for (const daysOld of [100, 200, 300]) deliver(`dues ${daysOld}`, daysOld)
    await run()
    await ask('dues')
    await run()
    const wanted = (await hits())?.entries.filter(({ subject }) => subject === 'dues 200') ?? []
    await takeHits(db, wanted)
    await run()
    assert.deepEqual(here(), ['dues 200'])
    const bytesOf = (side: typeof client) =>
      messagesIn(side).find(({ bytes }) => subjectOf(bytes) === 'dues 200')
    assert.deepEqual(bytesOf(client)?.bytes, bytesOf(endpoint)?.bytes)
    client.nowMs += 100 * dayMs
    endpoint.nowMs += 100 * dayMs
    await run()
    assert.deepEqual(here(), ['dues 200'])
    assert.equal(messagesIn(endpoint).length, 3)
    await ask('dues', { again: true })
    await run()
    assert.equal((await hits())?.total, 2)
  })

  it('still brings what is taken when a run was narrowed to another mailbox', async () => {
    const { deliver, run, ask, hits, db, here } = await makeAsker()
    deliver('dues', 300, ['Work'])
    await run()
    await ask('dues')
    await run()
    await takeHits(db, (await hits())?.entries ?? [])
    await run({ only: ['INBOX'] })
    assert.deepEqual(here(['Work']), [])
    await run()
    assert.deepEqual(here(['Work']), ['dues'])
  })

  it('is told of all of a mailbox that a run leaves out', async () => {
    const { deliver, run, ask, subjects } = await makeAsker()
    deliver('dues', 1, ['Work'])
    await run({ only: ['INBOX'] })
    await ask('dues')
    await run({ only: ['INBOX'] })
    assert.deepEqual(await subjects(), ['dues'])
  })

  it('is asked again until all is in the index', async () => {
    const { deliver, run, ask, last, hits, endpoint } = await makeAsker()
    for (let i = 0; i < 450; i++) deliver(`dues ${i}${i % 3 === 0 ? ' paid' : ''}`, 200)
    await run()
    await ask('dues paid')
    // The time that an answer waits is over soon.
    endpoint.watchCommits = () => {
      endpoint.nowMs += 600
    }
    await run()
    endpoint.watchCommits = undefined
    const first = await hits()
    assert.ok(
      (first?.left ?? 0) > 0 && first?.total && first.total < 150,
      JSON.stringify({ ...first, entries: [] }),
    )
    assert.ok(isOpen((await last())!))
    await run()
    assert.equal((await hits())?.total, 150)
    assert.equal((await hits())?.left, 0)
    assert.equal(messagesIn(endpoint).length, 450)
  })

  it('that means nothing there is answered too', async () => {
    const { run, ask, hits, last } = await makeAsker()
    await run()
    await ask('!')
    await run()
    assert.equal((await hits())?.isStrange, true)
    assert.equal(isOpen((await last())!), false)
  })

  it('is asked anew of an upstream that has lost its memory', async () => {
    const { deliver, run, ask, last, hits, endpoint } = await makeAsker()
    deliver('dues', 300)
    await run()
    await ask('dues')
    await run()
    assert.equal((await hits())?.total, 1)
    const before = (await last())?.answer?.atMs ?? 0
    await endpoint.loseDatabase()
    await run()
    assert.equal((await hits())?.total, 1)
    assert.ok(((await last())?.answer?.atMs ?? 0) > before)
  })

  it('waits for nobody where the upstream is of an earlier version, and is asked once', async () => {
    const { deliver, run, ask, last, link, client, cost } = await makeAsker()
    deliver('dues', 300)
    await run()
    const quiet = await cost(run)
    await ask('dues')
    const { account } = client
    const older: Carrier = {
      exchange: async (request, signal) => {
        assert.ok(request instanceof Uint8Array)
        const { encode } = createFrameEncoder(account)
        const decoder = createFrameDecoder(account)
        const frames: Uint8Array[] = []
        decoder.push(request)
        for (let frame = decoder.next(); frame; frame = decoder.next())
          for (const { kind, payload } of unbundle(frame))
            if (kind !== requestKinds.question)
              frames.push(encode(kind, payload, kind === requestKinds.end ? 'stored' : 'text'))
        return link.exchange(concat(frames), signal)
      },
    }
    await run({ link: older })
    const asked = await last()
    assert.ok(asked?.answer && !asked.answer.hits)
    assert.deepEqual(await cost(run), quiet)
  })

  it('stays on a list that has an end', async () => {
    const { ask, db } = await makeAsker()
    for (let i = 0; i < 60; i++) await ask(`w${i}`)
    const asked = await listAsked(db)
    assert.equal(asked.length, 50)
    assert.equal(asked.at(-1)?.question.text, 'w59')
  })

  it('changes no mail', async () => {
    const { deliver, run, ask, endpoint } = await makeAsker()
    deliver('dues', 300)
    await run({ policy: { ...defaultPolicy, windows } })
    const before = JSON.stringify([...endpoint.mail.snapshot()])
    await ask('dues')
    await run()
    assert.equal(JSON.stringify([...endpoint.mail.snapshot()]), before)
  })
})
