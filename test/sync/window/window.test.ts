import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type MailboxPath, pathText } from '../../../src/replica/model.js'
import { tables } from '../../../src/replica/tables.js'
import type { Window } from '../../../src/sync/policy/window.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { everything, makePair } from '../../world/star.js'

const dayMs = 86_400_000
const seen = ['\\Seen']

interface Letter {
  readonly daysOld: number
  readonly flags?: readonly string[]
  readonly answers?: string
  readonly in?: MailboxPath
}

const windowOf = (keep: Window['keep'], ...mailboxes: string[]): Window => ({ mailboxes, keep })

const makeWindowed = (...first: readonly Window[]) => makeWindowedBy({}, ...first)

async function makeWindowedBy(star: { readonly sliceMessages?: number }, ...first: readonly Window[]) {
  const pair = await makePair({ seed: 5, ...star })
  const { endpoint, client } = pair
  const nowMs = endpoint.nowMs
  let windows: readonly Window[] = first
  const deliver = (subject: string, { daysOld, flags = seen, answers, in: path = ['INBOX'] }: Letter) => {
    if (!endpoint.mail.snapshot().has(pathText(path))) endpoint.mail.person.createMailbox(path)
    return endpoint.mail.person.deliver(
      path,
      new TextEncoder().encode(
        `From: ann@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n${answers === undefined ? '' : `In-Reply-To: <${answers}@example.org>\r\n`}\r\nHello, ${subject}.\r\n`,
      ),
      flags,
      nowMs - daysOld * dayMs,
    )
  }
  const run = (more = {}) => pair.run({ policy: { ...everything, windows }, ...more })
  return {
    ...pair,
    deliver,
    run,
    look: (...to: readonly Window[]) => {
      windows = to
    },
    here: (path?: MailboxPath) => subjects(client, path),
    there: (path?: MailboxPath) => subjects(endpoint, path),
    ashore: () => ashoreOf(client),
  }
}

const subjects = (side: Side, path?: MailboxPath): string[] =>
  messagesIn(side, path)
    .map(({ bytes }) => subjectOf(bytes))
    .sort()

async function ashoreOf({ account }: Side): Promise<number> {
  let sum = 0
  for await (const { value } of tables.shore.list(account.replica.db)) sum += value.messages
  return sum
}

