import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tables } from '../../../src/replica/tables.js'
import { letter } from '../../world/letter.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import { makePair } from '../../world/star.js'

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
