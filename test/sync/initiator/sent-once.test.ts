import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import { makePair } from '../../world/star.js'

test('a message that the endpoint has whole and cannot write yet is sent once, and said to be sent once', async () => {
  const { endpoint, client, run, cost } = await makePair({ seed: 3 })
  await run()
  endpoint.ailments.full.add('INBOX')
  const attachments = [{ bytes: 20_000, name: 'a.bin', type: 'application/zip' }]
  client.mail.person.deliver(['INBOX'], letter('big', { attachments }))
  assert.equal((await run()).uploaded, 1)
  for (let round = 0; round < 2; round++) {
    let again = 0
    const { up } = await cost(async () => {
      again = (await run()).uploaded
    })
    assert.equal(again, 0)
    assert.ok(up < 2000, `${up} bytes`)
  }
  endpoint.ailments.cure()
  assert.equal((await run()).uploaded, 0)
  assert.deepEqual(
    messagesIn(endpoint, ['INBOX']).map(({ bytes }) => subjectOf(bytes)),
    ['big'],
  )
})
