import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tables } from '../../../src/replica/tables.js'
import { takeExpectedParts } from '../../../src/sync/content/known-parts.js'
import { writeMailStore } from '../../../src/sync/write/write-mail-store.js'
import { collect } from '../../mime/message-builders.js'
import { countCalls } from '../../world/count-calls.js'
import { letter } from '../../world/letter.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import { everything, makePair, type Pair } from '../../world/star.js'

const inbox = ['INBOX']

test('a sync that is stopped while it writes leaves the rest to the next one, which fetches and doubles nothing', async () => {
  const many = 200
  const { endpoint, client, run, cost } = await makePair({ seed: 17 })
  const subjects = Array.from({ length: many }, (_, n) => `letter ${n}`)
  for (const subject of subjects) endpoint.mail.person.deliver(inbox, letter(subject))
  const here = (): string[] => messagesIn(client, inbox).map(({ bytes }) => subjectOf(bytes))
  const stop = new AbortController()
  const late = new AbortController()
  const { put } = client.account.mailStore
  let puts = 0
  Object.assign(client.account.mailStore, {
    put: async (...given: Parameters<typeof put>) => {
      puts++
      if (puts === 50) stop.abort()
      if (puts === 100) late.abort()
      return put(...given)
    },
  })
  const stopped = run({ signal: stop.signal, stopWriting: late.signal, showEveryMs: 3_600_000 })
  await assert.rejects(stopped, { name: 'AbortError' })
  assert.equal(here().length, 100, 'it goes on for a while, and no further')
  assert.equal(await tables.todo.count(client.account.replica.db), many - 100, 'what was written is noted')
  const { down } = await cost(() => run())
  assert.deepEqual(here().sort(), subjects.sort())
  assert.equal(puts, many)
  assert.ok(down < 300, `${down} B came again`)
})

/** A device that has heard of so many messages, of which nothing is here. */
async function listedOnly(count: number): Promise<Pair> {
  const pair = await makePair({ seed: 18, policy: everything })
  for (let n = 0; n < count; n++) pair.endpoint.mail.person.deliver(inbox, letter(`letter ${n}`))
  const stop = new AbortController()
  const ended = pair.run({
    signal: stop.signal,
    stopWriting: stop.signal,
    showEveryMs: 3_600_000,
    onProgress: ({ listed }) => {
      if (listed === count) stop.abort()
    },
  })
  await assert.rejects(ended, { name: 'AbortError' })
  const { db } = pair.client.account.replica
  assert.equal(await tables.todo.count(db), count)
  await db.transact(async (tx) => {
    for await (const { key } of tables.partial.list(tx)) tables.expected.put(tx, key[0], true)
  })
  return pair
}

test('no more parts that are here are looked for when that has gone on for too long', async () => {
  const { client } = await listedOnly(100)
  const ended = (): Promise<void> =>
    assert.rejects(takeExpectedParts(client.account, everything, AbortSignal.abort()), { name: 'AbortError' })
  assert.equal(await countCalls('/src/replica/content/', ended), 0)
})

test('no more of what is to be written is looked up when writing has gone on for too long', async (t) => {
  const { client } = await listedOnly(100)
  const late = new AbortController()
  const { readAhead } = tables.message
  let pages = 0
  t.mock.method(tables.message, 'readAhead', (...given: Parameters<typeof readAhead>) => {
    pages++
    late.abort()
    return readAhead.apply(tables.message, given)
  })
  await assert.rejects(writeMailStore(client.account, { signal: late.signal }), { name: 'AbortError' })
  assert.equal(pages, 1)
})

test('a sync that is stopped takes in no more of what has come in one piece', async () => {
  const count = 4000
  const { endpoint, client, link, run } = await makePair({ seed: 19 })
  for (let n = 0; n < count; n++) endpoint.mail.person.deliver(inbox, letter(`letter ${n}`))
  const { exchange } = link
  link.exchange = async (...asked) => {
    const whole = await collect(await exchange.apply(link, asked))
    return (async function* () {
      yield whole
    })()
  }
  const stop = new AbortController()
  const ended = run({ signal: stop.signal, stopWriting: stop.signal, onProgress: () => stop.abort() })
  await assert.rejects(ended, { name: 'AbortError' })
  const taken = await tables.todo.count(client.account.replica.db)
  assert.ok(taken > 0 && taken < count, `${taken}`)
})
