import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listProblems } from '../../../src/replica/problems.js'
import { letter } from '../../world/letter.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import { makePair } from '../../world/star.js'

test('a message that was moved out of a mailbox that is closed now keeps nothing else out of the mailbox that it goes to', async () => {
  const { endpoint, client, run } = await makePair({ seed: 5 })
  client.mail.person.createMailbox(['Closed'])
  client.mail.person.createMailbox(['Work'])
  client.mail.person.deliver(['Closed'], letter('moved'))
  await run()
  endpoint.ailments.closed.add('Closed')
  const [moved] = messagesIn(client, ['Closed'])
  client.mail.person.move(['Closed'], moved?.locator ?? '', ['Work'])
  for (const subject of ['one', 'two']) client.mail.person.deliver(['Work'], letter(subject))
  const work = (): string[] =>
    messagesIn(endpoint, ['Work'])
      .map(({ bytes }) => subjectOf(bytes))
      .sort()
  for (let round = 0; round < 3; round++) {
    await run()
    assert.deepEqual(work(), ['one', 'two'])
    const problems = await listProblems(endpoint.account.replica.db, 'write')
    assert.deepEqual(
      problems.flatMap(({ record: { mailbox, item } }) => (mailbox === 'Work' ? [item] : [])),
      ['moved'],
    )
  }
  endpoint.ailments.cure()
  await run()
  assert.deepEqual(work(), ['moved', 'one', 'two'])
  assert.deepEqual(await listProblems(endpoint.account.replica.db), [])
})
