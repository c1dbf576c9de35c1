import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import { everything, makePair } from '../../world/star.js'

const day = 86_400_000

test('what is listed at once is shown in part by 200 messages at a time, INBOX and the newest first: most of it comes as a whole before its turn', async () => {
  const { endpoint, client, run } = await makePair({ seed: 7, policy: everything })
  endpoint.mail.person.createMailbox(['Archive'])
  // So few that an endpoint reads all of them before it answers, and lists them at once.
  for (let i = 0; i < 230; i++)
    endpoint.mail.person.deliver(
      ['INBOX'],
      letter(`in-${i}`, { text: `${i} `.repeat(600) }),
      [],
      (1 + i) * day,
    )
  for (let i = 0; i < 20; i++)
    endpoint.mail.person.deliver(['Archive'], letter(`old-${i}`), [], (1000 + i) * day)
  const subjects = (mailbox: string): string[] =>
    messagesIn(client, [mailbox]).map(({ bytes }) => subjectOf(bytes))
  let isDue = false
  let shown: { readonly inbox: string[]; readonly archive: string[] } | undefined
  await run({
    showEveryMs: 1e9,
    onProgress: ({ listed }) => {
      if (isDue) shown ??= { inbox: subjects('INBOX'), archive: subjects('Archive') }
      if (listed < 250 || isDue) return
      isDue = true
      client.nowMs += 2e9
    },
  })
  const newest = Array.from({ length: 200 }, (_, i) => `in-${30 + i}`)
  assert.deepEqual(shown?.inbox.toSorted(), newest.toSorted())
  assert.deepEqual(shown?.archive, [])
  assert.equal(subjects('INBOX').length, 230)
  assert.equal(subjects('Archive').length, 20)
})
