import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import { makePair } from '../../world/star.js'

for (const [size, called] of [
  [20_000, 'a large'],
  [200, 'a small'],
] as const)
  test(`${called} message that the endpoint has whole and cannot write yet is sent once, said to be sent once, and costs no exchange more`, async () => {
    const { endpoint, client, run } = await makePair({ seed: 3 })
    await run()
    endpoint.ailments.full.add('INBOX')
    const attachments = [{ bytes: size, name: 'a.bin', type: 'application/zip' }]
    client.mail.person.deliver(['INBOX'], letter('big', { attachments }))
    assert.equal((await run()).uploaded, 1)
    for (let round = 0; round < 2; round++) {
      const { exchanges, sent, uploaded } = await run()
      assert.deepEqual({ exchanges, sent, uploaded }, { exchanges: 1, sent: 0, uploaded: 0 })
    }
    endpoint.ailments.cure()
    assert.equal((await run()).uploaded, 0)
    assert.deepEqual(
      messagesIn(endpoint, ['INBOX']).map(({ bytes }) => subjectOf(bytes)),
      ['big'],
    )
  })