describe('a window over an account', () => {
  it('leaves ashore what is older, deletes none of it, and says how much that is', async () => {
    const { deliver, run, here, there, ashore, cost } = await makeWindowed(windowOf({ days: 90 }))
    for (const daysOld of [1, 30, 89, 91, 400, 4000]) deliver(`d${daysOld}`, { daysOld })
    await run()
    assert.deepEqual(here(), ['d1', 'd30', 'd89'])
    assert.equal(await ashore(), 3)
    const quiet = await cost(run)
    assert.deepEqual(await cost(run), quiet)
    assert.deepEqual(there(), ['d1', 'd30', 'd4000', 'd400', 'd89', 'd91'].sort())
  })

  it('keeps what is flagged, unread or a draft, however old', async () => {
    const { deliver, run, here } = await makeWindowed(windowOf({ days: 10 }))
    deliver('flagged', { daysOld: 500, flags: ['\\Seen', '\\Flagged'] })
    deliver('unread', { daysOld: 500, flags: [] })
    deliver('draft', { daysOld: 500, flags: ['\\Seen', '\\Draft'] })
    deliver('old', { daysOld: 500 })
    await run()
    assert.deepEqual(here(), ['draft', 'flagged', 'unread'])
  })

  it('brings back what an answer that comes belongs to, from the end of its thread to the first', async () => {
    const { deliver, run, here, ashore } = await makeWindowed(windowOf({ days: 10 }))
    deliver('first', { daysOld: 500 })
    deliver('second', { daysOld: 400, answers: 'first' })
    deliver('other', { daysOld: 400 })
    await run()
    assert.deepEqual(here(), [])
    deliver('third', { daysOld: 0, answers: 'second' })
    await run()
    assert.deepEqual(here(), ['first', 'second', 'third'])
    assert.equal(await ashore(), 1)
  })

  it('brings what an answer belongs to that is read only when the answer has been told', async () => {
    const { deliver, run, here } = await makeWindowedBy({ sliceMessages: 4 }, windowOf({ days: 30 }))
    for (let i = 0; i < 10; i++) deliver(`old ${i}`, { daysOld: 300 })
    deliver('first', { daysOld: 400, in: ['Archive'] })
    deliver('second', { daysOld: 400, answers: 'first', in: ['Archive'] })
    for (let i = 0; i < 10; i++) deliver(`older ${i}`, { daysOld: 300, in: ['Archive'] })
    deliver('third', { daysOld: 0, answers: 'second' })
    const report = await run()
    assert.equal(report.exchanges, 1)
    assert.deepEqual(here(), ['third'])
    assert.deepEqual(here(['Archive']), ['first', 'second'])
  })

  it('brings back what an answer belongs to from other mailboxes, where nothing has happened', async () => {
    const { deliver, run, here, ashore } = await makeWindowed(
      windowOf({ days: 10 }),
      windowOf({ days: 1 }, 'Sent'),
    )
    deliver('question', { daysOld: 500, in: ['Sent'] })
    deliver('other', { daysOld: 500, in: ['Sent'] })
    deliver('before', { daysOld: 600 })
    deliver('root', { daysOld: 600, in: ['Archive'] })
    deliver('question-2', { daysOld: 400, answers: 'root', in: ['Sent'] })
    await run()
    assert.equal(await ashore(), 5)
    deliver('answer', { daysOld: 0, answers: 'question' })
    deliver('answer-2', { daysOld: 0, answers: 'question-2' })
    const report = await run()
    assert.equal(report.listed, 5)
    assert.deepEqual(here(['Sent']), ['question', 'question-2'])
    assert.deepEqual(here(['Archive']), ['root'])
    assert.deepEqual(here(), ['answer', 'answer-2'])
    assert.equal(await ashore(), 2)
    assert.equal((await run()).listed, 0)
  })

  it('brings later what a smaller window held back in a run for one mailbox only', async () => {
    const { deliver, run, here, look } = await makeWindowed(windowOf({ days: 100 }))
    deliver('old', { daysOld: 300, in: ['Papers'] })
    await run()
    deliver('recent', { daysOld: 50 })
    look(windowOf({ days: 10 }))
    await run({ only: ['INBOX'] })
    assert.deepEqual(here(), [])
    look(windowOf({ days: 100 }))
    await run()
    assert.deepEqual(here(), ['recent'])
  })

  it('is known to leave the same ashore for each link that has a window of its own', async () => {
    const { deliver, run, look, endpoint } = await makeWindowed()
    for (let i = 0; i < 5; i++) deliver(`m${i}`, { daysOld: 300 + i })
    const knownAfter = async (days: number): Promise<number> => {
      look(windowOf({ days }))
      await run()
      let known = 0
      let latest = 0
      for await (const { value } of tables.shoreThere.list(endpoint.account.replica.db)) {
        if (value.order < latest) continue
        latest = value.order
        known = Number(value.windows !== undefined) + (value.otherWindows?.length ?? 0)
      }
      return known
    }
    assert.equal(await knownAfter(100), 1)
    assert.equal(await knownAfter(10), 2)
    assert.equal(await knownAfter(100), 2)
    // What goes ashore by the one may be inside by the other.
    deliver('between', { daysOld: 50 })
    assert.equal(await knownAfter(10), 1)
    assert.equal(await knownAfter(100), 1)
  })

  it('lists each message of a thread once when the window grows over it', async () => {
    const { deliver, run, here, look } = await makeWindowed(windowOf({ days: 10 }))
    deliver('first', { daysOld: 50 })
    deliver('second', { daysOld: 40, answers: 'first' })
    await run()
    look(windowOf({ days: 100 }))
    assert.equal((await run()).listed, 2)
    assert.deepEqual(here(), ['first', 'second'])
  })

  it('brings what is marked there, and only that', async () => {
    const { deliver, run, here, endpoint } = await makeWindowed(windowOf({ days: 10 }))
    const locator = deliver('old', { daysOld: 500 })
    deliver('older', { daysOld: 600 })
    await run()
    endpoint.mail.person.setFlags(['INBOX'], locator, ['\\Seen', '\\Flagged'])
    await run()
    assert.deepEqual(here(), ['old'])
  })

  it('costs what is new when it grows, and nothing when it shrinks', async () => {
    const { deliver, run, here, look, ashore, cost } = await makeWindowed(windowOf({ days: 10 }))
    for (let i = 0; i < 20; i++) deliver(`m${i}`, { daysOld: 5 + 10 * i })
    await run()
    assert.equal(here().length, 1)
    look(windowOf({ days: 100 }))
    const report = await run()
    assert.equal(report.listed, 9)
    assert.equal(here().length, 10)
    assert.equal(await ashore(), 10)
    look(windowOf({ days: 10 }))
    assert.equal((await run()).listed, 0)
    look()
    assert.equal((await run()).listed, 10)
    assert.equal(here().length, 20)
    assert.equal(await ashore(), 0)
    look(windowOf({ days: 10 }))
    assert.equal((await run()).listed, 0)
    const quiet = await cost(run)
    assert.ok(quiet.up + quiet.down < 200, `${quiet.up} up, ${quiet.down} down`)
  })

  it('holds so many of the newest, and fills up when some of them go', async () => {
    const { deliver, run, here, endpoint } = await makeWindowed(windowOf({ messages: 3 }))
    const locators = [1, 2, 3, 4, 5].map((i) => deliver(`m${i}`, { daysOld: 100 - i }))
    await run()
    assert.deepEqual(here(), ['m3', 'm4', 'm5'])
    endpoint.mail.person.remove(['INBOX'], locators[4] as string)
    await run()
    assert.deepEqual(here(), ['m2', 'm3', 'm4'])
  })

  it('is one for each mailbox: the last that fits decides', async () => {
    const { deliver, run, here, ashore } = await makeWindowed(
      windowOf({ days: 10 }),
      windowOf('all', 'Papers'),
      windowOf({ messages: 1 }, 'Lists'),
    )
    for (const name of ['INBOX', 'Papers', 'Lists'])
      for (const daysOld of [1, 2, 300]) deliver(`${name}-${daysOld}`, { daysOld, in: [name] })
    await run()
    assert.deepEqual(here(), ['INBOX-1', 'INBOX-2'])
    assert.equal(here(['Papers']).length, 3)
    assert.deepEqual(here(['Lists']), ['Lists-300'])
    assert.equal(await ashore(), 3)
  })

  it('is no deletion, in either direction, when a mailbox is deleted here', async () => {
    const { deliver, run, client, there, endpoint } = await makeWindowed(windowOf({ days: 10 }))
    for (const daysOld of [1, 300, 400]) deliver(`b${daysOld}`, { daysOld, in: ['Box'] })
    await run()
    client.mail.person.deleteMailbox(['Box'])
    await run()
    await run()
    assert.deepEqual(there(['Box']), ['b300', 'b400'])
    assert.ok(endpoint.mail.snapshot().has('Box'))
  })
})
